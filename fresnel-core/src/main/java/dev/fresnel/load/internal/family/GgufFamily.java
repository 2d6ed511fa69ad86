package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightNames.Naming;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A family in GGUF files.
 *
 * @param family what {@code general.architecture} calls it: {@code llama}
 */
record GgufFamily(String family, List<Pattern> buffers, ConfigReader reader, Table table)
    implements Family {
  private static final String FREQUENCIES = "rope_freqs.weight";

  @Override
  public String label() {
    return ".gguf files of " + family;
  }

  @Override
  public boolean claims(Settings settings) {
    return family.equals(settings.raw("general.architecture"));
  }

  @Override
  public Predicate<String> harmless() {
    return HarmlessKeys.gguf(family);
  }

  @Override
  public Naming naming() {
    return new Naming("", "", buffers);
  }

  @Override
  public ModelConfig config(Settings settings, WeightNames names) {
    GgufRefusals.check(settings, family);
    return reader.read(settings, names);
  }

  @Override
  public WeightLayout layout(ModelConfig config, Settings settings, WeightNames names) {
    return table.gguf(config, names);
  }

  /** As many tokens as the embedding has rows; a vocab_size that says otherwise is refused. */
  static int vocabulary(Settings settings, String family, WeightNames names) {
    int rows =
        names
            .size("token_embd.weight", 0)
            .orElseThrow(
                () ->
                    new FresnelException(
                        settings.file()
                            + " has no token_embd.weight, the embedding; convert the model again"));
    int said = settings.size(family + ".vocab_size", rows);
    if (said != rows) {
      throw new FresnelException(
          "%s says %s.vocab_size %d, but token_embd.weight has %d rows; convert the model again"
              .formatted(settings.file(), family, said, rows));
    }
    return rows;
  }

  static Positional rotary(Settings settings, String family, int dHead, WeightNames names) {
    String rope = family + ".rope.";
    settings.refuseUnless(rope + "dimension_count", dHead, "a rotation of a part of each head");
    double base = settings.positive(rope + "freq_base", 10000);
    RotaryScaling scaling = scaling(settings, rope);
    if (names.source().names().contains(FREQUENCIES)) {
      if (!(scaling instanceof RotaryScaling.None)) {
        throw settings.refused(
            rope + "scaling.type", FREQUENCIES + " scales the frequencies already");
      }
      scaling = divisors(dHead, names);
    }
    return new Positional.Rotary(dHead, base, RotaryPairs.HALVES, scaling);
  }

  /** As llama.cpp: linear where nothing else is said, and none without a factor or with 0. */
  private static RotaryScaling scaling(Settings settings, String rope) {
    String type = settings.text(rope + "scaling.type", "linear");
    String key = rope + (settings.has(rope + "scaling.factor") ? "scaling.factor" : "scale_linear");
    double factor = settings.number(key, 0);
    if (!type.equals("linear") && !type.equals("none")) {
      throw settings.refused(rope + "scaling.type", "known: none, linear");
    }
    return type.equals("none") || factor == 0
        ? new RotaryScaling.None()
        : new RotaryScaling.Linear(settings.positive(key));
  }

  /** Llama 3.1's scaling, already computed by the program that wrote the file. */
  private static RotaryScaling divisors(int dHead, WeightNames names) {
    WeightSource source = names.source();
    Shape shape = source.stored(FREQUENCIES).shape();
    if (!shape.sizes().equals(List.of(dHead / 2L))) {
      throw new FresnelException(
          "%s: %s is %s, expected [%d], half of a head's dimensions; convert the model again"
              .formatted(source.description(), FREQUENCIES, shape.sizes(), dHead / 2));
    }
    try (var scope = Scope.open()) {
      var divisors = new ArrayList<Double>();
      for (float divisor : source.read(FREQUENCIES).floats()) {
        divisors.add((double) divisor);
      }
      return new RotaryScaling.ByPair(divisors);
    }
  }
}
