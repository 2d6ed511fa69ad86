package dev.fresnel.cli;

import dev.fresnel.analysis.AttentionPatterns;
import dev.fresnel.analysis.FollowedLens;
import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.analysis.NeuronActivations;
import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.analysis.ValueNorms;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.Progress;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.viz.Bars;
import dev.fresnel.viz.Figure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the figures of a report.
 *
 * @param wanted in the order of the report; empty for all that there are
 * @param position the position to predict from; null for the last with a next token
 * @param head the only head of the attention figure; null for all
 * @param training the training runs of the bundled model; empty for another model
 */
record ReportFigures(
    List<ReportFigure> wanted,
    @Nullable Integer position,
    @Nullable HeadId head,
    List<TrainingCurves> training) {
  private static final int LENS_DEPTH = 5;

  /** How many of the likeliest tokens a position shows. */
  private static final int PREDICTIONS_SHOWN = 10;

  List<ReportFigure> chosen() {
    return wanted.isEmpty() ? ReportFigure.usual() : wanted;
  }

  /**
   * Checks the chosen head before the model runs.
   *
   * @throws FresnelException if the model has no such head
   */
  void requireHead(Transformer model) {
    if (head == null) {
      return;
    }
    var sizes = model.config().sizes();
    if (head.layer() >= sizes.layers() || head.head() >= sizes.heads()) {
      throw new FresnelException(
          "--head is %s; %s has the layers 0 to %d with the heads 0 to %d"
              .formatted(head, model.config().name(), sizes.layers() - 1, sizes.heads() - 1));
    }
  }

  /** What a run has to capture. */
  RunPlan plan(Transformer model) {
    var plan = RunPlan.nothing();
    for (var figure : chosen()) {
      plan =
          switch (figure) {
            case ATTENTION -> plan.and(AttentionPatterns.plan()).and(ValueNorms.plan());
            case HEADS -> plan.and(AttentionPatterns.plan());
            case ATTRIBUTION, BARS, WATERFALL -> plan.and(LogitAttribution.plan(model));
            case NEURONS -> plan.and(NeuronActivations.plan(model));
            case LENS -> plan.and(FollowedLens.plan());
            case TOKENS, TRAINING, PREDICTIONS, PERFORMANCE -> plan;
          };
    }
    return plan;
  }

  /**
   * Makes each figure in turn and hands it on; attention is read while the run is open.
   *
   * @param steps of progress, of which making takes all but the last
   */
  Map<ReportFigure, Figure> of(Run run, Progress progress, int steps) {
    var figures = new LinkedHashMap<ReportFigure, Figure>();
    for (var each : chosen()) {
      progress.at(each.label(), figures.size(), steps);
      figure(each, run).ifPresent(figure -> figures.put(each, figure));
    }
    return figures;
  }

  private Optional<Figure> figure(ReportFigure figure, Run run) {
    return switch (figure) {
      case TOKENS -> Optional.of(Figure.colouredTokens(run.tokens().row(0), losses(run), "loss"));
      case ATTENTION -> Optional.of(attention(run));
      case HEADS -> Optional.of(heads(run));
      case ATTRIBUTION -> attribution(run);
      case LENS -> Optional.of(lens(run));
      case PREDICTIONS ->
          Optional.of(Figure.predictions(TextPredictions.of(run, 0, PREDICTIONS_SHOWN)));
      case PERFORMANCE -> Optional.of(Figure.performance(TextPredictions.of(run, 0, 0)));
      case BARS -> Optional.of(Figure.bars(bars(run)));
      case WATERFALL -> Optional.of(Figure.waterfall(bars(run)));
      case NEURONS -> Optional.of(Figure.neurons(NeuronActivations.of(run)));
      case TRAINING ->
          training.isEmpty()
              ? Optional.empty()
              : Optional.of(Figure.curves(TrainingCurves.drawn(training)));
    };
  }

  private Figure attention(Run run) {
    if (head != null) {
      var layer = AttentionPatterns.of(run).get(head.layer());
      return Figure.attention(layer)
          .weighted(ValueNorms.of(run))
          .onlyHead(head.layer(), head.head());
    }
    return Figure.attention(AttentionPatterns.of(run))
        .weighted(ValueNorms.of(run))
        .scores(scores(run));
  }

  private static Figure lens(Run run) {
    var both = FollowedLens.of(run, LENS_DEPTH);
    return Figure.lens(both.lens(), both.trajectory());
  }

  private Bars bars(Run run) {
    return Bars.of(LogitAttribution.ofNextToken(run, predictingFrom(run)));
  }

  private int predictingFrom(Run run) {
    return position == null ? Math.max(0, run.tokens().length() - 2) : position;
  }

  private static Figure heads(Run run) {
    return Figure.heads(scores(run));
  }

  private static List<HeadScores> scores(Run run) {
    var scores =
        new ArrayList<>(HeadDetector.scores(HeadDetector.all(), AttentionPatterns.of(run)));
    Collections.rotate(scores, 1); // induction, the last one, is what most readers look for
    return scores;
  }

  /** Empty where nobody asked for it and the model predicts no token of the text. */
  private Optional<Figure> attribution(Run run) {
    if (position == null && wanted.isEmpty() && !isPredicted(run)) {
      return Optional.empty();
    }
    return Optional.of(Figure.attribution(LogitAttribution.ofNextToken(run, predictingFrom(run))));
  }

  /** Whether the last token has one before it, and is one that the model predicts. */
  private static boolean isPredicted(Run run) {
    int last = run.tokens().length() - 1;
    return last > 0 && run.tokens().id(0, last) < run.model().config().sizes().vocabularyOut();
  }

  /** The loss of every token; NaN for the first, and for those that the model does not predict. */
  private static double[] losses(Run run) {
    float[] known = run.lossPerToken()[0];
    var losses = new double[known.length + 1];
    losses[0] = Double.NaN;
    for (int i = 0; i < known.length; i++) {
      losses[i + 1] = known[i];
    }
    return losses;
  }

  /** The names of figures, as a list of a message. */
  static String names(Collection<ReportFigure> figures) {
    return String.join(", ", figures.stream().map(ReportFigure::label).toList());
  }
}
