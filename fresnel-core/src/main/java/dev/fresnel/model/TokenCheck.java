package dev.fresnel.model;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.text.Tokens;

/** Checks that a model can read a batch of tokens. */
record TokenCheck(ModelConfig config) {
  void check(Tokens tokens, TokenPositions positions) {
    int context = config.sizes().context();
    int longest = 0;
    for (int row = 0; row < tokens.batch(); row++) {
      longest =
          Math.max(longest, positions.start() + tokens.length() - positions.paddings().get(row));
      requireInVocabulary(tokens, row);
    }
    if (longest > context) {
      throw new FresnelException(
          "the text has %d tokens, but %s reads at most %d; shorten it"
              .formatted(longest, config.name(), context));
    }
  }

  private void requireInVocabulary(Tokens tokens, int row) {
    int vocabulary = config.sizes().vocabulary();
    for (int position = 0; position < tokens.length(); position++) {
      int id = tokens.id(row, position);
      if (id >= vocabulary) {
        throw new FresnelException(
            "token %d at position %d is outside the vocabulary of %s: ids are 0 to %d"
                .formatted(id, position, config.name(), vocabulary - 1));
      }
    }
  }
}
