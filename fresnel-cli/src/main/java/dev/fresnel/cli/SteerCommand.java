package dev.fresnel.cli;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.analysis.steering.SteeringEffect;
import dev.fresnel.analysis.steering.SteeringVector;
import dev.fresnel.error.FresnelException;
import dev.fresnel.generate.Generation;
import dev.fresnel.generate.GenerationOptions;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Continues a text with and without a steering vector. */
@Command(
    name = "steer",
    description =
        "Continues a text with and without a steering vector: the mean activation of some texts"
            + " less that of others, at their last tokens, added at every position.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel steer --positive \" happy\" --negative \" sad\" --layer 1 --scale 4",
      "    --text \"The day was\"",
      "  fresnel steer --model gpt2 --pairs pairs.jsonl --layer 6 --text I --greedy",
      "    --json",
      "  fresnel steer --positive \" happy\" --negative \" sad\" --layer 1 --scale 4",
      "    --text \"The day was\" --output steered.html",
      "",
      "The figure of --output is the steered text: how much the vector changes each",
      "token's log probability, and the log probability with it and without it.",
      "",
      "JSON: model, what, layer, scale, norm (the vector's length), activation_norm",
      "(the activation's mean length in the prompt), positive and negative (the numbers",
      "of texts), prompt, plain {text, tokens [id]}, steered {text, tokens [id]}, seed.",
    })
final class SteerCommand extends TextCommand {
  private static final Map<String, HookKind> PLACES =
      new TreeMap<>(
          Map.of(
              "resid_pre", HookKind.RESID_PRE,
              "resid_mid", HookKind.RESID_MID,
              "resid_post", HookKind.RESID_POST,
              "attn_out", HookKind.ATTN_OUT,
              "mlp_out", HookKind.MLP_OUT));

  @Mixin private final ContrastOptions contrastOptions = new ContrastOptions();
  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--layer",
      required = true,
      paramLabel = "N",
      converter = Converters.LayerConverter.class,
      description = "The layer, counted from 0. About a half of the model's is a good start.")
  private int layer;

  @Option(
      names = "--what",
      paramLabel = "A",
      converter = Place.class,
      description =
          "The activation: resid_pre, resid_mid, resid_post, attn_out or mlp_out. Default:"
              + " resid_post.")
  private HookKind what = HookKind.RESID_POST;

  @Option(
      names = "--scale",
      paramLabel = "S",
      converter = Scale.class,
      description = "Multiplies the vector; a negative number steers the other way. Default: 1.")
  private double scale = 1;

  private @Nullable GenerationOptions options;
  private ContrastOptions.@Nullable Contrast contrast;

  SteerCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  void prepare() {
    options = sampling.read();
    contrast = contrastOptions.read();
    super.prepare();
  }

  @Override
  Tokens tokens(Transformer model) {
    model.requireTokenizer(
        "what to steer toward and away from is read as text; in Java,"
            + " SteeringVector.ofContrast takes token ids");
    return super.tokens(model);
  }

  @Override
  boolean showsTokens() {
    return false;
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    if (layer >= model.layers()) {
      throw new FresnelException(
          "there is no layer %d: %s has layers 0 to %d"
              .formatted(layer, model.config().name(), model.layers() - 1));
    }
    return console.during("Steering", () -> steered(model, tokens));
  }

  private Document steered(Transformer model, Tokens tokens) {
    var chosen = Objects.requireNonNull(options);
    var texts = Objects.requireNonNull(contrast);
    HookPoint at = what.at(layer);
    var positive = read(model, texts.positive());
    var negative = read(model, texts.negative());
    noteFirstPositions(positive, negative);
    var vector = SteeringVector.ofContrast(model, at, positive, negative);
    if (vector.norm() == 0) {
      console.note(
          "The vector has length 0, so it changes nothing: give texts that differ in their last"
              + " token, or a later layer.");
    }
    var steered = written(model, tokens, chosen.with(vector.plan(scale)));
    return new SteerDocument(
        new SteerDocument.Fields(
            model.config().name(),
            what.name().toLowerCase(Locale.ROOT),
            layer,
            scale,
            vector.norm(),
            length(model, tokens, at),
            texts.positive().size(),
            texts.negative().size(),
            readText(model, tokens),
            written(model, tokens, chosen),
            steered,
            chosen.seed()),
        figureOptions.given() ? effect(model, tokens, steered, vector.plan(scale)) : null,
        tokens.length());
  }

  /** The first position of a text takes the attention that heads have no use for. */
  private void noteFirstPositions(List<Tokens> positive, List<Tokens> negative) {
    var lengths =
        Stream.concat(positive.stream(), negative.stream())
            .mapToInt(Tokens::length)
            .summaryStatistics();
    if (lengths.getMin() == 1 && lengths.getMax() > 1) {
      console.note(
          "Some texts have one token, others more. Many models have far larger activations at a"
              + " text's first position than elsewhere, and the vector is then mostly that; give"
              + " texts of more tokens.");
    }
  }

  private static SteeringEffect effect(
      Transformer model, Tokens prompt, SteerDocument.Written steered, RunPlan plan) {
    return SteeringEffect.of(model, GenerateCommand.whole(model, prompt, steered.tokens()), plan);
  }

  private List<Tokens> read(Transformer model, List<GivenText> texts) {
    return texts.stream()
        .map(given -> given.tokens(model, text -> textOptions.tokens(model, text, false, console)))
        .toList();
  }

  private static SteerDocument.Written written(
      Transformer model, Tokens tokens, GenerationOptions options) {
    try (var generation = Generation.of(model, tokens, options)) {
      return new SteerDocument.Written(generation.text().orElse(null), generation.ids());
    }
  }

  private static double length(Transformer model, Tokens tokens, HookPoint at) {
    try (var run = model.run(tokens, RunPlan.capture(at).stopAfterCapture());
        var scope = Scope.open()) {
      return run.cache().get(at).norm(D_MODEL).mean(BATCH, POS).item();
    }
  }

  /** An activation that a vector can be added to. */
  static final class Place implements ITypeConverter<HookKind> {
    @Override
    public HookKind convert(String value) {
      HookKind place = PLACES.get(value);
      if (place == null) {
        throw Converters.expected(String.join(" or ", PLACES.keySet()), value);
      }
      return place;
    }
  }

  /** A finite number. */
  static final class Scale implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = Converters.number(value);
      if (!Double.isFinite(number)) {
        throw Converters.expected("a number, such as 2.5 or -1", value);
      }
      return number;
    }
  }
}
