package dev.fresnel.cli;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.InductionCheck;
import dev.fresnel.analysis.ModelCard;
import dev.fresnel.analysis.ScoredHead;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The result of {@code card}. */
record CardDocument(
    String model,
    long parameters,
    long trainingTokens,
    long heldOutTokens,
    double heldOutLoss,
    ModelCard.Bigram bigram,
    List<String> inductionHeads,
    List<String> previousTokenHeads,
    List<int[]> texts,
    List<Check> checks)
    implements Document {

  /** The best head. */
  record Head(String head, double score) {
    static Head of(ScoredHead scored) {
      return new Head(scored.head().label(), scored.score());
    }
  }

  /** One check, on texts that come twice. */
  record Check(
      String source,
      int half,
      boolean bos,
      Head induction,
      Head previousToken,
      double firstHalfLoss,
      double secondHalfLoss,
      double ablatedFirstHalfLoss,
      double ablatedSecondHalfLoss,
      double removed) {
    static Check of(InductionCheck.Result result) {
      return new Check(
          result.check().source().name().toLowerCase(Locale.ROOT),
          result.check().half(),
          result.check().bos(),
          Head.of(result.induction()),
          Head.of(result.previousToken()),
          result.firstHalf(),
          result.secondHalf(),
          result.ablatedFirstHalf(),
          result.ablatedSecondHalf(),
          result.removed());
    }

    String line() {
      return String.format(
          Locale.ROOT,
          "%-6s %4d  %-3s  %s %5.2f     %s %5.2f    %5.2f  %5.2f     %5.2f  %5.2f   %3.0f %%",
          source,
          half,
          bos ? "yes" : "no",
          induction.head,
          induction.score,
          previousToken.head,
          previousToken.score,
          firstHalfLoss,
          secondHalfLoss,
          ablatedFirstHalfLoss,
          ablatedSecondHalfLoss,
          100 * removed);
    }
  }

  static CardDocument of(ModelCard card) {
    return new CardDocument(
        card.model(),
        card.parameters(),
        card.trainingTokens(),
        card.heldOutTokens(),
        card.heldOutLoss(),
        card.bigram(),
        card.inductionHeads().stream().map(HeadId::label).toList(),
        card.previousTokenHeads().stream().map(HeadId::label).toList(),
        IntStream.range(0, card.texts().batch()).mapToObj(card.texts()::ids).toList(),
        card.checks().stream().map(Check::of).toList());
  }

  @Override
  public String text() {
    return String.format(
            Locale.ROOT,
            "%s, %,d parameters, trained on a text of %,d tokens%n%nheld-out loss        %.3f nats"
                + " a token, over %,d tokens%nbigrams' loss        %.3f nats a token, over the same"
                + " tokens (add-%s smoothing)%ninduction heads      %s%nprevious-token heads %s%n%n"
                + "                    best head                     loss of first and second"
                + " half%nwhat   half  BOS  induction      previous-token   of the model    ablated"
                + "        removed%n",
            Visible.message(model),
            parameters,
            trainingTokens,
            heldOutLoss,
            heldOutTokens,
            bigram.loss(),
            bigram.smoothing(),
            list(inductionHeads),
            list(previousTokenHeads))
        + checks.stream().map(Check::line).collect(Collectors.joining("\n"));
  }

  private static String list(List<String> heads) {
    return heads.isEmpty() ? "none" : String.join(", ", heads);
  }
}
