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
        description = {
          "A UTF-8 file or pipe with the text, at most 32 MB; '-' reads standard input. A"
              + " byte-order mark at its head is left out; all else stays, line ends too."
        })
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

  @Option(
      names = "--first",
      paramLabel = "N",
      converter = Converters.CountConverter.class,
      description = {
        "Read only the first N tokens of the text, BOS included; JSON then has a field 'first'."
      })
  private @Nullable Integer first;

  /** Whether a text or ids are given, or how much of them to read. */
  boolean given() {
    return source != null || first != null;
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
    return source.file == null ? source.text : TextFile.contents(source.file, console);
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
  Tokens tokens(Transformer model, @Nullable String text, boolean shown, Console console) {
    if (text == null) {
      var given = Tokens.of(source.tokens.ids());
      var tokens = shown ? labelled(model, given) : labelledBos(model, given);
      return first == null ? tokens : cut(tokens, console);
    }
    var tokens = read(model, text, console);
    if (text.isEmpty()) {
      console.note("The text is empty: reading the BOS token alone.");
    }
    return tokens;
  }

  private Tokens read(Transformer model, String text, Console console) {
    var tokenizer = model.requireTokenizer("give token ids with --tokens 1,2,3");
    Bos chosen =
        switch (bos) {
          case AUTO -> model.config().prependBos() ? Bos.PREPEND : Bos.NONE;
          case YES -> Bos.PREPEND;
          case NO -> Bos.NONE;
        };
    int context = model.config().sizes().context();
    if (first != null && first <= context) {
      // One more than is read, to know whether there are more.
      return cut(tokenizer.firstTokens(text, chosen, first + 1), console);
    }
    tokenizer.requireMayFit(text, context);
    return model.tokens(text, chosen);
  }

  private Tokens cut(Tokens tokens, Console console) {
    if (tokens.length() > first) {
      console.note(
          "Reading the text's first " + (first == 1 ? "token." : first + " tokens, BOS included."));
    }
    return tokens.first(first);
  }

  /** Whether the text may go on behind these tokens of it. */
  boolean mayBeCut(Tokens tokens) {
    return first != null && tokens.length() >= first;
  }

  /** The document, which says so where only the beginning of the text was to be read. */
  Document marked(Document document) {
    return first == null ? document : new FirstTokens(document, first);
  }
}
