package dev.fresnel.model;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.text.Tokens;
import java.util.stream.IntStream;

/**
 * Checks that a model can read a batch of tokens: every text fits into its context, and every token
 * is in its vocabulary. {@link Transformer#run} checks it too; this tells before a long experiment.
 *
 * @param config of the model
 */
public record TokenCheck(ModelConfig config) {
  /**
   * @throws FresnelException if the model cannot read them; the message names the text
   */
  public void check(Tokens tokens) {
    var paddings = IntStream.range(0, tokens.batch()).map(tokens::padding).boxed().toList();
    check(tokens, new TokenPositions(0, tokens.length(), paddings));
  }

  void check(Tokens tokens, TokenPositions positions) {
    int context = config.sizes().context();
    for (int row = 0; row < tokens.batch(); row++) {
      int length = positions.start() + tokens.length() - positions.paddings().get(row);
      if (length > context) {
        throw new FresnelException(
            "%s has %d tokens, but %s reads at most %d; shorten it"
                .formatted(text(tokens, row), length, config.name(), context));
      }
      requireInVocabulary(tokens, row);
    }
  }

  private static String text(Tokens tokens, int row) {
    return tokens.batch() == 1
        ? "the text"
        : "text %d of the batch, counted from 0,".formatted(row);
  }

  private void requireInVocabulary(Tokens tokens, int row) {
    int vocabulary = config.sizes().vocabulary();
    for (int position = 0; position < tokens.length(); position++) {
      int id = tokens.id(row, position);
      if (id >= vocabulary) {
        throw new FresnelException(
            "token %d at position %d%s is outside the vocabulary of %s: ids are 0 to %d; check that they come from its tokenizer"
                .formatted(
                    id,
                    position,
                    tokens.batch() == 1 ? "" : " of text " + row + " of the batch",
                    config.name(),
                    vocabulary - 1));
      }
    }
  }
}
