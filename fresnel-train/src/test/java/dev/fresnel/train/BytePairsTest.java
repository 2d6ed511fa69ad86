package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairsTest {
  private static final Path GOLDEN = Golden.root().resolve("vocabulary");

  @ParameterizedTest
  @ValueSource(ints = {257, 300, 700, 5000})
  @Tag("golden")
  void theTokenizersLibraryLearnsTheSameFile(int size) throws IOException {
    String text = Files.readString(GOLDEN.resolve("corpus.txt"));
    String learned =
        new String(new TokenizerSource.Learned(size).json(text), StandardCharsets.UTF_8);
    assertThat(learned).isEqualTo(Files.readString(GOLDEN.resolve("tokenizer-" + size + ".json")));
  }

  @Test
  void theMostFrequentPairComesFirstAndOfEqualOnesTheSmallest() {
    var learned = BytePairs.learn("abab cdcd cdcd b", "BOS", 257 + 3);
    assertThat(learned.merges())
        .containsExactly(List.of("c", "d"), List.of("a", "b"), List.of("Ġ", "cd"));
    assertThat(learned.tokens()).hasSize(260).startsWith("BOS", "!").endsWith("cd", "ab", "Ġcd");
  }

  @Test
  void fewerTokensThanBytesAreRefused() {
    assertThatThrownBy(() -> new TokenizerSource.Learned(256))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("at least 257");
  }
}
