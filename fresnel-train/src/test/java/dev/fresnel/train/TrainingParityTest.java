package dev.fresnel.train;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.Fresnel;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.AdamW;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares training with torch.optim.AdamW on TransformerLens's model: parity/cases_train.py. */
@Tag("golden")
class TrainingParityTest {
  /** The rounding of float32 sums in another order, which grows over ten steps. */
  private static final double CLOSE = 1e-4;

  @ParameterizedTest
  @ValueSource(strings = {"training-shortformer", "training-gpt2", "training-llama"})
  void tenStepsGivePyTorchsLossesAndWeights(String name) {
    var golden = Golden.of(name);
    JsonNode about = golden.about();
    try (var owner = new Owner("test");
        var scope = Scope.open();
        var given = Fresnel.load(golden.model(), LoadOptions.DEFAULT.raw())) {
      var parameters = new Parameters(given.config(), stored(given), owner);
      var variables = parameters.variables();
      var optimizer =
          new AdamW(
              settings(about.get("optimizer")),
              variables,
              AdamW.zeros(variables),
              AdamW.zeros(variables),
              0);
      for (int step = 0; step < 10; step++) {
        double length;
        double loss;
        try (var model = parameters.model(null);
            var run = model.run(batch(about.get("batches").get(step)))) {
          var rows = rows(run.tokens());
          var derived = NextTokenLoss.derived(model, rows, rows.size(), variables);
          loss = derived.loss();
          assertThat(Metric.loss().of(run).item())
              .as("the same loss from whole logits, but for rounding")
              .isCloseTo(loss, within(1e-5));
          length = optimizer.step(derived.gradients(), about.get("rates").get(step).asDouble(), 1);
        }
        assertThat(loss)
            .as("loss of step " + step)
            .isCloseTo(about.get("losses").get(step).asDouble(), within(CLOSE));
        assertThat(length)
            .isCloseTo(about.get("gradient_lengths").get(step).asDouble(), within(10 * CLOSE));
      }
      requireWeights(golden.numbers("after.safetensors"), parameters.views());
    }
  }

  private static void requireWeights(
      Map<String, Golden.Numbers> expected, Map<String, Tensor> actual) {
    assertThat(actual).hasSameSizeAs(expected);
    actual.forEach(
        (name, tensor) -> {
          if (name.endsWith("b_K")) {
            // It shifts all scores of a query alike, so that its gradient is nothing but rounding,
            // which Adam scales up.
            return;
          }
          var numbers =
              expected.containsKey(name)
                  ? expected.get(name)
                  : expected.get(name.replace("attn.", "attn._"));
          assertThat(tensor).as(name).isWithin(10 * CLOSE, numbers.values());
        });
  }

  /** The weights as they are stored: keys and values that heads share once. */
  private static Map<String, Tensor> stored(Transformer model) {
    var weights = new LinkedHashMap<String, Tensor>();
    for (String name : model.weightNames()) {
      boolean keyed = name.matches("blocks\\.\\d+\\.attn\\.[Wb]_[KV]");
      weights.put(name, model.weight(keyed ? name.replace("attn.", "attn._") : name));
    }
    return weights;
  }

  private static AdamW.Settings settings(JsonNode json) {
    return new AdamW.Settings(
        json.get("first_beta").asDouble(),
        json.get("second_beta").asDouble(),
        json.get("epsilon").asDouble(),
        json.get("weight_decay").asDouble());
  }

  private static List<int[]> rows(Tokens batch) {
    return IntStream.range(0, batch.batch()).mapToObj(batch::ids).toList();
  }

  private static Tokens batch(JsonNode rows) {
    List<int[]> ids = new ArrayList<>();
    rows.forEach(row -> ids.add(new ObjectMapper().convertValue(row, int[].class)));
    return Tokens.ofRows(ids);
  }
}
