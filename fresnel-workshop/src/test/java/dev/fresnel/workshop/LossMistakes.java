package dev.fresnel.workshop;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.HookKind.Z;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.hook.RunPlan;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.provider.Arguments;

/** Wrong solutions of chapters 4, 7 and 8. */
final class LossMistakes {
  private LossMistakes() {}

  static List<Arguments> losses() {
    return List.of(
        arguments(
            "repeated-random",
            Checks.repeatedRandom((bos, half, v, random) -> join(new int[0], ids(half), ids(half))),
            "BOS is missing"),
        arguments(
            "repeated-random",
            Checks.repeatedRandom(
                (bos, half, v, random) ->
                    join(new int[] {bos}, ids(half), new int[] {bos}, ids(half))),
            "BOS comes before each half"),
        arguments(
            "repeated-random",
            Checks.repeatedRandom(
                (bos, half, v, random) ->
                    join(new int[] {bos}, random.ints(2 * half, 0, v).toArray())),
            "drawn independently"),
        arguments(
            "repeated-random",
            Checks.repeatedRandom(
                (bos, half, v, random) -> {
                  var ids = join(new int[] {bos}, random.ints(half, 0, v).toArray());
                  return join(ids, Arrays.copyOf(ids, half));
                }),
            "the second half begins with BOS again"),
        arguments(
            "repeated-random",
            Checks.repeatedRandom(
                (bos, half, v, random) -> join(new int[] {bos}, new int[2 * half])),
            "All tokens are the same"),
        arguments(
            "second-half-loss",
            Checks.secondHalfLoss((losses, half) -> mean(losses, half, 2 * half)),
            "which nobody can foresee"),
        arguments(
            "second-half-loss",
            Checks.secondHalfLoss((losses, half) -> mean(losses, half + 2, 2 * half)),
            "one token too many"),
        arguments(
            "second-half-loss",
            Checks.secondHalfLoss((losses, half) -> mean(losses, 0, 2 * half)),
            "averages over the whole text"),
        arguments(
            "second-half-loss",
            Checks.secondHalfLoss((losses, half) -> mean(losses, 0, half)),
            "the loss of the first half"),
        arguments(
            "second-half-loss",
            Checks.secondHalfLoss(
                (losses, half) -> mean(losses, half + 1, 2 * half) * (half - 1) / half),
            "This divides by half"),
        arguments(
            "formed-at",
            Checks.formedAt((tokens, scores, t) -> first(scores, t)),
            "the index of the measurement"),
        arguments(
            "formed-at",
            Checks.formedAt((tokens, scores, t) -> tokens[0]),
            "The threshold's wrong side"),
        arguments(
            "formed-at",
            Checks.formedAt(
                (tokens, scores, t) ->
                    first(scores, Math.nextUp(t)) < 0 ? -1 : tokens[first(scores, Math.nextUp(t))]),
            "use >=, not >"),
        arguments(
            "formed-at",
            Checks.formedAt(
                (tokens, scores, t) -> first(scores, t) < 0 ? 0 : tokens[first(scores, t)]),
            "the answer is -1, not 0"),
        arguments(
            "without-heads",
            Checks.withoutHeads(
                heads ->
                    heads.stream()
                        .reduce(
                            RunPlan.nothing(),
                            (plan, id) -> plan.edit(Z.at(id.layer()), (z, at) -> z.times(0)),
                            RunPlan::and)),
            "The whole layer is ablated"),
        arguments(
            "without-heads",
            Checks.withoutHeads(heads -> without(heads.subList(0, 1))),
            "Only the first head"),
        arguments(
            "without-heads",
            Checks.withoutHeads(heads -> without(heads.subList(heads.size() - 1, heads.size()))),
            "Only the last head"),
        arguments(
            "without-heads",
            Checks.withoutHeads(heads -> RunPlan.nothing()),
            "Nothing is ablated"));
  }

  private static RunPlan without(List<HeadId> heads) {
    return heads.stream()
        .reduce(
            RunPlan.nothing(),
            (plan, id) -> plan.edit(Z.at(id.layer()), (z, at) -> z.with(HEAD, id.head(), 0.0)),
            RunPlan::and);
  }

  private static int[] ids(int half) {
    return IntStream.range(0, half).map(i -> 3 + i * 5 % 17).toArray();
  }

  private static int[] join(int[]... parts) {
    return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
  }

  private static double mean(float[] values, int from, int to) {
    return IntStream.range(from, to).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  private static int first(double[] scores, double threshold) {
    return IntStream.range(0, scores.length)
        .filter(i -> scores[i] >= threshold)
        .findFirst()
        .orElse(-1);
  }
}
