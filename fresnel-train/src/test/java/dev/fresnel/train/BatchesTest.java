package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private static final int[] TEXT = IntStream.range(1000, 3000).toArray();

  private static Hyperparameters training(long seed, double bos, Repeats... repeats) {
    return Hyperparameters.of(100, 8, 21, 0.1).withSeed(seed).withBos(bos).withRepeats(repeats);
  }

  private static final Repeats ALL = Repeats.of(1, 0.5, 3, 10);

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
    var batches = new Batches(TEXT, training(1, 0), 500, 0);
    var firsts = new HashSet<Integer>();
    for (int step = 0; step < 11; step++) {
      var batch = batches.batch(step);
      for (int row = 0; row < batch.batch(); row++) {
        int[] ids = batch.ids(row);
        firsts.add(ids[0]);
        assertThat(ids)
            .as("21 tokens to read, and the one that follows them")
            .isEqualTo(IntStream.range(ids[0], ids[0] + 22).toArray());
      }
    }
    assertThat(firsts).hasSize(88);
  }

  @Test
  void aStretchThatComesTwiceIsFollowedByTheNextOne() {
    var twice = new Repeats(5, 1, 0, 4, 4, 2);
    var batches = new Batches(TEXT, training(1, 0, ALL, twice), 500, 0);
    int[] ids = batches.batch(5).ids(0);
    int first = ids[0];
    assertThat(ids)
        .startsWith(first, first + 1, first + 2, first + 3, first, first + 1, first + 2, first + 3)
        .endsWith(
            first + 4,
            first + 5,
            first + 6,
            first + 7,
            first + 8,
            first + 9,
            first + 10,
            first + 11,
            first + 8,
            first + 9);
    assertThat(batches.batch(4)).isEqualTo(new Batches(TEXT, training(1, 0, ALL), 500, 0).batch(4));
  }

  @Test
  void repeatedSequencesAreOneStretchAgainAndAgain() {
    var batch = new Batches(TEXT, training(1, 0, ALL), 500, 0).batch(0);
    for (int row = 0; row < 8; row++) {
      int[] ids = batch.ids(row);
      boolean random = row < 4;
      assertThat(ids).doesNotContain(0);
      assertThat(Arrays.stream(ids).allMatch(id -> random ? id < 500 : id >= 1000)).isTrue();
      assertThat(
              IntStream.rangeClosed(3, 10).filter(length -> repeatsAfter(length, ids)).findFirst())
          .isPresent();
    }
  }

  private static boolean repeatsAfter(int length, int[] ids) {
    return Arrays.equals(ids, 0, ids.length - length, ids, length, ids.length);
  }

  @Test
  void everySecondBatchMayHaveShorterSequencesAndMoreOfThem() {
    var training = Hyperparameters.of(100, 8, 20, 0.1).withSeed(1).withShorter(5).withBos(0);
    var batches = new Batches(TEXT, training, 500, 0);
    assertThat(batches.batch(0).length()).isEqualTo(21);
    assertThat(batches.batch(1).length()).isEqualTo(6);
    assertThat(batches.batch(1).batch()).isEqualTo(32);
    int[] first = batches.batch(1).ids(0);
    assertThat(batches.batch(1).ids(1)[0]).isEqualTo(first[0] + 5);
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
    assertThat(corpus).isEqualTo(Corpus.of(IntStream.range(0, 100).toArray()));
    corpus.training()[0] = 7;
    assertThat(corpus.training()[0]).isZero();
  }
}
