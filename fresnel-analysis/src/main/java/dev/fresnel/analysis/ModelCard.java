package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a model card says in numbers: how well the model predicts text that it never saw, and
 * whether it has induction heads that do what the name says.
 *
 * <pre>{@code
 * var card = ModelCard.of(model, corpus.training(), corpus.heldOut());
 * card.inductionHeads();   // [L1H2, L1H5]
 * }</pre>
 *
 * @param model its name
 * @param parameters how many numbers it has learned
 * @param trainingTokens how many tokens it was trained on
 * @param heldOutTokens how many were held out
 * @param heldOutLoss the mean over the held-out tokens, in nats, read in windows of the model's
 *     context that begin with BOS
 * @param bigram what the training tokens' bigrams make of the same tokens
 * @param inductionHeads those that score above 0.5 on 40 random tokens that come twice after a BOS,
 *     the strongest first; the checks ablate them
 * @param previousTokenHeads the same
 * @param texts stretches of held-out text, one per row, which the checks repeat
 * @param checks on held-out text and random tokens that come twice
 */
public record ModelCard(
    String model,
    long parameters,
    long trainingTokens,
    long heldOutTokens,
    double heldOutLoss,
    Bigram bigram,
    List<HeadId> inductionHeads,
    List<HeadId> previousTokenHeads,
    Tokens texts,
    List<InductionCheck.Result> checks) {
  private static final double[] SMOOTHINGS = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
  private static final int TEXTS = 16;
  private static final int ROWS = 16;

  /** Random tokens that come twice: a head is an induction head if it scores on these. */
  private static final int HALF = 40;

  /** The score above which a head counts. */
  private static final double FOUND = 0.5;

  /**
   * The bigram model that does best on the held-out tokens.
   *
   * @param smoothing what is added to each count
   * @param loss its mean surprise, in nats
   */
  public record Bigram(double smoothing, double loss) {}

  public ModelCard {
    inductionHeads = List.copyOf(inductionHeads);
    previousTokenHeads = List.copyOf(previousTokenHeads);
    checks = List.copyOf(checks);
  }

  /**
   * Measures a model.
   *
   * @param training the ids that it was trained on
   * @param heldOut ids of the same kind of text that it never saw
   * @throws FresnelException if the model has no BOS token or too short a context, or if too little
   *     text is held out
   */
  public static ModelCard of(Transformer model, int[] training, int[] heldOut) {
    int bos = bos(model);
    requireInVocabulary(model, training);
    requireInVocabulary(model, heldOut);
    var texts = texts(heldOut);
    var induction = inductionHeads(model, bos);
    return new ModelCard(
        model.config().name(),
        model.parameters(),
        training.length,
        heldOut.length,
        loss(model, heldOut, bos),
        bigram(training, heldOut, model.config().sizes().vocabulary()),
        induction,
        heads(model, HeadDetector.previousToken(), bos),
        texts,
        checks(model, texts, bos, induction));
  }

  private static void requireInVocabulary(Transformer model, int[] ids) {
    int vocabulary = model.config().sizes().vocabulary();
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new FresnelException(
            "token %d is outside the vocabulary of %s: ids are 0 to %d"
                .formatted(id, model.config().name(), vocabulary - 1));
      }
    }
  }

  static int bos(Transformer model) {
    return model
        .tokenizer()
        .map(Tokenizer::bosId)
        .filter(id -> id.isPresent())
        .orElseThrow(
            () ->
                new FresnelException(
                    model.config().name()
                        + " has no BOS token, with which the texts of a model card begin; there is no card for it"))
        .getAsInt();
  }

  static List<HeadId> inductionHeads(Transformer model, int bos) {
    return heads(model, HeadDetector.induction(), bos);
  }

  /** The heads that score above 0.5 on random tokens that come twice, the strongest first. */
  private static List<HeadId> heads(Transformer model, HeadDetector detector, int bos) {
    var twice = InductionCheck.random(HALF, model.config().sizes().vocabulary(), bos);
    try (var run = model.run(twice.tokens(), detector.plan().stopAfterCapture())) {
      return detector.score(run).above(FOUND).stream().map(ScoredHead::head).toList();
    }
  }

  /** All of {@link InductionCheck#all()}, in its order. */
  static List<InductionCheck.Result> checks(
      Transformer model, Tokens texts, int bos, List<HeadId> ablated) {
    return InductionCheck.all().stream()
        .map(check -> check.of(model, texts, bos, ablated))
        .toList();
  }

  /** Stretches for the checks, spread evenly over what is held out. */
  static Tokens texts(int[] heldOut) {
    int length = InductionCheck.LONGEST;
    if (heldOut.length < TEXTS * length) {
      throw new FresnelException(
          "only "
              + heldOut.length
              + " tokens of the text are held out; a model card needs at least "
              + TEXTS * length
              + ": give the corpus that the model was trained on");
    }
    var texts = new ArrayList<int[]>();
    for (int i = 0; i < TEXTS; i++) {
      int from = (int) ((long) i * (heldOut.length - length) / (TEXTS - 1));
      texts.add(Arrays.copyOfRange(heldOut, from, from + length));
    }
    return Tokens.ofRows(texts);
  }

  private static Bigram bigram(int[] training, int[] heldOut, int vocabulary) {
    var bigrams = new Bigrams(training, vocabulary);
    var best = new Bigram(Double.NaN, Double.POSITIVE_INFINITY);
    for (double smoothing : SMOOTHINGS) {
      double loss = bigrams.loss(heldOut, smoothing);
      best = loss < best.loss ? new Bigram(smoothing, loss) : best;
    }
    return best;
  }

  /**
   * Every token is predicted once: the first of a window from the BOS alone, the last at the
   * context's last position.
   */
  private static double loss(Transformer model, int[] ids, int bos) {
    int length = model.config().sizes().context();
    double sum = 0;
    var rows = new ArrayList<int[]>();
    for (int from = 0; from < ids.length; from += length) {
      int[] window = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + length));
      if (!rows.isEmpty() && (rows.size() == ROWS || rows.get(0).length != window.length + 1)) {
        sum += summed(model, rows);
        rows.clear();
      }
      int[] row = new int[window.length + 1];
      row[0] = bos;
      System.arraycopy(window, 0, row, 1, window.length);
      rows.add(row);
    }
    return (sum + summed(model, rows)) / ids.length;
  }

  private static double summed(Transformer model, List<int[]> rows) {
    var texts = Passages.of(rows);
    return texts.loss(model) * texts.count();
  }
}
