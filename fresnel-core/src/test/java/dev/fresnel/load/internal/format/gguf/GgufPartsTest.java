package dev.fresnel.load.internal.format.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufPartsTest {
  private static final int F32 = 0;
  private static final int UINT16 = 2;
  private static final int INT32 = 5;

  @TempDir private Path folder;

  /** Three parts with a tensor of one number each, its part's; the first has metadata too. */
  @BeforeEach
  void threeParts() throws IOException {
    for (int part = 0; part < 3; part++) {
      write(part, "t" + part, part);
    }
  }

  private void write(int part, String tensor, int number) throws IOException {
    var bytes = GgufBytes.head(3, 1, part == 0 ? 4 : 3);
    if (part == 0) {
      bytes.key("general.architecture", GgufBytes.STRING).string("llama");
    }
    bytes.key("split.no", UINT16).raw((byte) number, (byte) 0);
    bytes.key("split.count", UINT16).raw((byte) 3, (byte) 0);
    bytes.key("split.tensors.count", INT32).u32(3);
    bytes.tensor(tensor, F32, 0, 1).padTo(32).f32(part);
    Files.write(file(part), bytes.toBytes());
  }

  private Path file(int part) {
    return folder.resolve("tiny-0000%d-of-00003.gguf".formatted(part + 1));
  }

  private static GgufParts open(Path path) {
    return GgufParts.open(path, file -> {});
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void anyPartLeadsToAll(int part) {
    var opened = open(file(part));
    try (var weights = opened.weights();
        var scope = Scope.open()) {
      assertThat(weights.names()).containsExactly("t0", "t1", "t2");
      assertThat(weights.read("t2").item()).isEqualTo(2);
      assertThat(weights.description()).contains(file(part).toString(), "(3 files)");
      assertThat(opened.metadata().string("general.architecture")).isEqualTo("llama");
    }
  }

  @Test
  void aMissingPartIsNamed() throws IOException {
    Files.delete(file(0));
    refused(file(1), "one of 3 parts", "missing beside it: tiny-00001-of-00003.gguf", "Fetch");
  }

  @Test
  void aPartWithAnotherNameIsToldWhichItHad() throws IOException {
    Path renamed = Files.move(file(1), folder.resolve("second.gguf"));
    refused(renamed, "part 2 of a model in 3 files", "NAME-00002-of-00003.gguf");
  }

  @Test
  void partsInEachOthersPlacesAreRefused() throws IOException {
    write(1, "t1", 2);
    refused(file(0), file(1).toString(), "split.no 2, but its name says 1");
  }

  @Test
  void partsThatLackATensorAreRefused() throws IOException {
    write(1, "t0", 1);
    refused(file(0), "t0 is in", "do not belong together");
  }

  @Test
  void filesThatAreNoPartsOfOneModelAreToldApart() {
    assertThat(GgufParts.ofOne(List.of("a-00002-of-00003.gguf", "a-00003-of-00003.gguf"))).isTrue();
    assertThat(GgufParts.ofOne(List.of("a-00001-of-00002.gguf", "b-00002-of-00002.gguf")))
        .isFalse();
    assertThat(GgufParts.ofOne(List.of("a.gguf", "b.gguf"))).isFalse();
    assertThat(GgufParts.named("a-00000-of-00002.gguf")).isEmpty();
    assertThat(GgufParts.named("a-99999-of-99999.gguf")).isEmpty();
  }

  private static void refused(Path path, String... parts) {
    assertThatThrownBy(() -> open(path).weights().close())
        .isInstanceOf(FresnelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }
}
