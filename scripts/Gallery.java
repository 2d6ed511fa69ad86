import dev.fresnel.Fresnel;
import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.LensTrajectory;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.analysis.patch.ActivationPatching;
import dev.fresnel.analysis.patch.PatchBy;
import dev.fresnel.analysis.patch.PatchSite;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.viz.Bars;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.Labels;
import dev.fresnel.viz.Lines;
import dev.fresnel.viz.Report;
import dev.fresnel.viz.Theme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws every figure of Fresnel on what its bundled model does with one text. */
class Gallery {
  private static final String TEXT = " When the tide went out, the children found a letter.";

  /** The width of a picture, in CSS pixels. */
  private static final int WIDTH = 640;

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Files.createDirectories(folder);
    try (var model = Fresnel.load()) {
      var tokens = model.tokens(TEXT + TEXT);
      var plan =
          RunPlan.capture(HookKind.PATTERN)
              .and(LogitAttribution.plan(model))
              .and(LogitLens.plan())
              .and(LensTrajectory.plan());
      try (var run = model.run(tokens, plan)) {
        var figures = new LinkedHashMap<String, Figure>();
        var patterns = List.of(AttentionPattern.of(run, 0), AttentionPattern.of(run, 1));
        int last = tokens.length() - 2;
        var attribution = LogitAttribution.ofNextToken(run, last);
        var predictions = TextPredictions.of(run, 0, 5);
        figures.put("attention", Figure.attention(patterns));
        figures.put("heads", Figure.heads(HeadDetector.scores(HeadDetector.all(), patterns)));
        figures.put("tokens", Figure.tokens(run.tokens().row(0)));
        figures.put("predictions", Figure.predictions(predictions));
        figures.put("attribution", Figure.attribution(attribution));
        figures.put("bars", Figure.bars(Bars.of(attribution)));
        figures.put("waterfall", Figure.waterfall(Bars.of(attribution)));
        figures.put("lens", Figure.lens(LogitLens.of(run, 5)));
        figures.put("lines", entropies(LensTrajectory.ofNextTokens(run, 0)));
        figures.put("patching", patching(model));
        figures.put("tensor", Figure.of(run.cache().get(HookKind.RESID_PRE, 1)));
        figures.put("cache", Figure.cache(run));
        var report = Report.titled("Every figure of Fresnel");
        for (var each : figures.entrySet()) {
          report.add(each.getValue());
          each.getValue().write(folder.resolve(each.getKey() + "-light.png"), WIDTH, Theme.LIGHT);
          each.getValue().write(folder.resolve(each.getKey() + "-dark.png"), WIDTH, Theme.DARK);
        }
        report
            .provenance(Map.of("model", model.config().name()))
            .write(folder.resolve("index.html"));
        Files.writeString(folder.resolve("README.md"), pictures(figures));
      }
    }
  }

  private static Figure entropies(LensTrajectory trajectory) {
    double[][] entropies = trajectory.entropies();
    var series = new LinkedHashMap<String, double[]>();
    for (int stage = 0; stage < entropies.length; stage++) {
      series.put(trajectory.stages().get(stage), entropies[stage]);
    }
    var positions = Labels.tokens("position", trajectory.tokens());
    return Figure.lines(Lines.of("Entropy of the prediction", positions, series).unit("nats"));
  }

  private static Figure patching(dev.fresnel.model.Transformer model) {
    var clean = " When the children found the bottle, the children";
    var corrupted = " When the children found the bottle, the people";
    var pair = PromptPair.of(model, clean, corrupted, " found", " of");
    return Figure.sweep(
        ActivationPatching.of(model).what(PatchSite.RESID_PRE).by(PatchBy.POSITION).run(pair));
  }

  private static String pictures(Map<String, Figure> figures) {
    var page =
        new StringBuilder(
            """
            # Every figure

            Made by `scripts/gallery`, on what the bundled model does with one sentence that comes twice. [index.html](index.html) is the
            page with all of them, to be tried in a browser. These are their pictures, which Java draws without one.
            """);
    figures.forEach(
        (name, figure) ->
            page.append("\n## ")
                .append(figure.title().replace("[", "(").replace("]", ")"))
                .append("\n\n![light](")
                .append(name)
                .append("-light.png)\n\n![dark](")
                .append(name)
                .append("-dark.png)\n"));
    return page.toString();
  }
}
