package dev.fresnel.viz;

import dev.fresnel.analysis.NeuronActivations;
import dev.fresnel.analysis.NeuronActivations.Firing;
import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Texts coloured by a neuron's activations, or the tokens at which neurons fire most. */
final class NeuronsFigure extends Figure {
  /** What a page shows first; it offers the others too. */
  enum View {
    TEXTS,
    SAMPLES,
    TOKENS
  }

  /** How many texts, or how many neurons, are shown at once; how many tokens per neuron. */
  private static final int TEXTS_SHOWN = 5;

  private static final int NEURONS_SHOWN = 8;
  private static final int TOKENS_SHOWN = 10;

  /** Up to so many activations a page keeps 16 bits of each. */
  private static final long EXACT = 2_000_000;

  private final NeuronActivations activations;
  private final View view;
  private final int layer;
  private final int neuron;
  private final NeuronPrecision precision;

  private NeuronsFigure(
      @Nullable String title,
      NeuronActivations activations,
      View view,
      int layer,
      int neuron,
      NeuronPrecision precision) {
    super(title);
    this.activations = activations;
    this.view = view;
    this.layer = layer;
    this.neuron = neuron;
    this.precision = precision;
  }

  static NeuronsFigure of(NeuronActivations activations, View view, int layer, int neuron) {
    activations.of(layer, neuron);
    if (activations.texts().stream().anyMatch(List::isEmpty)) {
      throw new FresnelException("a text of a figure of neurons has no token; leave it out");
    }
    var precision = all(activations) <= EXACT ? NeuronPrecision.HALF16 : NeuronPrecision.BYTE8;
    return new NeuronsFigure(null, activations, view, layer, neuron, precision);
  }

  private static long all(NeuronActivations activations) {
    return (long) activations.layers() * activations.neurons() * activations.tokens();
  }

  private NeuronsFigure at(NeuronPrecision other) {
    return new NeuronsFigure(givenTitle(), activations, view, layer, neuron, other);
  }

  @Override
  public Figure titled(String title) {
    return new NeuronsFigure(title, activations, view, layer, neuron, precision);
  }

  @Override
  String ownTitle() {
    return view == View.TOKENS
        ? "Tokens at which neurons fire most"
        : view == View.SAMPLES ? "Texts in which a neuron fires most" : "Neuron activations";
  }

  @Override
  String subtitle() {
    return "%s, %s, %s of %s. Choose a layer and a neuron; hover over a token for its activation."
        .formatted(
            counted(activations.texts().size(), "text"),
            counted(activations.tokens(), "token"),
            counted(activations.layers(), "layer"),
            counted(activations.neurons(), "neuron"));
  }

  @Override
  Optional<Figure> coarser() {
    return precision.last() ? Optional.empty() : Optional.of(at(precision.next()));
  }

  @Override
  Figure atMost(long characters) {
    long rows = (long) activations.layers() * activations.neurons() * activations.texts().size();
    var chosen = precision;
    while (!chosen.last() && chosen.estimate(all(activations), rows) > characters) {
      chosen = chosen.next();
    }
    return at(chosen);
  }

  private @Nullable String note() {
    return precision.kept() == 0
        ? null
        : "To keep the page small, each neuron has only its %s farthest from zero in each text; the others are left out."
            .formatted(counted(precision.kept(), "activation"));
  }

  @Override
  FigureData data(String prefix) {
    var blocks = new ArrayList<FigureData.Named>();
    for (int each = 0; each < activations.layers(); each++) {
      var packed = PackedNeurons.of(activations, each, precision);
      blocks.add(new FigureData.Named(prefix + "-layer-" + each, packed));
    }
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("view").text(view.name().toLowerCase(Locale.ROOT));
          json.name("layer").number(layer);
          json.name("neuron").number(neuron);
          json.name("neurons").number(activations.neurons());
          json.name("half").bool(precision == NeuronPrecision.HALF16);
          json.name("kept").number(precision.kept());
          json.name("note").text(note());
          json.name("blocks").array(blocks, (j, block) -> j.text(block.id()));
          json.name("texts").array(activations.texts(), ScriptJson::line);
        });
    return FigureData.of("fresnel-neurons", prefix, json, blocks);
  }

  /** The texts that a page shows first. */
  private List<Integer> shown() {
    var order = IntStream.range(0, activations.texts().size()).boxed();
    if (view == View.SAMPLES) {
      order =
          order.sorted(
              Comparator.comparingDouble(
                  text ->
                      -DoubleStream.of(activations.of(layer, neuron, text))
                          .filter(value -> !Double.isNaN(value))
                          .max()
                          .orElse(Double.NEGATIVE_INFINITY)));
    }
    return order.limit(TEXTS_SHOWN).toList();
  }

  private TokensFigure.Column column(int text) {
    float[] all = activations.of(layer, neuron);
    double[] range = IntStream.range(0, all.length).mapToDouble(at -> all[at]).toArray();
    return new TokensFigure.Column(
        "L%dN%d, text %d".formatted(layer, neuron, text),
        activations.of(layer, neuron, text),
        range,
        false);
  }

  private List<List<Firing>> columns() {
    int last = Math.min(activations.neurons(), neuron + NEURONS_SHOWN);
    return IntStream.range(neuron, last)
        .mapToObj(each -> activations.strongest(layer, each, TOKENS_SHOWN))
        .toList();
  }

  private List<String> names() {
    return IntStream.range(neuron, neuron + columns().size())
        .mapToObj(each -> "L" + layer + "N" + each)
        .toList();
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    if (view == View.TOKENS) {
      return new FiringsDrawing(names(), columns(), width, theme);
    }
    return new StackedDrawing(
        shown().stream()
            .map(
                text ->
                    (Drawing)
                        new TokensDrawing(
                            activations.texts().get(text), List.of(column(text)), width, theme))
            .toList());
  }

  @Override
  void csv(Csv csv) {
    if (view == View.TOKENS) {
      csv.line("neuron", "rank", "text", "position", "token", "activation");
      for (int i = 0; i < columns().size(); i++) {
        int rank = 1;
        for (var firing : columns().get(i)) {
          var token = firing.token().label();
          csv.line(names().get(i), rank++, firing.text(), firing.position(), token, firing.value());
        }
      }
      return;
    }
    csv.line("neuron", "text", "position", "token", "activation");
    for (int text = 0; text < activations.texts().size(); text++) {
      double[] values = activations.of(layer, neuron, text);
      List<Token> tokens = activations.texts().get(text);
      for (int at = 0; at < values.length; at++) {
        csv.line("L" + layer + "N" + neuron, text, at, tokens.get(at).label(), values[at]);
      }
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    if (view == View.TOKENS) {
      FiringsDrawing.write(names(), columns(), terminal, out);
      return;
    }
    for (int text : shown()) {
      out.append("text ").append(text).append('\n');
      TokensText.write(activations.texts().get(text), List.of(column(text)), terminal, out);
    }
  }
}
