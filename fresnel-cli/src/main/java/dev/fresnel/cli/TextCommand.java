package dev.fresnel.cli;

import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that has the model read something. */
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
    return answer(model, textOptions.tokens(model, text, showsTokens()));
  }

  /** Whether the texts of tokens are in the answer. */
  boolean showsTokens() {
    return true;
  }

  abstract Document answer(Transformer model, Tokens tokens);
}
