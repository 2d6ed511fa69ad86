package dev.fresnel.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.testkit.Golden;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The workshop's detectors and attribution, by its own solution code, on small models. */
@Tag("golden")
class WorkshopParityTest {
  /** Sums of float32 in another order, on activations of size 1 to 10. */
  private static final double TOLERANCE = 2e-5;

  @Test
  void onAnAttentionOnlyShortformer() {
    check("toy", LoadOptions.DEFAULT.raw());
  }

  @Test
  void onAModelOfGpt2sShapeFoldedAndCentred() {
    check("gpt2", LoadOptions.DEFAULT);
  }

  private static void check(String name, LoadOptions options) {
    JsonNode golden = Golden.json(Golden.root().resolve("workshop").resolve(name + ".json"));
    var folder = Golden.of("workshop-" + name);
    try (var model = Fresnel.load(folder.model(), options);
        var run = model.run(folder.padded(), GoldenAnalyses.plan(model))) {
      var analyses = new GoldenAnalyses(run, TOLERANCE);
      analyses.checkDetectors(golden.get("detectors"));
      analyses.checkWorkshopAttribution(golden.get("attribution"));
      analyses.checkDirectAttribution(golden.get("direct_attribution"));
      analyses.checkLens(golden.get("logit_lens"));
    }
  }
}
