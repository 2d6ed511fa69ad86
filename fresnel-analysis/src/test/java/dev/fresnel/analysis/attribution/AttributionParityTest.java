package dev.fresnel.analysis.attribution;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Estimates by gradients are those that TransformerLens's hooks and PyTorch give. */
class AttributionParityTest {
  /** Of the largest effect: float32 sums in another order, through two or three layers. */
  private static final double TOLERANCE = 2e-5;

  private static final List<HookKind> KINDS =
      List.of(
          HookKind.RESID_PRE,
          HookKind.ATTN_OUT,
          HookKind.MLP_OUT,
          HookKind.Z,
          HookKind.Q,
          HookKind.K,
          HookKind.V);

  private final JsonNode golden = Golden.json(Golden.root().resolve("attribution/case.json"));

  private record Case(
      JsonNode about, Transformer model, Tokens clean, Tokens corrupted, Metric metric) {
    List<HookKind> kinds() {
      return KINDS.stream().filter(kind -> about.get("nodes").has(kind.suffix())).toList();
    }
  }

  private Case open(int index) {
    JsonNode about = golden.get("cases").get(index);
    return new Case(
        about,
        Fresnel.load(Golden.of(about.get("model").asText()).model()),
        Tokens.of(ints(about.get("clean"))),
        Tokens.of(ints(about.get("corrupted"))),
        Metric.logitDifference(-1, about.get("plus").asInt(), about.get("minus").asInt()));
  }

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).filter(x -> !Double.isNaN(x)).map(Math::abs).max().orElse(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void activationsHaveTheEffectsOfTransformerLens(int index) {
    var opened = open(index);
    try (var model = opened.model) {
      var found =
          AttributionPatching.of(
              model, opened.clean, opened.corrupted, opened.metric, opened.kinds());
      for (NodeEffects effects : found) {
        assertThat(effects.clean())
            .isCloseTo(opened.about.get("clean_metric").asDouble(), within(1e-4));
        assertThat(effects.corrupted())
            .isCloseTo(opened.about.get("corrupted_metric").asDouble(), within(1e-4));
        JsonNode expected = opened.about.get("nodes").get(effects.what().suffix());
        double[] numbers = effects.flat();
        double[] all = flat(expected);
        assertThat(numbers).as(effects.what() + "").hasSameSizeAs(all);
        double tolerance = TOLERANCE * largest(all);
        for (int i = 0; i < all.length; i++) {
          assertThat(numbers[i]).as(effects.what() + " " + i).isCloseTo(all[i], within(tolerance));
        }
      }
    }
  }

  private static double[] flat(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false)
        .flatMap(layer -> StreamSupport.stream(layer.spliterator(), false))
        .flatMap(heads -> StreamSupport.stream(heads.spliterator(), false))
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void edgesHaveTheEffectsOfThePublishedFormula(int index) {
    var opened = open(index);
    try (var model = opened.model) {
      int steps = golden.get("steps").asInt();
      requireSame(
          opened.about.get("eap"),
          EdgeAttribution.of(model, opened.clean, opened.corrupted, opened.metric));
      requireSame(
          opened.about.get("eap_ig"),
          EdgeAttribution.integrated(model, opened.clean, opened.corrupted, opened.metric, steps));
    }
  }

  private static void requireSame(JsonNode expected, EdgeEffects found) {
    assertThat(found.edges()).hasSize(expected.size());
    double tolerance =
        TOLERANCE * largest(found.edges().stream().mapToDouble(EdgeEffects.Edge::effect).toArray());
    for (EdgeEffects.Edge edge : found.edges()) {
      assertThat(edge.effect())
          .as(edge.label())
          .isCloseTo(expected.get(edge.label()).asDouble(), within(tolerance));
      var parsed = Component.parse(edge.reader().label());
      assertThat(found.at(Component.parse(edge.writer().label()), parsed)).isEqualTo(edge.effect());
    }
  }

  /** The definition: a writer's difference times the gradient of what a reader's head reads. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void edgesAreDifferencesTimesTheGradientOfWhatAHeadReads(int kind) {
    try (var model = ToyModels.all(7).get(kind)) {
      var clean = Tokens.of(3, 1, 4, 1, 5);
      var corrupted = Tokens.of(3, 1, 8, 1, 7);
      var metric = Metric.logitDifference(-1, 2, 6);
      var edges = EdgeAttribution.of(model, clean, corrupted, metric);
      var read = HookKind.Q_INPUT.at(1);
      var plan = RunPlan.capture(read).recordGradients();
      try (var one = model.run(clean, RunPlan.capture(HookKind.Z));
          var other = model.run(corrupted, RunPlan.capture(HookKind.Z));
          var recorded = model.run(corrupted, plan);
          var scope = Scope.open()) {
        Tensor more = one.cache().get(HookKind.Z, 0).minus(other.cache().get(HookKind.Z, 0));
        Tensor wrote = model.headResults(0, more);
        Tensor gradient = recorded.gradients(metric, read).get(read);
        for (int head = 0; head < model.heads(); head++) {
          Tensor product = wrote.select(HEAD, 0).times(gradient.select(HEAD, head));
          var reader = Component.parse("L1H" + head + ".q");
          assertThat(edges.at(Component.parse("L0H0"), reader))
              .as("%s, head %d", model, head)
              // Float32, added up in another order.
              .isCloseTo(product.sum(BATCH, POS, D_MODEL).item(), within(1e-5));
        }
      }
    }
  }

  /** The tape knows the gradient of every kind of activation that a block has at each position. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void activationsHaveDifferencesTimesTheGradientsOfARun(int which) {
    try (var model = ToyModels.all(7).get(which)) {
      var clean = Tokens.of(3, 1, 4, 1, 5);
      var corrupted = Tokens.of(3, 1, 8, 1, 7);
      var metric = Metric.logitDifference(-1, 2, 6);
      var kinds =
          model.hookPoints().stream()
              .filter(point -> point.layer() == 1 && point.kind().dims().contains(POS))
              .map(HookPoint::kind)
              .toList();
      assertThat(kinds).contains(HookKind.RESID_PRE, HookKind.Q, HookKind.Q_INPUT);
      for (HookKind kind : kinds) {
        double found =
            Arrays.stream(AttributionPatching.of(model, clean, corrupted, metric, kind).flat())
                .sum();
        double expected = 0;
        try (var one = model.run(clean, RunPlan.capture(kind));
            var other = model.run(corrupted, RunPlan.capture(kind).recordGradients());
            var scope = Scope.open()) {
          var gradients = other.gradients(metric);
          for (var point : gradients.points()) {
            Tensor more = one.cache().get(point).minus(other.cache().get(point));
            var products = more.times(gradients.get(point));
            expected += products.sum(products.dims().toArray(Dim[]::new)).item();
          }
        }
        assertThat(found).as("%s of %s", kind, model).isCloseTo(expected, within(1e-4));
      }
    }
  }

  /** Every path from a writer goes through one of its edges first. */
  @Test
  void theEdgesOfAWriterAddUpToItsOwnEffect() {
    var opened = open(0);
    try (var model = opened.model) {
      var edges = EdgeAttribution.of(model, opened.clean, opened.corrupted, opened.metric);
      var kinds = List.of(HookKind.Z, HookKind.MLP_OUT);
      var nodes =
          AttributionPatching.of(model, opened.clean, opened.corrupted, opened.metric, kinds);
      for (int layer = 0; layer < model.layers(); layer++) {
        for (int head = 0; head < model.heads(); head++) {
          assertThat(sum(edges, "L" + layer + "H" + head))
              .isCloseTo(nodes.get(0).byHead().toArray()[layer][head], within(1e-4));
        }
        double mlp = Arrays.stream(nodes.get(1).byPosition()[layer]).sum();
        assertThat(sum(edges, "MLP" + layer)).isCloseTo(mlp, within(1e-4));
      }
    }
  }

  private static double sum(EdgeEffects effects, String writer) {
    return effects.edges().stream()
        .filter(edge -> edge.writer().label().equals(writer))
        .mapToDouble(EdgeEffects.Edge::effect)
        .sum();
  }

  /** The gradients along the way add up to the difference of the ends. */
  @Test
  void withManyStepsTheEmbeddingsEdgesAddUpToTheWholeDifference() {
    var opened = open(0);
    try (var model = opened.model) {
      var few = integrated(opened, 4);
      var many = integrated(opened, 64);
      double whole = many.clean() - many.corrupted();
      double error = Math.abs(sum(many, "embed") - whole);
      // A sum of equal steps is wrong by about half a step's change.
      assertThat(error).isLessThan(0.05 * Math.abs(whole));
      assertThat(error).isLessThan(Math.abs(sum(few, "embed") - whole));
    }
  }

  private static EdgeEffects integrated(Case opened, int steps) {
    return EdgeAttribution.integrated(
        opened.model, opened.clean, opened.corrupted, opened.metric, steps);
  }

  /** Small changes of the input are nearly linear, so both ways agree. */
  @Test
  void estimatesAgreeWithExactPatchesWhereTheModelIsNearlyLinear() {
    var opened = open(2);
    try (var model = opened.model) {
      var edges = EdgeAttribution.of(model, opened.clean, opened.corrupted, opened.metric);
      var agreement =
          EdgeAttribution.agreement(
              model, opened.clean, opened.corrupted, opened.metric, edges.ranked());
      assertThat(agreement.count()).isEqualTo(edges.edges().size());
      assertThat(agreement.pearson()).isGreaterThan(0.5);
      assertThat(agreement.rank()).isGreaterThan(0.5);
      // What goes straight to the logits of a model without norms is linear: exact.
      for (var edge : edges.edges()) {
        if (edge.reader().label().equals("logits")) {
          var exact =
              EdgeAttribution.exact(
                  model, opened.clean, opened.corrupted, opened.metric, List.of(edge));
          assertThat(exact.get(0).effect()).isCloseTo(edge.effect(), within(1e-4));
        }
      }
    }
  }

  /** The exact sweep of the residual stream, cell by cell, as anyone would write it. */
  @Test
  void theLastLayersResidualStreamComesCloseToTheExactSweep() {
    var opened = open(2);
    try (var model = opened.model) {
      var effects =
          AttributionPatching.of(
              model, opened.clean, opened.corrupted, opened.metric, HookKind.RESID_PRE);
      double[] exact = exactResidual(opened);
      var agreement = Agreement.of(effects.flat(), exact);
      assertThat(agreement.count()).isEqualTo(model.layers() * opened.clean.length());
      assertThat(agreement.pearson()).isGreaterThan(0.5);
    }
  }

  private static double[] exactResidual(Case opened) {
    var model = opened.model;
    int length = opened.clean.length();
    double[] exact = new double[model.layers() * length];
    try (var clean = model.run(opened.clean, RunPlan.capture(HookKind.RESID_PRE));
        var corrupted = model.run(opened.corrupted);
        var scope = Scope.open()) {
      double base = opened.metric.of(corrupted).item();
      for (int cell = 0; cell < exact.length; cell++) {
        int position = cell % length;
        var pos = dev.fresnel.hook.Dims.POS;
        var source = clean.cache().get(HookKind.RESID_PRE, cell / length).select(pos, position);
        var plan =
            RunPlan.nothing()
                .edit(
                    HookKind.RESID_PRE.at(cell / length), (x, at) -> x.with(pos, position, source));
        try (var patched = model.run(opened.corrupted, plan)) {
          exact[cell] = opened.metric.of(patched).item() - base;
        }
      }
    }
    return exact;
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    var model = ToyModels.gpt2Like(1);
    var metric = Metric.logitDifference(-1, 1, 2);
    assertThatThrownBy(() -> EdgeAttribution.of(model, Tokens.of(1, 2), Tokens.of(1, 2, 3), metric))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("1 text(s) of 2 and 1 of 3: [#1, #2] and [#1, #2, #3]");
    assertThatThrownBy(
            () ->
                AttributionPatching.of(model, Tokens.of(1), Tokens.of(2), metric, HookKind.PATTERN))
        .hasMessageContaining("PATTERN cannot be attributed by layer and position");
    assertThatThrownBy(
            () -> EdgeAttribution.integrated(model, Tokens.of(1), Tokens.of(2), metric, 0))
        .hasMessageContaining("at least 1 step");
    assertThatThrownBy(() -> Component.parse("head 1")).hasMessageContaining("is no component");
  }
}
