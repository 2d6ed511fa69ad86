package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.analysis.patch.Sweep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttributionPatchCommandTest {
  @TempDir Path folder;

  /** The bundled model continues "7 9 5 … 7 9" with 5. */
  private static Called estimated(String... more) {
    var all =
        new ArrayList<>(
            List.of(
                "attribution-patch",
                "--clean-tokens=49,7,9,5,300,8,200,7,9",
                "--corrupted-tokens=49,7,11,5,300,8,200,7,9",
                "--answer-token=5"));
    all.addAll(List.of(more));
    return Called.with(all.toArray(String[]::new));
  }

  @Test
  void estimatesOfHeadsAgreeWithTheExactSweep() {
    var json =
        estimated("--wrong-token=9", "--what=head_out", "--by=head", "--check", "--json").json();
    assertThat(json.get("experiment").asText()).isEqualTo("attribution-patch");
    assertThat(json.get("values")).hasSize(2);
    assertThat(json.at("/agreement/count").asInt()).isEqualTo(16);
    assertThat(json.at("/agreement/pearson").asDouble()).isGreaterThan(0.9);
    var log = estimated("--metric=log-prob", "--json").json();
    assertThat(log.get("values").get(0)).hasSize(9);
    assertThat(log.has("agreement")).isFalse();
  }

  @Test
  void edgesAreTabledPicturedAndSaved() throws IOException {
    String page = folder.resolve("edges.html").toString();
    String csv = folder.resolve("edges.csv").toString();
    String save = folder.resolve("edges.json").toString();
    var called =
        estimated(
                "--wrong-token=9",
                "--what=edges",
                "--steps=2",
                "--output=" + page,
                "--csv=" + csv,
                "--save=" + save)
            .succeeded();
    assertThat(called.out()).contains("integrated gradients, 2 steps", " -> logits");
    assertThat(called.out()).doesNotContain("stopped");
    assertThat(Files.readString(Path.of(csv))).contains("embed,L0H2.v,");
    assertThat(Files.readString(Path.of(page))).contains("L0H2.v", "estimate of what patching");
    assertThat(Called.with("attribution-patch", "--saved", save).succeeded().out())
        .isEqualTo(called.out());
  }

  @Test
  void estimatesAndExactPatchesAreKeptAndGoOn() throws IOException {
    Path save = folder.resolve("edges.json");
    Path exact = folder.resolve("edges.exact.json");
    String[] command = {
      "--wrong-token=9", "--what=edges", "--check", "--json", "--save=" + save, "--resume"
    };
    var called = estimated(command).succeeded();
    assertThat(called.err()).contains("at most about", "(--memory bounds it)");
    var json = called.json();
    assertThat(json.at("/agreement/count").asInt()).isEqualTo(100);
    assertThat(json.at("/agreement/pearson").asDouble()).isBetween(0.5, 1.0);
    assertThat(json.get("exact")).hasSameSizeAs(json.get("values"));
    var patched = Sweep.open(exact);
    assertThat(patched.method()).endsWith("patched exactly");
    assertThat(patched.state().done()).isEqualTo(100);
    assertThat(estimated(command).json()).isEqualTo(json);
    String page = folder.resolve("edges.html").toString();
    var again = Called.with("attribution-patch", "--saved=" + save, "--check", "--output=" + page);
    assertThat(again.succeeded().out()).contains("exact patches of 100 edges");
    assertThat(Files.readString(Path.of(page)))
        .contains("Patched exactly", "Crossed cells were not patched")
        .doesNotContain("edges by edge");
    Files.delete(exact);
    assertThat(Called.with("attribution-patch", "--saved=" + save, "--check").failed(1).err())
        .contains("with --check and --save");
  }

  @Test
  void exactSweepsOfCellsAreThoseOfPatch() {
    String save = folder.resolve("heads").toString();
    var json =
        estimated(
                "--wrong-token=9",
                "--what=head_out",
                "--by=head",
                "--check",
                "--json",
                "--save=" + save)
            .json();
    var patched = Called.with("patch", "--saved=" + save + ".exact", "--json").json();
    assertThat(json.get("exact")).isEqualTo(patched.get("values"));
  }

  @Test
  void mistakesAreSaid() {
    assertThat(estimated("--wrong-token=9", "--resume").failed(2).err()).contains("name the file");
    assertThat(estimated("--wrong-token=9", "--memory=1", "--what=edges").failed(1).err())
        .contains("one pair of these texts needs about");
    assertThat(estimated("--wrong-token=9", "--what=head_pattern").failed(2).err())
        .contains("edges or resid_pre");
    assertThat(estimated("--wrong-token=9", "--steps=3").failed(2).err()).contains("--what edges");
    assertThat(estimated("--wrong-token=9", "--by=head").failed(2).err())
        .contains("resid_pre has none");
    assertThat(estimated("--wrong-token=9", "--what=edges", "--by=head").failed(2).err())
        .contains("--by and --direction");
  }
}
