package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.load.ConfigFields;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Dim;
import dev.fresnel.text.Token;
import dev.fresnel.text.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code inspect}.
 *
 * @param config the configuration, by TransformerLens's names
 * @param parameters the number of all weights, with embeddings, biases and norms
 * @param bytes the size of the files from which the weights were read
 * @param tokenizer null where the model has none
 * @param processing the steps that were applied to the weights, in order
 */
record InspectDocument(
    String model,
    String source,
    String architecture,
    String format,
    Map<String, @Nullable Object> config,
    long parameters,
    long bytes,
    @Nullable Vocabulary tokenizer,
    List<String> processing,
    List<Hook> hooks)
    implements Document {

  /**
   * The tokenizer: the size of its vocabulary (one more than its largest id), and its special
   * tokens.
   */
  record Vocabulary(int size, @Nullable Token bos, @Nullable Token eos, @Nullable Token pad) {
    static Vocabulary of(Tokenizer tokenizer) {
      return new Vocabulary(
          tokenizer.vocabularySize(),
          token(tokenizer, tokenizer.bosId()),
          token(tokenizer, tokenizer.eosId()),
          token(tokenizer, tokenizer.padId()));
    }

    private static @Nullable Token token(Tokenizer tokenizer, OptionalInt id) {
      return id.isPresent() ? token(tokenizer, id.getAsInt()) : null;
    }

    /** A token; without its text where the tokenizer cannot be used. */
    private static Token token(Tokenizer tokenizer, int id) {
      try {
        return tokenizer.token(id);
      } catch (FresnelException unusable) {
        return new Token(id, null);
      }
    }
  }

  /**
   * One hook point.
   *
   * @param shape lengths; for dimensions that depend on the text, names
   */
  record Hook(String name, List<Object> shape) {}

  static InspectDocument of(Transformer model) {
    var provenance = model.provenance();
    return new InspectDocument(
        model.config().name(),
        provenance.source(),
        provenance.architecture(),
        provenance.format(),
        ConfigFields.of(model),
        model.parameters(),
        provenance.bytes(),
        model.tokenizer().map(Vocabulary::of).orElse(null),
        provenance.processing(),
        model.hookPoints().stream().map(point -> hook(point, model.config())).toList());
  }

  private static Hook hook(HookPoint point, ModelConfig config) {
    return new Hook(
        point.name(), point.kind().dims().stream().map(dim -> length(dim, config)).toList());
  }

  private static Object length(Dim dim, ModelConfig config) {
    var sizes = config.sizes();
    return switch (dim.name()) {
      case "head" -> sizes.heads();
      case "kv_head" -> sizes.keyValueHeads();
      case "d_model" -> sizes.dModel();
      case "d_head" -> sizes.dHead();
      case "d_mlp" -> config.mlp().width();
      case "one" -> 1;
      default -> dim.name();
    };
  }

  @Override
  public String text() {
    var facts = new LinkedHashMap<String, String>();
    facts.put("model", model);
    facts.put("source", source);
    facts.put("architecture", architecture);
    facts.put("format", format);
    facts.put("parameters", String.format(Locale.ROOT, "%,d", parameters));
    facts.put("bytes", String.format(Locale.ROOT, "%,d", bytes));
    facts.put("processing", processing.isEmpty() ? "none" : String.join(", ", processing));
    facts.put("tokenizer", tokenizer == null ? "none" : vocabulary(tokenizer));
    config.forEach((name, value) -> facts.put(name, Objects.toString(value, "-")));
    var text = new StringBuilder();
    facts.forEach(
        (name, value) -> text.append(String.format("%-34s %s%n", name, Visible.message(value))));
    text.append("\nhook points (those with * are kept only where they are named in full)\n");
    for (Hook hook : hooks) {
      HookKind kind = HookPoint.parse(hook.name).kind();
      if (!hook.name.startsWith("blocks.") || hook.name.startsWith("blocks.0.")) {
        text.append(String.format("  %-32s %s%n", name(hook, kind), hook.shape));
      }
    }
    return text.toString();
  }

  private static String vocabulary(Vocabulary tokenizer) {
    return String.format(
        Locale.ROOT,
        "%,d tokens, BOS %s",
        tokenizer.size,
        tokenizer.bos == null ? "none" : Visible.token(tokenizer.bos));
  }

  private static String name(Hook hook, HookKind kind) {
    return hook.name.replace("blocks.0.", "blocks.i.") + (kind.onlyByName() ? " *" : "");
  }
}
