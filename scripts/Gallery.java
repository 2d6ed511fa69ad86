import dev.fresnel.Fresnel;
import dev.fresnel.analysis.AttentionPatterns;
import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.LensTrajectory;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.NeuronActivations;
import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.analysis.ValueNorms;
import dev.fresnel.analysis.patch.Ablation;
import dev.fresnel.analysis.patch.ActivationPatching;
import dev.fresnel.analysis.patch.PatchBy;
import dev.fresnel.analysis.patch.PatchSite;
import dev.fresnel.analysis.patch.PathPatching;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Bos;
import dev.fresnel.text.Token;
import dev.fresnel.train.History;
import dev.fresnel.viz.Bars;
import dev.fresnel.viz.Curves;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
import dev.fresnel.viz.Labels;
import dev.fresnel.viz.Lines;
import dev.fresnel.viz.Report;
import dev.fresnel.viz.Theme;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws every figure of Fresnel on what its bundled model does with one text. */
class Gallery {
  private static final String TEXT = " When the tide went out, the children found a letter.";
  private static final String OTHER = " When the rain came down, the people lost a bottle.";

  /** The width of a picture, in CSS pixels. */
  private static final int WIDTH = 640;

  private final Map<String, Figure> figures = new LinkedHashMap<>();

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Files.createDirectories(folder);
    try (var model = Fresnel.load()) {
      var gallery = new Gallery();
      gallery.fill(model);
      if (arguments.length > 1) {
        gallery.neurons(Path.of(arguments[1]));
      }
      gallery.write(folder, model.config().name());
    }
  }

  private void fill(Transformer model) throws Exception {
    var plan =
        AttentionPatterns.plan()
            .and(RunPlan.capture(HookKind.PATTERN))
            .and(ValueNorms.plan())
            .and(LogitAttribution.plan(model))
            .and(LogitLens.plan())
            .and(LensTrajectory.plan());
    var text = model.tokens(TEXT + TEXT);
    var second = model.tokens(OTHER + OTHER).first(text.length());
    try (var run = model.run(text, plan);
        var other = model.run(second, AttentionPatterns.plan())) {
      attention(run, other);
      tokens(run);
      int last = run.tokens().length() - 2;
      var attribution = LogitAttribution.ofNextToken(run, last);
      figures.put("attribution", Figure.attribution(attribution));
      figures.put("bars", Figure.bars(Bars.of(attribution)));
      figures.put("waterfall", Figure.waterfall(Bars.of(attribution)));
      var lens = LogitLens.of(run, 5);
      figures.put("lens", Figure.lens(lens, LensTrajectory.ofLens(run, 0, lens)).pinned(last));
      figures.put("lines", entropies(LensTrajectory.ofNextTokens(run, 0)));
      causal(model);
      figures.put("map", rank(TextPredictions.of(run, 0, 5)));
      figures.put("curves", training());
      figures.put("tensor", Figure.of(run.cache().get(HookKind.PATTERN, 1)).at("head", 1));
      figures.put("cache", Figure.cache(run));
    }
  }

  private void attention(Run run, Run other) {
    var patterns = List.copyOf(AttentionPatterns.of(run)); // the figures outlive the run
    var scores = new ArrayList<>(HeadDetector.scores(HeadDetector.all(), patterns));
    Collections.rotate(scores, 1); // induction first
    var attention = Figure.attention(patterns);
    var explorer = attention.weighted(ValueNorms.of(run)).scores(scores);
    figures.put("attention", explorer.titled("The explorer of attention"));
    figures.put("head", attention.onlyHead(1, 2).titled("One head"));
    figures.put(
        "difference",
        attention
            .titled("tide")
            .minus(Figure.attention(List.copyOf(AttentionPatterns.of(other))).titled("rain"))
            .titled("The difference of two texts"));
    figures.put("heads", Figure.heads(scores));
  }

  private void tokens(Run run) {
    var predictions = TextPredictions.of(run, 0, 5);
    var tokens = run.tokens().row(0);
    figures.put("tokens", Figure.tokens(tokens));
    double[] seen = new double[tokens.size()];
    for (int at = 0; at < seen.length; at++) {
      int id = tokens.get(at).id();
      seen[at] = tokens.subList(0, at).stream().filter(token -> token.id() == id).count();
    }
    figures.put(
        "coloured",
        Figure.colouredTokens(tokens, seen, "how often it came before").titled("Coloured tokens"));
    figures.put("performance", Figure.performance(predictions).titled("Performance"));
    figures.put("predictions", Figure.predictions(predictions));
  }

  private void causal(Transformer model) {
    var clean = " When the children found the bottle, the children";
    var corrupted = " When the people found the bottle, the children";
    var pair = PromptPair.of(model, clean, corrupted, " found", " of");
    figures.put(
        "patching",
        Figure.sweep(
                ActivationPatching.of(model)
                    .what(PatchSite.RESID_PRE)
                    .by(PatchBy.POSITION)
                    .run(pair))
            .titled("Activation patching: layer and position"));
    var ablation = Ablation.of(model).run(List.of(model.tokens(TEXT + TEXT)));
    figures.put("ablation", Figure.sweep(ablation).titled("Ablation: layer and head"));
    var paths = PathPatching.of(model, new HeadId(1, 2), PathPatching.Input.K).run(pair);
    figures.put("paths", Figure.sweep(paths).titled("Path patching into the keys of L1H2"));
  }

  private static Figure rank(TextPredictions predictions) {
    var tokens = predictions.tokens();
    double[][] values = new double[5][tokens.size()];
    for (int at = 0; at < tokens.size(); at++) {
      for (int rank = 0; rank < 5; rank++) {
        values[rank][at] = predictions.likeliest().get(at).get(rank).probability();
      }
    }
    var ranks = Labels.of("rank", List.of("1", "2", "3", "4", "5"));
    return Figure.heatMap(
        HeatMap.of("Any numbers", values, ranks, Labels.tokens("position", tokens))
            .unit("probability"));
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

  /** How the bundled model's loss and its best heads changed in training. */
  private static Figure training() throws Exception {
    var source = "/dev/fresnel/models/history.jsonl";
    try (var stream = Fresnel.class.getResourceAsStream(source)) {
      var text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      var history = History.parse(text, source);
      double[][] values = {
        history.stream().mapToDouble(History.Entry::heldOutLoss).toArray(),
        history.stream().mapToDouble(History.Entry::induction).toArray()
      };
      var run =
          new Curves.Run(
              "fresnel-2l",
              history.stream().mapToDouble(History.Entry::tokens).toArray(),
              values,
              null);
      return Figure.curves(
          new Curves(
              "Training curves",
              "The loss on held-out text, and the induction score of the best head.",
              new Curves.Along("tokens", "tokens seen"),
              List.of(
                  new Curves.Panel("loss", "loss, nats", List.of("held out"), null),
                  new Curves.Panel("score", "score", List.of("induction"), new Curves.Range(0, 1))),
              List.of(run)));
    }
  }

  /** The first neurons of SmolLM2's first layers: all of them would make a large page. */
  private void neurons(Path file) {
    int layers = 2;
    int neurons = 48;
    try (var model = Fresnel.load(file)) {
      var texts = List.of(TEXT, OTHER, " The capital of France is Paris.");
      var all =
          NeuronActivations.of(model, texts.stream().map(t -> model.tokens(t, Bos.NONE)).toList());
      var tokens = new ArrayList<List<Token>>(all.texts());
      float[][][][] values = new float[tokens.size()][layers][][];
      for (int text = 0; text < values.length; text++) {
        for (int layer = 0; layer < layers; layer++) {
          values[text][layer] = new float[tokens.get(text).size()][neurons];
          for (int neuron = 0; neuron < neurons; neuron++) {
            double[] one = all.of(layer, neuron, text);
            for (int at = 0; at < one.length; at++) {
              values[text][layer][at][neuron] = (float) one[at];
            }
          }
        }
      }
      var some = NeuronActivations.of(tokens, values);
      figures.put("neurons", Figure.neurons(some, 1, 7));
      figures.put("samples", Figure.topSamples(some, 1, 7));
      figures.put("firings", Figure.topTokens(some, 1, 0));
    }
  }

  private void write(Path folder, String model) throws Exception {
    var report = Report.titled("Every figure of Fresnel");
    for (var each : figures.entrySet()) {
      report.add(each.getValue());
      for (var theme : Theme.values()) {
        var name = each.getKey() + "-" + theme.name().toLowerCase(java.util.Locale.ROOT) + ".svg";
        each.getValue().write(folder.resolve(name), WIDTH, theme);
      }
    }
    report.provenance(Map.of("model", model)).write(folder.resolve("index.html"));
    Files.writeString(folder.resolve("README.md"), pictures());
  }

  private String pictures() {
    var page =
        new StringBuilder(
            """
            # Every figure

            Made by `scripts/gallery`, on what the bundled model does with one sentence that comes twice; neurons are the first ones of
            SmolLM2-135M. [index.html](index.html) is the page with all of them, to be tried in a browser. These are their pictures,
            which Java draws without one.
            """);
    figures.forEach(
        (name, figure) ->
            page.append("\n## ")
                .append(figure.title().replace("[", "(").replace("]", ")"))
                .append("\n\n![light](")
                .append(name)
                .append("-light.svg)\n\n![dark](")
                .append(name)
                .append("-dark.svg)\n"));
    return page.toString();
  }
}
