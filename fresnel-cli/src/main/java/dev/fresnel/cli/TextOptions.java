package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Bos;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that give the model a text or token ids. */
final class TextOptions {
  /**
   * The text where none is given, read twice; it begins with a space, so that its tokens repeat.
   */
  private static final String SENTENCE =
      " When the tide went out, the children found a green bottle with a letter inside.";

  /** Whether a BOS comes first. */
  enum BosChoice {
    AUTO,
    YES,
    NO
  }

  @ArgGroup private @Nullable Source source;

  /** The source of the text: exactly one of three options. */
  private static final class Source {
    @Option(
        names = "--text",
        paramLabel = "T",
        description = "The text, used exactly as given. Default: a built-in sentence, twice.")
    private @Nullable String text;

    @Option(
        names = "--file",
        paramLabel = "F",
        description = "A UTF-8 file or pipe with the text, at most 32 MB.")
    private @Nullable Path file;

    @Option(
        names = "--tokens",
        paramLabel = "1,2,3",
        converter = Converters.TokenIdsConverter.class,
        description = "Token ids, used exactly as given. Needs no tokenizer.")
    private Converters.@Nullable TokenIds tokens;
  }

  @Option(
      names = "--bos",
      paramLabel = "auto|yes|no",
      converter = Converters.BosConverter.class,
      description = {
        "Whether to put the BOS token before the text. auto, the default: if the model expects"
            + " one."
      })
  private BosChoice bos = BosChoice.AUTO;

  /** Whether a text or ids are given. */
  boolean given() {
    return source != null;
  }

  /** The id that is to come first, if any. */
  OptionalInt bosId(Transformer model) {
    boolean wanted = bos == BosChoice.YES || bos == BosChoice.AUTO && model.config().prependBos();
    var id =
        wanted
            ? model.tokenizer().map(Tokenizer::bosId).orElse(OptionalInt.empty())
            : OptionalInt.empty();
    if (bos == BosChoice.YES && id.isEmpty()) {
      throw new FresnelException(model.config().name() + " has no BOS token; leave out --bos yes");
    }
    return id;
  }

  /** The text; null where ids are given. Reads the file, before a model is loaded. */
  @Nullable String read(Console console) {
    if (source == null) {
      console.note("No text given: reading a built-in sentence twice, " + Visible.quoted(SENTENCE));
      return SENTENCE + SENTENCE;
    }
    if (source.tokens != null && bos == BosChoice.YES) {
      console.note("--bos yes changes nothing here: --tokens are taken as they stand.");
    }
    return source.file == null ? source.text : TextFile.contents(source.file);
  }

  /**
   * The same ids with their texts; without where the model has no tokenizer, or one that cannot be
   * used: nobody asked for the texts of ids.
   */
  static Tokens labelled(Transformer model, Tokens tokens) {
    try {
      return model.tokenizer().map(tokenizer -> tokenizer.label(tokens)).orElse(tokens);
    } catch (FresnelException unusable) {
      return labelledBos(model, tokens);
    }
  }

  private static Tokens labelledBos(Transformer model, Tokens tokens) {
    return model.tokenizer().map(tokenizer -> tokenizer.labelBos(tokens)).orElse(tokens);
  }

  /**
   * The tokens of the text, or the ids that were given.
   *
   * @param text from {@link #read}
   * @param shown whether the answer shows the tokens' texts; ids alone need no native tokenizer
   */
  Tokens tokens(Transformer model, @Nullable String text, boolean shown) {
    if (text == null) {
      var tokens = Tokens.of(source.tokens.ids());
      return shown ? labelled(model, tokens) : labelledBos(model, tokens);
    }
    if (model.tokenizer().isEmpty()) {
      throw new FresnelException(
          model.config().name()
              + " has no tokenizer, so it cannot read a text; give token ids with --tokens 1,2,3");
    }
    model.tokenizer().get().requireMayFit(text, model.config().sizes().context());
    return switch (bos) {
      case AUTO -> model.tokens(text);
      case YES -> model.tokens(text, Bos.PREPEND);
      case NO -> model.tokens(text, Bos.NONE);
    };
  }
}
