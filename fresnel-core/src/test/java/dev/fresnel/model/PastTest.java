package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Reach;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A run that continues from what was read gives the activations of a run of the whole text. */
class PastTest {
  /** float32 sums of the same products in another order, through up to three layers. */
  private static final double ROUNDING = 1e-4;

  private static final int LENGTH = 40;
  private static final RunPlan EVERYTHING =
      RunPlan.captureAll().and(RunPlan.capture(HookKind.RESULT));

  static Stream<Transformer> models() {
    var sizes =
        Sizes.builder().layers(2).heads(4).dModel(20).dHead(5).context(64).vocabulary(37).build();
    var alibi = ModelConfig.of("alibi", sizes).withPositional(Positional.Alibi.standard(4));
    var windows =
        ModelConfig.of("windows", sizes)
            .withAttending(
                List.of(Attending.standard(5).withReach(new Reach(7)), Attending.standard(5)));
    return Stream.concat(
        ToyModels.all(1).stream().map(toy -> ToyModels.of(longer(toy.config()), 1)),
        Stream.of(ToyModels.of(alibi, 2), ToyModels.of(windows, 3)));
  }

  /** The same model with a context that the text fits into. */
  private static ModelConfig longer(ModelConfig toy) {
    var s = toy.sizes();
    var sizes =
        Sizes.builder()
            .layers(s.layers())
            .heads(s.heads())
            .keyValueHeads(s.keyValueHeads())
            .dModel(s.dModel())
            .dHead(s.dHead())
            .context(64)
            .vocabulary(37)
            .build();
    return ModelConfig.of("toy", sizes)
        .withNorm(toy.norm())
        .withPositional(toy.positional())
        .withMlp(toy.mlp());
  }

  private static int[] text(int seed) {
    return new Random(seed).ints(LENGTH, 0, 37).toArray();
  }

  private static int[] part(int[] ids, int from, int to) {
    return Arrays.copyOfRange(ids, from, to);
  }

  /** Everything that the continued run kept is the whole run's at its positions. */
  private static void requireSame(Run whole, Run rest, int from) {
    try (var scope = Scope.open()) {
      for (HookPoint point : rest.cache().points()) {
        Tensor all = whole.cache().get(point);
        Dim pos = point.kind().positions();
        Tensor expected = all.slice(pos, from, from + rest.tokens().length());
        Tensor found = rest.cache().get(point);
        Tensor seen =
            found.has(HookKind.PATTERN.dims().get(3))
                ? expected.slice(HookKind.PATTERN.dims().get(3), 0, from + rest.tokens().length())
                : expected;
        assertThat(found).as(point.name() + " from " + from).isCloseTo(seen, ROUNDING);
      }
      Tensor logits = whole.logits().slice(POS, from, from + rest.tokens().length());
      assertThat(rest.logits()).as("logits from " + from).isCloseTo(logits, ROUNDING);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aTextInTwoPieces(Transformer model) {
    int[] ids = text(1);
    try (var whole = model.run(Tokens.of(ids), EVERYTHING)) {
      for (int cut : new int[] {1, 17, LENGTH - 1}) {
        try (var first = model.run(Tokens.of(part(ids, 0, cut)), Past.plan(model));
            var past = Past.of(first);
            var rest = model.run(Tokens.of(part(ids, cut, LENGTH)), EVERYTHING, past)) {
          assertThat(past.length()).isEqualTo(cut);
          requireSame(whole, rest, cut);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aTextTokenByToken(Transformer model) {
    int[] ids = text(2);
    try (var whole = model.run(Tokens.of(ids), EVERYTHING)) {
      Past past;
      try (var first = model.run(Tokens.of(ids[0]), Past.plan(model))) {
        past = Past.of(first);
      }
      for (int i = 1; i < LENGTH; i++) {
        try (var before = past;
            var next = model.run(Tokens.of(ids[i]), EVERYTHING.and(Past.plan(model)), before)) {
          requireSame(whole, next, i);
          past = Past.of(next);
        }
      }
      past.close();
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aPaddedBatch(Transformer model) {
    int[] ids = text(3);
    int[] end = part(text(4), 0, 10);
    var prefixes = List.of(part(ids, 0, 30), part(ids, 3, 8), part(ids, 1, 21));
    var wholes =
        prefixes.stream()
            .map(prefix -> IntStream.concat(Arrays.stream(prefix), Arrays.stream(end)).toArray())
            .toList();
    var ends = Tokens.ofRows(List.of(end, end, end));
    try (var whole = model.run(Tokens.leftPadded(wholes, 0), EVERYTHING);
        var first = model.run(Tokens.leftPadded(prefixes, 0), Past.plan(model));
        var past = Past.of(first);
        var rest = model.run(ends, EVERYTHING, past)) {
      requireSame(whole, rest, 30);
    }
  }

  /** The prefix of a sweep: a clean beginning, another rest, and layers that need not run again. */
  @ParameterizedTest
  @MethodSource("models")
  void aCleanPrefixAndAChangedRest(Transformer model) {
    int[] clean = text(5);
    int[] changed = clean.clone();
    System.arraycopy(text(6), 0, changed, 25, LENGTH - 25);
    var rest = Tokens.of(part(changed, 25, LENGTH));
    try (var cleanRun = model.run(Tokens.of(clean), Past.plan(model));
        var past = Past.of(cleanRun, 25);
        var whole = model.run(Tokens.of(changed), EVERYTHING);
        var continued = model.run(rest, EVERYTHING, past);
        var scope = Scope.open()) {
      requireSame(whole, continued, 25);
      Tensor residual = whole.cache().get(RESID_PRE, 1).slice(POS, 25, LENGTH);
      try (var late = model.run(rest, RunPlan.captureAll().startAt(1, residual), past)) {
        requireSame(whole, late, 25);
      }
    }
  }

  @Test
  void whatDoesNotFitIsSaid() {
    var model = ToyModels.gpt2Like(1);
    var tokens = Tokens.of(1, 2, 3);
    try (var run = model.run(tokens, Past.plan(model));
        var without = model.run(tokens);
        var some = model.run(tokens, Past.plan(model).atPositions(0, 2));
        var past = Past.of(run)) {
      assertSaid(() -> Past.of(run, 4), "from 1 to 3 positions");
      assertSaid(() -> Past.of(without), "was not captured");
      assertSaid(() -> Past.of(some), "without atPositions");
      var nothing = RunPlan.nothing();
      assertSaid(() -> ToyModels.gpt2Like(2).run(tokens, nothing, past), "cannot continue");
      var two = Tokens.ofRows(List.of(new int[] {1}, new int[] {2}));
      assertSaid(() -> model.run(two, nothing, past), "holds 1 texts, the run has 2");
      int context = model.config().sizes().context();
      var long_ = Tokens.of(new int[context - 2]);
      assertSaid(() -> model.run(long_, nothing, past), "reads at most " + context);
      past.close();
      assertSaid(() -> model.run(tokens, nothing, past), "this Past is closed");
    }
  }

  private static void assertSaid(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String saying) {
    assertThatThrownBy(call).isInstanceOf(FresnelException.class).hasMessageContaining(saying);
  }

  /** A past is a copy: it lives on when its run is closed. */
  @Test
  void itOutlivesItsRun() {
    var model = ToyModels.llamaLike(1);
    Past past;
    try (var run = model.run(Tokens.of(1, 2, 3), Past.plan(model))) {
      past = Past.of(run);
    }
    try (past;
        var whole = model.run(Tokens.of(1, 2, 3, 4));
        var rest = model.run(Tokens.of(4), RunPlan.nothing(), past)) {
      assertThat(rest.logits(-1)).hasDims(BATCH, dev.fresnel.hook.Dims.D_VOCAB);
      assertThat(rest.logits(-1)).isCloseTo(whole.logits(-1), ROUNDING);
    }
  }
}
