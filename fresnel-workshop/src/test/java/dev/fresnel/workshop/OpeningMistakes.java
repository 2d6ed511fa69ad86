package dev.fresnel.workshop;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.model.Run;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.provider.Arguments;

/** Wrong solutions of chapters 1 and 2. */
final class OpeningMistakes {
  private OpeningMistakes() {}

  private static Sizes sizes(int heads, int dHead) {
    return Sizes.builder()
        .layers(2)
        .heads(heads)
        .dModel(768)
        .dHead(dHead)
        .context(2048)
        .vocabulary(50278)
        .build();
  }

  static List<Arguments> opening() {
    var none = new Norm.None();
    var shortformer = new Positional.Shortformer();
    return List.of(
        arguments(
            "toy-configuration",
            Checks.toyConfiguration(
                () -> ModelConfig.attentionOnly("t", sizes(64, 12), none, shortformer)),
            "heads and d_head are exchanged"),
        arguments(
            "toy-configuration",
            Checks.toyConfiguration(() -> ModelConfig.of("t", sizes(12, 64))),
            "GPT-2's architecture with other sizes"),
        arguments(
            "toy-configuration",
            Checks.toyConfiguration(
                () ->
                    ModelConfig.attentionOnly("t", sizes(12, 64), none, new Positional.Learned())),
            "added to the residual stream"),
        arguments(
            "toy-configuration",
            Checks.toyConfiguration(
                () ->
                    ModelConfig.attentionOnly(
                        "t", sizes(12, 64), new Norm.Layer(1e-5, Norm.Weights.OWN), shortformer)),
            "has a layer norm"),
        arguments(
            "toy-configuration",
            Checks.toyConfiguration(
                () ->
                    ModelConfig.of("t", sizes(12, 64)).withNorm(none).withPositional(shortformer)),
            "has MLPs"),
        arguments(
            "surprise",
            Checks.surprise((run, p) -> -logProbability(run, p, run.tokens().id(0, p))),
            "at the position itself"),
        arguments(
            "surprise",
            Checks.surprise((run, p) -> logProbability(run, p, run.tokens().id(0, p + 1))),
            "The sign is missing"),
        arguments(
            "surprise",
            Checks.surprise(
                (run, p) ->
                    run.logits(p)
                        .select(BATCH, 0)
                        .select(D_VOCAB, run.tokens().id(0, p + 1))
                        .item()),
            "This is the logit itself"),
        arguments(
            "surprise",
            Checks.surprise(
                (run, p) -> Math.exp(logProbability(run, p, run.tokens().id(0, p + 1)))),
            "This is the probability"),
        arguments(
            "surprise",
            Checks.surprise(
                (run, p) -> -logProbability(run, p, run.tokens().id(0, p + 1)) / Math.log(2)),
            "in bits"),
        arguments(
            "surprise",
            Checks.surprise((run, p) -> -logProbability(run, p + 1, run.tokens().id(0, p + 1))),
            "one position later"));
  }

  private static double logProbability(Run run, int position, int token) {
    return run.logits(position).select(BATCH, 0).logSoftmax(D_VOCAB).select(D_VOCAB, token).item();
  }

  private static List<AttentionPattern> patterns(Run run, int... layers) {
    return Arrays.stream(layers).mapToObj(layer -> AttentionPattern.of(run, layer)).toList();
  }

  private static Verdict attending(int... layers) {
    return Checks.attention(
        (model, tokens) -> {
          try (var run = model.run(tokens, AttentionPattern.plan())) {
            return patterns(run, layers);
          }
        });
  }

  static int greatest(float[] row) {
    return IntStream.range(0, row.length).reduce(0, (best, i) -> row[i] > row[best] ? i : best);
  }

  static List<Arguments> attention() {
    return List.of(
        arguments("attention", attending(1), "layers count from 0"),
        arguments("attention", attending(0), "Only the first layer"),
        arguments("attention", attending(1, 0), "reverse order"),
        arguments("attention", attending(0, 0), "Each entry is layer 0"),
        arguments(
            "strongest-key",
            Checks.strongestKey(
                (pattern, head, query) ->
                    greatest(pattern.select(HEAD, head).select(KEY, query).floats())),
            "Query and key are exchanged"),
        arguments(
            "strongest-key",
            Checks.strongestKey(
                (pattern, head, query) ->
                    1 + greatest(pattern.select(HEAD, head).select(QUERY, query).floats())),
            "counts from 1"),
        arguments(
            "strongest-key",
            Checks.strongestKey(
                (pattern, head, query) ->
                    greatest(pattern.select(HEAD, 0).select(QUERY, query).floats())),
            "The head is ignored"),
        arguments(
            "strongest-key",
            Checks.strongestKey(
                (pattern, head, query) ->
                    greatest(pattern.select(HEAD, head).select(QUERY, query).times(-1).floats())),
            "least attention"));
  }
}
