package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that runs the model on a text. */
abstract class TextCommand extends ModelCommand {
  @Mixin final TextOptions textOptions = new TextOptions();
  private @Nullable String text;

  TextCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  void prepare() {
    text = textOptions.read(console);
  }

  @Override
  final Document answer(Transformer model) {
    return textOptions.marked(answer(model, tokens(model)));
  }

  /** What the model reads. */
  Tokens tokens(Transformer model) {
    return textOptions.tokens(model, text, showsTokens(), console);
  }

  /**
   * The text that the model reads, without a BOS that came before it; null where ids were given and
   * no tokenizer can be used.
   *
   * @param tokens what {@link #tokens} gave
   */
  final @Nullable String readText(Transformer model, Tokens tokens) {
    if (text == null) {
      return decoded(model, tokens.ids(0));
    }
    if (!textOptions.mayBeCut(tokens)) {
      return text;
    }
    int[] ids = tokens.ids(0);
    int own = textOptions.bosId(model).isPresent() ? 1 : 0;
    String read = decoded(model, Arrays.copyOfRange(ids, own, ids.length));
    return read == null || text.length() <= read.length() ? text : read;
  }

  /**
   * The position that was given, or the last.
   *
   * @throws FresnelException if the text has no such position
   */
  static int positionOrLast(@Nullable Integer position, Tokens tokens) {
    int last = tokens.length() - 1;
    if (position != null && position > last) {
      throw new FresnelException(
          "the text has no position %d: it has %d tokens, so --position expects 0 to %d"
              .formatted(position, last + 1, last));
    }
    return position == null ? last : position;
  }

  /** The text of ids; null where no tokenizer can be used. */
  private static @Nullable String decoded(Transformer model, int[] ids) {
    try {
      return model.tokenizer().map(tokenizer -> tokenizer.decode(ids)).orElse(null);
    } catch (FresnelException unusable) {
      return null;
    }
  }

  /** Whether the result shows the texts of tokens. */
  boolean showsTokens() {
    return true;
  }

  abstract Document answer(Transformer model, Tokens tokens);
}
