package dev.fresnel.workshop;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * The checks of the exercises, one method for each, named as the learner's method is. A check calls
 * that method on small examples and compares what it returns with plain loops over the same
 * numbers.
 *
 * <pre>{@code
 * Checks.isPreviousToken((query, key) -> key == query - 1);   // isPreviousToken: passed
 * }</pre>
 */
public final class Checks {
  private Checks() {}

  /** A method of a run and a position. */
  @FunctionalInterface
  public interface OfRun<T> {
    T of(Run run, int position);
  }

  /** {@code attention(model, tokens)}. */
  @FunctionalInterface
  public interface Attention {
    List<AttentionPattern> of(Transformer model, Tokens tokens);
  }

  /** {@code strongestKey(pattern, head, query)}. */
  @FunctionalInterface
  public interface StrongestKey {
    int of(Tensor pattern, int head, int query);
  }

  /** {@code averageOverCondition(pattern, cells)}. */
  @FunctionalInterface
  public interface Average {
    double[] of(Tensor pattern, Cells cells);
  }

  /** {@code headsOverThreshold(scores, threshold)}. */
  @FunctionalInterface
  public interface OverThreshold {
    List<String> of(double[][] scores, double threshold);
  }

  /** {@code lastOccurrence(tokens)}. */
  @FunctionalInterface
  public interface LastOccurrence {
    int[] of(int[] tokens);
  }

  /** {@code inductionCells(tokens, offByOne)}. */
  @FunctionalInterface
  public interface InductionCells {
    Cells of(int[] tokens, boolean offByOne);
  }

  /** {@code headReport(run, threshold)}. */
  @FunctionalInterface
  public interface HeadReport {
    Map<String, List<String>> of(Run run, double threshold);
  }

  /** {@code repeatedRandom(bos, half, vocabulary, random)}. */
  @FunctionalInterface
  public interface RepeatedRandom {
    int[] of(int bos, int half, int vocabulary, Random random);
  }

  /** {@code strongestHeads(scores, count)}. */
  @FunctionalInterface
  public interface StrongestHeads {
    List<String> of(double[][] scores, int count);
  }

  /** {@code withoutHeads(heads)}. */
  @FunctionalInterface
  public interface WithoutHeads {
    RunPlan of(List<HeadId> heads);
  }

  /** {@code secondHalfLoss(losses, half)}. */
  @FunctionalInterface
  public interface SecondHalfLoss {
    double of(float[] losses, int half);
  }

  /** {@code formedAt(tokens, scores, threshold)}. */
  @FunctionalInterface
  public interface FormedAt {
    long of(long[] tokens, double[] scores, double threshold);
  }

  /** {@code kComposition(model, early, late)}. */
  @FunctionalInterface
  public interface KComposition {
    double of(Transformer model, HeadId early, HeadId late);
  }

  /** {@code copying(model, head)}. */
  @FunctionalInterface
  public interface Copying {
    double of(Transformer model, HeadId head);
  }

  public static Verdict toyConfiguration(Supplier<ModelConfig> method) {
    return ModelChecks.toyConfiguration(method);
  }

  public static Verdict surprise(OfRun<Double> method) {
    return ModelChecks.surprise(method);
  }

  public static Verdict attention(Attention method) {
    return AttentionChecks.attention(method);
  }

  public static Verdict strongestKey(StrongestKey method) {
    return AttentionChecks.strongestKey(method);
  }

  public static Verdict averageOverCondition(Average method) {
    return DetectorChecks.averageOverCondition(method);
  }

  public static Verdict headsOverThreshold(OverThreshold method) {
    return DetectorChecks.headsOverThreshold(method);
  }

  public static Verdict isCurrentToken(Cells method) {
    return RuleChecks.isCurrentToken(method);
  }

  public static Verdict isPreviousToken(Cells method) {
    return RuleChecks.isPreviousToken(method);
  }

  public static Verdict isFirstToken(Cells method) {
    return RuleChecks.isFirstToken(method);
  }

  public static Verdict lastOccurrence(LastOccurrence method) {
    return RuleChecks.lastOccurrence(method);
  }

  public static Verdict inductionCells(InductionCells method) {
    return RuleChecks.inductionCells(method);
  }

  public static Verdict headReport(HeadReport method) {
    return DetectorChecks.headReport(method);
  }

  public static Verdict repeatedRandom(RepeatedRandom method) {
    return LossChecks.repeatedRandom(method);
  }

  public static Verdict directPath(OfRun<Double> method) {
    return AttributionChecks.directPath(method);
  }

  public static Verdict logitAttribution(OfRun<double[][]> method) {
    return AttributionChecks.logitAttribution(method);
  }

  public static Verdict attributionThroughNorm(OfRun<double[][]> method) {
    return AttributionChecks.attributionThroughNorm(method);
  }

  public static Verdict strongestHeads(StrongestHeads method) {
    return DetectorChecks.strongestHeads(method);
  }

  public static Verdict withoutHeads(WithoutHeads method) {
    return AblationChecks.withoutHeads(method);
  }

  public static Verdict secondHalfLoss(SecondHalfLoss method) {
    return LossChecks.secondHalfLoss(method);
  }

  public static Verdict formedAt(FormedAt method) {
    return LossChecks.formedAt(method);
  }

  public static Verdict kComposition(KComposition method) {
    return CircuitChecks.kComposition(method);
  }

  public static Verdict copying(Copying method) {
    return CircuitChecks.copying(method);
  }
}
