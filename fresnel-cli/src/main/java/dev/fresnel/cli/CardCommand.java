package dev.fresnel.cli;

import dev.fresnel.analysis.ModelCard;
import dev.fresnel.model.Transformer;
import dev.fresnel.train.Corpus;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the numbers of a model card. */
@Command(
    name = "card",
    description = {
      "Measures a trained model for its model card: its loss on held-out text, compared with a"
          + " bigram model; whether it has induction and previous-token heads, on repeated text and"
          + " on repeated random tokens; and the losses when the induction heads are ablated."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel card --model toy --text corpus.txt",
      "",
      "Give --text the file that 'fresnel train' read: the loss is measured on the part",
      "that training held out.",
      "",
      "JSON: model, parameters, training_tokens, held_out_tokens, held_out_loss, bigram",
      "{smoothing, loss}, induction_heads [label], previous_token_heads [label], texts",
      "[[id]] (what the checks repeat), checks [{source, half, bos, induction {head,",
      "score}, previous_token {head, score}, first_half_loss, second_half_loss,",
      "ablated_first_half_loss, ablated_second_half_loss, removed}].",
    })
final class CardCommand extends ModelCommand {
  @Option(
      names = "--text",
      paramLabel = "FILE",
      required = true,
      description = "The text that the model was trained on, in UTF-8.")
  private Path text;

  private String words = "";

  CardCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  void prepare() {
    words = TextFile.contents(text, console);
  }

  @Override
  Document answer(Transformer model) {
    var tokenizer = model.requireTokenizer("a card needs a model that has one");
    return console.during(
        "Measuring " + model.config().name(),
        () -> {
          var corpus = Corpus.of(words, tokenizer);
          return CardDocument.of(ModelCard.of(model, corpus.training(), corpus.heldOut()));
        });
  }
}
