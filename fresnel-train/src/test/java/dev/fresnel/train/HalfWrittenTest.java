package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A training that is killed between any two of its writes is mended by the next one. The folders
 * here are put together from those of two steps, as a kill would leave them; scripts/kill-trainings
 * kills real ones.
 */
@Tag("long")
class HalfWrittenTest {
  private static final int LAST = 4;

  /** In the order in which a checkpoint writes them; before the first, two more are written. */
  private static final List<String> WRITTEN =
      List.of("history.jsonl", "training.safetensors", "model.safetensors");

  @TempDir static Path folder;

  private static TrainingRun run;

  /** The files behind step 2 and behind step 4, without those of locks. */
  private static Map<String, byte[]> before;

  private static Map<String, byte[]> after;

  @BeforeAll
  static void twoCheckpoints() throws IOException {
    Path text =
        Files.writeString(folder.resolve("text.txt"), "The cats and dogs ran.\n".repeat(99));
    var training = Hyperparameters.of(LAST, 2, 8, 0.01).withSeed(1).withEvery(2);
    Map<String, Object> model =
        Map.of("n_layers", 1, "d_model", 8, "d_head", 4, "n_ctx", 8, "attn_only", true);
    run =
        TrainingRun.of(text, folder.resolve("out"))
            .withRecipe(new Recipe(model, "gpt2", true, training))
            .withTokenizer(
                new TokenizerSource.File(Golden.of("gpt2-text").model().resolve("tokenizer.json")));
    run.withUntil(2).run(TrainingRun.Listener.NONE);
    before = files();
    run.run(TrainingRun.Listener.NONE);
    after = files();
    assertThat(after).containsOnlyKeys(before.keySet());
  }

  private static Map<String, byte[]> files() throws IOException {
    var files = new TreeMap<String, byte[]>();
    try (var all = Files.newDirectoryStream(run.folder())) {
      for (Path file : all) {
        if (!file.endsWith("training.lock")) {
          files.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
      }
    }
    return files;
  }

  private static void put(Map<String, byte[]> files) throws IOException {
    for (String name : files().keySet()) {
      Files.delete(run.folder().resolve(name));
    }
    for (var file : files.entrySet()) {
      Files.write(run.folder().resolve(file.getKey()), file.getValue());
    }
  }

  private static void requireTheEnd() throws IOException {
    var found = files();
    assertThat(found).containsOnlyKeys(after.keySet());
    for (String name : found.keySet()) {
      assertThat(timeless(name, found.get(name)))
          .as(name)
          .isEqualTo(timeless(name, after.get(name)));
    }
  }

  /** What does not depend on the speed of the training: of the state, the numbers. */
  private static String timeless(String name, byte[] bytes) {
    int from =
        name.startsWith("training")
            ? 8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt()
            : 0;
    return new String(bytes, from, bytes.length - from, StandardCharsets.ISO_8859_1)
        .replaceAll("tokens_per_second\":[0-9.E]+", "");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aKillBetweenTwoWritesOfTheLastCheckpointIsMended(int written) throws IOException {
    var files = new TreeMap<>(before);
    WRITTEN.subList(0, written).forEach(name -> files.put(name, after.get(name)));
    put(files);
    assertThat(run.run(TrainingRun.Listener.NONE).step()).isEqualTo(LAST);
    requireTheEnd();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void aKillBetweenTwoWritesOfTheFirstCheckpointIsMended(int written) throws IOException {
    var order = new ArrayList<>(List.of("tokenizer.json", "config.json"));
    order.addAll(WRITTEN);
    var files = new TreeMap<String, byte[]>();
    order.subList(0, written).forEach(name -> files.put(name, before.get(name)));
    put(files);
    assertThat(run.run(TrainingRun.Listener.NONE).step()).isEqualTo(LAST);
    requireTheEnd();
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "tokenizer.json", "model.safetensors", "history.jsonl"})
  void whatIsMissingOrDamagedIsWrittenAgain(String name) throws IOException {
    put(after);
    Files.delete(run.folder().resolve(name));
    run.run(TrainingRun.Listener.NONE);
    assertThat(files()).containsOnlyKeys(after.keySet());
    if (name.equals("model.safetensors")) {
      Files.writeString(run.folder().resolve(name), "half a mo");
      run.run(TrainingRun.Listener.NONE);
      requireTheEnd();
    }
  }

  @Test
  void theFilesOfKilledWritersAreRemoved() throws IOException {
    put(after);
    Path left = run.folder().resolve(".model.safetensors." + UUID.randomUUID() + ".incomplete");
    Files.writeString(left, "half a model");
    run.run(TrainingRun.Listener.NONE);
    assertThat(left).doesNotExist();
  }

  @Test
  void aModelThatIsNoTrainingsIsNotOverwritten() throws IOException {
    var files = new TreeMap<>(before);
    files.remove("training.safetensors");
    put(files);
    assertThatThrownBy(() -> run.run(TrainingRun.Listener.NONE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("holds a model, but no training.safetensors");
    assertThat(files()).containsOnlyKeys(files.keySet());
  }

  @Test
  void twoTrainingsAreKeptOutOfOneFolder() throws IOException {
    put(before);
    var second =
        new TrainingRun.Listener() {
          @Override
          public void stepped(long step, double loss) {
            assertThatThrownBy(() -> run.run(TrainingRun.Listener.NONE))
                .isInstanceOf(FresnelException.class)
                .hasMessageContaining("another training is writing into " + run.folder());
          }
        };
    run.run(second);
    requireTheEnd();
  }

  @Test
  void aFolderThatIsAFileIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    var other = new TrainingRun(run.text(), file, run.recipe(), run.tokenizer(), 0);
    assertThatThrownBy(() -> other.run(TrainingRun.Listener.NONE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("is no folder");
  }
}
