package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Texts that a model reads, with the token that follows each. The model thus predicts a token at
 * every position, also at the last one of its context, which predicts nothing where the text ends
 * with it.
 *
 * <pre>{@code
 * var texts = Passages.of(List.of(new int[] {0, 464, 3797, 3332}));
 * texts.read();        // [0, 464, 3797]
 * texts.loss(model);   // of 464, 3797 and 3332
 * }</pre>
 */
public final class Passages {
  private final Tokens read;
  private final int[] following;

  private Passages(Tokens read, int[] following) {
    this.read = read;
    this.following = following;
  }

  /**
   * @param rows ids, one text per row, all of one length: one token more than the model reads
   * @throws FresnelException if a row has fewer than two tokens, or the lengths differ
   */
  public static Passages of(List<int[]> rows) {
    var read = new ArrayList<int[]>();
    for (int[] row : rows) {
      if (row.length < 2) {
        throw new FresnelException(
            "row %d has %d tokens; it needs one to read and one to predict: leave it out"
                .formatted(read.size(), row.length));
      }
      if (row.length != rows.get(0).length) {
        throw new FresnelException(
            "rows must have one length: row 0 has %d tokens, row %d has %d; cut them to the shortest"
                .formatted(rows.get(0).length, read.size(), row.length));
      }
      read.add(Arrays.copyOf(row, row.length - 1));
    }
    return new Passages(
        Tokens.ofRows(read), rows.stream().mapToInt(row -> row[row.length - 1]).toArray());
  }

  /** What the model reads. */
  public Tokens read() {
    return read;
  }

  /** The number of tokens that the model predicts: as many as it reads. */
  public long count() {
    return (long) read.batch() * read.length();
  }

  /** The token that follows each position [batch, pos], int64; it belongs to the caller's scope. */
  public Tensor targets() {
    int length = read.length();
    long[] ids = new long[Math.toIntExact(count())];
    for (int row = 0; row < read.batch(); row++) {
      for (int position = 0; position < length; position++) {
        ids[row * length + position] =
            position + 1 < length ? read.id(row, position + 1) : following[row];
      }
    }
    return Tensor.ofLongs(Shape.of(BATCH, read.batch()).and(POS, length), ids);
  }

  /** The model's mean loss over all positions, in nats. */
  public double loss(Transformer model) {
    try (var scope = Scope.open();
        var run = model.run(read)) {
      double sum = 0;
      for (float loss : run.losses(targets()).floats()) {
        sum += loss;
      }
      return sum / count();
    }
  }

  @Override
  public String toString() {
    return "Passages of " + read;
  }
}
