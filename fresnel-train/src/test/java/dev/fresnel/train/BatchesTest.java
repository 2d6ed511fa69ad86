package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private static final int[] TEXT = IntStream.range(1000, 3000).toArray();

  private static Training training(long seed, double bos, Repeats repeats) {
    return new Training(
        seed, 100, 8, 21, 0.1, 0, 0, null, null, null, null, null, bos, repeats, null);
  }

  private static final Repeats ALL = new Repeats(1, 0.5, 3, 10, 0, 0);

  @Test
  void aBatchDependsOnItsSeedAndStepAlone() {
    var one = new Batches(TEXT, training(1, 0.5, ALL), 500, 0);
    var other = new Batches(TEXT, training(1, 0.5, ALL), 500, 0);
    other.batch(57);
    other.batch(3);
    assertThat(other.batch(20)).isEqualTo(one.batch(20));
    assertThat(one.batch(21)).isNotEqualTo(one.batch(20));
    assertThat(new Batches(TEXT, training(2, 0.5, ALL), 500, 0).batch(20))
        .isNotEqualTo(one.batch(20));
  }

  @Test
  void anEpochShowsEveryWindowOnce() {
    var batches = new Batches(TEXT, training(1, 0, Repeats.NONE), 500, 0);
    var firsts = new HashSet<Integer>();
    for (int step = 0; step < 11; step++) {
      var batch = batches.batch(step);
      for (int row = 0; row < batch.batch(); row++) {
        int[] ids = batch.ids(row);
        firsts.add(ids[0]);
        assertThat(ids).isEqualTo(IntStream.range(ids[0], ids[0] + 21).toArray());
      }
    }
    assertThat(firsts).hasSize(88);
  }

  @Test
  void repeatedSequencesArePairsOfStretches() {
    var batch = new Batches(TEXT, training(1, 0, ALL), 500, 0).batch(0);
    for (int row = 0; row < 8; row++) {
      int[] ids = batch.ids(row);
      assertThat(ids).doesNotContain(0);
      int half =
          IntStream.rangeClosed(3, 10)
              .filter(length -> Arrays.equals(ids, 0, length, ids, length, 2 * length))
              .findFirst()
              .orElseThrow();
      assertThat(half).isBetween(3, 10);
      boolean random = row < 4;
      assertThat(Arrays.stream(ids).allMatch(id -> random ? id < 500 : id >= 1000)).isTrue();
    }
  }

  @Test
  void theBosComesFirstInItsShareOfSequences() {
    var batches = new Batches(TEXT, training(1, 1, ALL), 500, 7);
    assertThat(IntStream.range(0, 8).map(row -> batches.batch(0).id(row, 0)).distinct().toArray())
        .containsExactly(7);
  }

  @Test
  void everyFortiethStretchIsHeldOut() {
    var corpus = Corpus.of(IntStream.range(0, 85_000).toArray());
    assertThat(corpus.heldOut()).hasSize(2000).startsWith(20_000).endsWith(60_999);
    assertThat(corpus.training()).hasSize(83_000).doesNotContain(20_000, 60_999);
  }

  @Test
  void aShortTextHoldsOutItsEnd() {
    var corpus = Corpus.of(IntStream.range(0, 100).toArray());
    assertThat(corpus.heldOut()).containsExactly(95, 96, 97, 98, 99);
    assertThat(corpus.training()).hasSize(95);
  }
}
