package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.CrossEntropy;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.function.BinaryOperator;

/**
 * How well a run predicted its own texts: minus the log probability of each token given those
 * before it, in nats.
 *
 * @param normalized the final norm's output [batch, pos, d_model]
 */
record Losses(Transformer model, Tokens tokens, Tensor normalized) {
  /** Positions of a text whose logits are in memory at once. */
  private static final int POSITIONS_AT_ONCE = 128;

  /**
   * Positions of all texts whose logits are in memory at once: 103 MB for a vocabulary of 50,000,
   * and as much for their logarithms. Fewer make the product with the unembedding slower.
   */
  private static final int ROWS_AT_ONCE = 512;

  static FresnelException nothingComesNext() {
    return new FresnelException(
        "a text of one token has no loss: nothing comes next in it; give a longer text");
  }

  /** How many tokens of a text have one before them. */
  private int length() {
    return tokens.length() - 1;
  }

  /** [batch][pos - 1]; NaN where a token follows padding, or is none that the model predicts. */
  float[][] perToken() {
    int length = length();
    float[][] rows = new float[tokens.batch()][length];
    if (length == 0) {
      return rows;
    }
    try (var scope = Scope.open()) {
      float[] all = each().floats();
      for (int row = 0; row < rows.length; row++) {
        System.arraycopy(all, row * length, rows[row], 0, length);
        Arrays.fill(rows[row], 0, Math.min(length, tokens.padding(row)), Float.NaN);
        for (int i = 0; i < length; i++) {
          rows[row][i] = isPredicted(row, i + 1) ? rows[row][i] : Float.NaN;
        }
      }
    }
    return rows;
  }

  /** The mean without padding; NaN if a loss is. */
  double mean() {
    requirePredicted();
    float[][] losses = perToken();
    double sum = 0;
    long count = 0;
    for (int row = 0; row < losses.length; row++) {
      for (int i = tokens.padding(row); i < losses[row].length; i++) {
        sum += losses[row][i];
        count++;
      }
    }
    if (count == 0) {
      throw nothingComesNext();
    }
    return sum / count;
  }

  /** [batch, pos], one position shorter than the text; 0 where a token follows padding. */
  Tensor derivable() {
    if (length() == 0) {
      throw nothingComesNext();
    }
    requirePredicted();
    return Scope.result(
        () ->
            tokens.isPadded()
                ? each().where(pairs(), Tensor.full(Shape.SCALAR, 0)) // also where it is NaN
                : each());
  }

  /** [batch, pos]; of no meaning where a token is none that the model predicts. */
  private Tensor each() {
    return Scope.result(
        () -> each(normalized.slice(POS, 0, length()), nextTokens(tokens, vocabulary() - 1)));
  }

  /**
   * The losses of these targets [batch, pos], a part at a time.
   *
   * @param read the final norm's output at the positions of the targets [batch, pos, d_model]
   */
  Tensor each(Tensor read, Tensor targets) {
    long positions = Math.min(POSITIONS_AT_ONCE, read.size(POS));
    long texts = ROWS_AT_ONCE / positions;
    return Scope.result(
        () ->
            inParts(
                BATCH,
                texts,
                read,
                targets,
                (some, theirs) -> inParts(POS, positions, some, theirs, this::whole)));
  }

  private Tensor whole(Tensor read, Tensor targets) {
    return Scope.result(() -> CrossEntropy.each(precise(model.unembed(read)), D_VOCAB, targets));
  }

  /** Computes the losses of parts of an axis one after another, and joins them. */
  private static Tensor inParts(
      Dim dim, long most, Tensor read, Tensor targets, BinaryOperator<Tensor> losses) {
    long size = read.size(dim);
    if (size <= most) {
      return losses.apply(read, targets);
    }
    var parts = new ArrayList<Tensor>();
    for (long from = 0; from < size; from += most) {
      long to = Math.min(size, from + most);
      parts.add(losses.apply(read.slice(dim, from, to), targets.slice(dim, from, to)));
    }
    return Tensor.concatenate(dim, parts);
  }

  /**
   * Logits in float32 or float64, since half precision has too few digits for a sum over a
   * vocabulary.
   */
  private static Tensor precise(Tensor logits) {
    return logits.dtype() == DType.FLOAT64 ? logits : logits.to(DType.FLOAT32);
  }

  /** The number of tokens that the model can predict; some read more, such as a sum's {@code =}. */
  private int vocabulary() {
    return model.config().sizes().vocabularyOut();
  }

  private boolean isPredicted(int row, int position) {
    return tokens.id(row, position) < vocabulary();
  }

  private void requirePredicted() {
    for (int row = 0; row < tokens.batch(); row++) {
      for (int position = tokens.padding(row) + 1; position < tokens.length(); position++) {
        if (!isPredicted(row, position)) {
          throw new FresnelException(
              "token %d at position %d has no loss: %s predicts ids 0 to %d; lossPerToken() gives the other losses"
                  .formatted(
                      tokens.id(row, position), position, model.config().name(), vocabulary() - 1));
        }
      }
    }
  }

  /**
   * The id of the next token for each position except the last [batch, pos], int64.
   *
   * @param largest takes the place of larger ids
   */
  static Tensor nextTokens(Tokens tokens, int largest) {
    int length = tokens.length() - 1;
    long[] ids = new long[tokens.batch() * length];
    for (int row = 0; row < tokens.batch(); row++) {
      for (int position = 0; position < length; position++) {
        ids[row * length + position] = Math.min(largest, tokens.id(row, position + 1));
      }
    }
    return Tensor.ofLongs(Shape.of(BATCH, tokens.batch()).and(POS, length), ids);
  }

  /** 1 if a position is part of the text, 0 if it is padding, for each position except the last. */
  private Tensor pairs() {
    int length = length();
    float[] pairs = new float[tokens.batch() * length];
    for (int row = 0; row < tokens.batch(); row++) {
      Arrays.fill(
          pairs, row * length + Math.min(length, tokens.padding(row)), (row + 1) * length, 1);
    }
    return Tensor.of(Shape.of(BATCH, tokens.batch()).and(POS, length), pairs);
  }
}
