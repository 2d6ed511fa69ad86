package dev.fresnel.cli;

import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
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

  /** The text that was given; null where ids were. */
  final @Nullable String givenText() {
    return text;
  }

  /** Whether the result shows the texts of tokens. */
  boolean showsTokens() {
    return true;
  }

  abstract Document answer(Transformer model, Tokens tokens);
}
