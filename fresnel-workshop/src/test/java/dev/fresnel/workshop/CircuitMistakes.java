package dev.fresnel.workshop;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESULT;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.provider.Arguments;

/** Wrong solutions of chapters 5 and 9. */
final class CircuitMistakes {
  private CircuitMistakes() {}

  private static Tensor embedded(Run run, int position) {
    return run.model().weight("embed.W_E").select(D_VOCAB, run.tokens().id(0, position));
  }

  private static Tensor direction(Run run, int position) {
    return run.model().weight("unembed.W_U").select(D_VOCAB, run.tokens().id(0, position));
  }

  private static double[][] shares(Run run, int position, Tensor direction) {
    double[][] shares = new double[2][3];
    for (int layer = 0; layer < 2; layer++) {
      float[] floats =
          run.cache()
              .get(RESULT, layer)
              .select(BATCH, 0)
              .select(POS, position)
              .dot(direction, D_MODEL)
              .floats();
      for (int head = 0; head < 3; head++) {
        shares[layer][head] = floats[head];
      }
    }
    return shares;
  }

  private static double scale(Run run, int position) {
    return run.finalScale().select(BATCH, 0).select(POS, position).item();
  }

  private static Tensor centred(Tensor vector) {
    return vector.minus(vector.mean(D_MODEL));
  }

  static List<Arguments> attribution() {
    return List.of(
        arguments(
            "direct-path",
            Checks.directPath((run, p) -> embedded(run, p).dot(direction(run, p), D_MODEL).item()),
            "the token at the position itself"),
        arguments(
            "direct-path",
            Checks.directPath(
                (run, p) -> embedded(run, p + 1).dot(direction(run, p + 1), D_MODEL).item()),
            "embeds the next token"),
        arguments(
            "direct-path",
            Checks.directPath(
                (run, p) -> embedded(run, p + 1).dot(direction(run, p), D_MODEL).item()),
            "The two tokens are exchanged"),
        arguments(
            "direct-path",
            Checks.directPath(
                (run, p) ->
                    run.logits(p)
                        .select(BATCH, 0)
                        .select(D_VOCAB, run.tokens().id(0, p + 1))
                        .item()),
            "the whole logit"),
        arguments(
            "logit-attribution",
            Checks.logitAttribution((run, p) -> shares(run, p, direction(run, p))),
            "not of the token at position + 1"),
        arguments(
            "logit-attribution",
            Checks.logitAttribution((run, p) -> shares(run, p + 1, direction(run, p + 1))),
            "one position later"),
        arguments(
            "logit-attribution",
            Checks.logitAttribution((run, p) -> new double[3][2]),
            "dimension layer: expected size 2, got 3, which is the size of head"),
        arguments(
            "logit-attribution",
            Checks.logitAttribution(
                (run, p) ->
                    new double[][] {
                      shares(run, p, direction(run, p + 1))[1],
                      shares(run, p, direction(run, p + 1))[0]
                    }),
            "reverse order"),
        arguments(
            "attribution-through-norm",
            Checks.attributionThroughNorm((run, p) -> shares(run, p, direction(run, p + 1))),
            "The final norm is forgotten"),
        arguments(
            "attribution-through-norm",
            Checks.attributionThroughNorm(
                (run, p) -> shares(run, p, direction(run, p + 1).dividedBy(scale(run, p)))),
            "The mean is not subtracted"),
        arguments(
            "attribution-through-norm",
            Checks.attributionThroughNorm(
                (run, p) -> shares(run, p, centred(direction(run, p + 1)))),
            "The scale is not used"),
        arguments(
            "attribution-through-norm",
            Checks.attributionThroughNorm(
                (run, p) -> shares(run, p, centred(direction(run, p + 1)).times(scale(run, p)))),
            "multiplies by the scale"),
        arguments(
            "attribution-through-norm",
            Checks.attributionThroughNorm(
                (run, p) ->
                    shares(run, p, centred(direction(run, p + 1)).dividedBy(scale(run, p + 1)))),
            "the scale of the next position"));
  }

  private static final Dim IN = new Dim("in");
  private static final Dim OTHER = new Dim("other");

  private static Tensor weight(dev.fresnel.model.Transformer model, HeadId id, String letter) {
    return model.weight("blocks." + id.layer() + ".attn.W_" + letter).select(HEAD, id.head());
  }

  private static double composed(
      dev.fresnel.model.Transformer model,
      HeadId early,
      HeadId late,
      String reads,
      String other,
      boolean divided) {
    var ov = weight(model, early, "V").rename(D_MODEL, IN).dot(weight(model, early, "O"), D_HEAD);
    var qk =
        weight(model, late, other).rename(D_MODEL, OTHER).dot(weight(model, late, reads), D_HEAD);
    double whole = ov.norm(IN, D_MODEL).item() * qk.norm(OTHER, D_MODEL).item();
    return ov.dot(qk, D_MODEL).norm(IN, OTHER).item() / (divided ? whole : 1);
  }

  private static float[] copied(
      dev.fresnel.model.Transformer model, HeadId head, boolean byColumn) {
    var read = new Dim("read");
    var logits =
        model
            .weight("embed.W_E")
            .rename(D_VOCAB, read)
            .dot(weight(model, head, "V"), D_MODEL)
            .dot(weight(model, head, "O"), D_HEAD)
            .dot(model.weight("unembed.W_U"), D_MODEL);
    return (byColumn ? logits.order(D_VOCAB, read) : logits.order(read, D_VOCAB))
        .contiguous()
        .floats();
  }

  private static double share(float[] square, int size) {
    return IntStream.range(0, size)
            .filter(
                row ->
                    OpeningMistakes.greatest(
                            Arrays.copyOfRange(square, row * size, (row + 1) * size))
                        == row)
            .count()
        / (double) size;
  }

  static List<Arguments> circuit() {
    int v = SmallModel.VOCABULARY;
    return List.of(
        arguments(
            "k-composition",
            Checks.kComposition(
                (model, early, late) -> composed(model, early, late, "Q", "K", true)),
            "this is Q-composition"),
        arguments(
            "k-composition",
            Checks.kComposition(
                (model, early, late) -> composed(model, early, late, "K", "Q", false)),
            "not divided by the norms"),
        arguments(
            "k-composition",
            Checks.kComposition(
                (model, early, late) -> composed(model, late, early, "K", "Q", true)),
            "The two heads are exchanged"),
        arguments(
            "copying",
            Checks.copying((model, head) -> share(copied(model, head, true), v)),
            "Rows and columns are exchanged"),
        arguments(
            "copying",
            Checks.copying((model, head) -> Math.floor(share(copied(model, head, false), v))),
            "a whole number in Java"),
        arguments(
            "copying",
            Checks.copying((model, head) -> share(copied(model, head, false), v) * v),
            "divide by the size of the vocabulary"),
        arguments(
            "copying",
            Checks.copying(
                (model, head) ->
                    IntStream.range(0, v)
                            .filter(i -> copied(model, head, false)[i * v + i] > 0)
                            .count()
                        / (double) v),
            "own logit rises"),
        arguments(
            "copying",
            Checks.copying(
                (model, head) ->
                    IntStream.range(0, v)
                        .mapToDouble(i -> copied(model, head, false)[i * v + i])
                        .average()
                        .orElseThrow()),
            "mean of the diagonal"));
  }
}
