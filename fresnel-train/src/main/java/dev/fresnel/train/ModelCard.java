package dev.fresnel.train;

import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
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
 * var corpus = Corpus.of(Files.readString(Path.of("corpus.txt")), model.tokenizer().orElseThrow());
 * ModelCard.of(model, corpus).inductionHeads(); // [L1H2, L1H5]
 * }</pre>
 *
 * @param model its name
 * @param parameters how many numbers it has learned
 * @param trainingTokens of the corpus, to train on
 * @param heldOutTokens of the corpus, held out
 * @param heldOutLoss the mean over the held-out tokens, in nats, read in windows of the model's
 *     context that begin with BOS
 * @param bigram what the training tokens' bigrams make of the same tokens
 * @param inductionHeads those that score above 0.5 on 40 random tokens that come twice after a BOS,
 *     the strongest first; the checks ablate them
 * @param previousTokenHeads the same
 * @param texts ids of held-out text, which the checks repeat
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
    List<int[]> texts,
    List<InductionCheck.Result> checks) {
  private static final double[] SMOOTHINGS = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
  private static final int TEXTS = 16;
  private static final int ROWS = 16;
  private static final InductionCheck DEFINING =
      new InductionCheck(40, InductionCheck.Source.RANDOM, true);

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
    texts = List.copyOf(texts);
    checks = List.copyOf(checks);
  }

  /**
   * Measures a model.
   *
   * @param corpus the one that it was trained on
   * @throws FresnelException if the model has no BOS token or too short a context, or if too little
   *     text is held out
   */
  public static ModelCard of(Transformer model, Corpus corpus) {
    int bos = bos(model);
    var heldOut = corpus.heldOut();
    var texts = texts(heldOut);
    var induction = inductionHeads(model, bos);
    return new ModelCard(
        model.config().name(),
        model.parameters(),
        corpus.training().length,
        heldOut.length,
        loss(model, heldOut, bos),
        bigram(corpus, model.config().sizes().vocabulary()),
        induction,
        DEFINING.heads(model, HeadDetector.previousToken(), List.of(), bos),
        texts,
        checks(model, texts, bos, induction));
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
                        + " has no BOS token; a model card measures texts that begin with one"))
        .getAsInt();
  }

  static List<HeadId> inductionHeads(Transformer model, int bos) {
    return DEFINING.heads(model, HeadDetector.induction(), List.of(), bos);
  }

  /** All of {@link InductionCheck#all()}, in its order. */
  static List<InductionCheck.Result> checks(
      Transformer model, List<int[]> texts, int bos, List<HeadId> ablated) {
    return InductionCheck.all().stream()
        .map(check -> check.of(model, texts, bos, ablated))
        .toList();
  }

  /** Stretches for the checks, spread evenly over what is held out. */
  static List<int[]> texts(int[] heldOut) {
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
    return texts;
  }

  private static Bigram bigram(Corpus corpus, int vocabulary) {
    var bigrams = new Bigrams(corpus.training(), vocabulary);
    var best = new Bigram(Double.NaN, Double.POSITIVE_INFINITY);
    for (double smoothing : SMOOTHINGS) {
      double loss = bigrams.loss(corpus.heldOut(), smoothing);
      best = loss < best.loss ? new Bigram(smoothing, loss) : best;
    }
    return best;
  }

  /** Every token is predicted once; the first of a window from the BOS alone. */
  private static double loss(Transformer model, int[] ids, int bos) {
    int length = model.config().sizes().context() - 1;
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
    try (var scope = Scope.open();
        var run = model.run(Tokens.ofRows(rows))) {
      var losses = NextTokenLoss.each(run);
      return Measurement.mean(losses) * rows.size() * losses.size(POS);
    }
  }
}
