package dev.fresnel.viz;

import dev.fresnel.analysis.LensTrajectory;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A logit lens: a row per stage, a column per position.
 *
 * <pre>{@code
 * var lens = LogitLens.of(run, 5);
 * Figure.lens(lens, LensTrajectory.ofLens(run, 0, lens)).pinned(14).write(Path.of("lens.svg"));
 * }</pre>
 */
public final class LensFigure extends Figure {
  private final LogitLens lens;
  private final @Nullable LensTrajectory trajectory;

  /** The position whose prediction is followed; -1 for none. */
  private final int pinned;

  LensFigure(@Nullable String title, LogitLens lens, @Nullable LensTrajectory trajectory) {
    this(title, lens, trajectory, -1);
  }

  private LensFigure(
      @Nullable String title, LogitLens lens, @Nullable LensTrajectory trajectory, int pinned) {
    super(title);
    this.lens = lens;
    this.trajectory = trajectory;
    this.pinned = pinned;
    if (trajectory != null
        && !(trajectory.stages().equals(lens.stages())
            && trajectory.tokens().equals(lens.tokens()))) {
      throw new FresnelException(
          "the trajectory has %d stages of %d tokens, the lens %d of %d; take both from the same run: LensTrajectory.ofLens(run, text, lens)"
              .formatted(
                  trajectory.stages().size(),
                  trajectory.tokens().size(),
                  lens.stages().size(),
                  lens.tokens().size()));
    }
  }

  /**
   * The same, which begins with one position's prediction: how the probability and the rank of its
   * final token, and of the token that really comes next, change by stage. A page opens so, a
   * picture has these lines below the grid, a text has them as a table, and CSV has these tokens at
   * every stage, marked in a column {@code followed}.
   *
   * @param position counted from 0
   * @throws FresnelException if there is no such position, or the figure has no trajectory
   */
  public LensFigure pinned(int position) {
    if (trajectory == null) {
      throw new FresnelException(
          "this lens has no trajectory to follow; make it with Figure.lens(lens,"
              + " LensTrajectory.ofLens(run, text, lens))");
    }
    if (position < 0 || position >= lens.tokens().size()) {
      throw new FresnelException(
          "the lens has no position %d: its text has positions 0 to %d"
              .formatted(position, lens.tokens().size() - 1));
    }
    return new LensFigure(givenTitle(), lens, trajectory, position);
  }

  @Override
  public LensFigure titled(String title) {
    return new LensFigure(title, lens, trajectory, pinned);
  }

  @Override
  String ownTitle() {
    return "Logit lens";
  }

  @Override
  String subtitle() {
    var how =
        "The likeliest next token after each stage, if the model stopped there. Hover over a"
            + " cell to see the next likeliest tokens, click to keep them in view";
    return how + (trajectory == null ? "." : ", with the way of a token through the stages.");
  }

  @Override
  FigureData data(String prefix) {
    var vocabulary = new LinkedHashMap<Token, Integer>();
    for (var stage : lens.predictions()) {
      for (var position : stage) {
        position.forEach(guess -> vocabulary.putIfAbsent(guess.token(), vocabulary.size()));
      }
    }
    if (trajectory != null) {
      for (var position : trajectory.chosen().get(0)) {
        position.forEach(guess -> vocabulary.putIfAbsent(guess.token(), vocabulary.size()));
      }
    }
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("tokens").line(lens.tokens());
          json.name("stages").array(lens.stages(), ScriptJson::text);
          json.name("widths").array(LensColumns.of(lens).all(), ScriptJson::number);
          json.name("vocabulary").tokens(new ArrayList<>(vocabulary.keySet()));
          json.name("predictions")
              .array(
                  lens.predictions(),
                  (j, stage) -> j.array(stage, (k, guesses) -> write(k, guesses, vocabulary)));
          if (trajectory != null) {
            json.name("entropies").rows(trajectory.entropies());
            json.name("divergences").rows(trajectory.divergences());
            json.name("followed")
                .array(
                    trajectory.chosen(),
                    (j, stage) -> j.array(stage, (k, guesses) -> follow(k, guesses, vocabulary)));
          }
          if (pinned >= 0) {
            json.name("pinned").number(pinned);
          }
        });
    return FigureData.of("fresnel-lens", prefix, json);
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    var grid = new LensDrawing(lens, width, theme);
    var way = way();
    return way == null
        ? grid
        : new StackedDrawing(Stream.concat(Stream.of(grid), way.drawings(width, theme)).toList());
  }

  /** The way that a pinned figure follows; null for none. */
  private @Nullable LensWay way() {
    return trajectory == null || pinned < 0 ? null : LensWay.of(lens, trajectory, pinned);
  }

  @Override
  void csv(Csv csv) {
    LensTable.write(lens, pinned, way(), csv);
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    LensText.write(lens, terminal, out);
    var way = way();
    if (way != null) {
      way.text(terminal, out.append('\n'));
    }
  }

  private static void write(
      ScriptJson json, List<Prediction> guesses, LinkedHashMap<Token, Integer> vocabulary) {
    json.array(
        () -> {
          for (var guess : guesses) {
            json.number(vocabulary.get(guess.token()).longValue());
            json.number(guess.logit());
            json.number(guess.probability());
          }
        });
  }

  private static void follow(
      ScriptJson json, List<Prediction> guesses, LinkedHashMap<Token, Integer> vocabulary) {
    json.array(
        () -> {
          for (var guess : guesses) {
            json.number(vocabulary.get(guess.token()).longValue());
            json.number(guess.rank());
            json.number(guess.probability());
          }
        });
  }
}
