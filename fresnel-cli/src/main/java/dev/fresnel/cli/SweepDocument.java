package dev.fresnel.cli;

import dev.fresnel.analysis.attribution.Agreement;
import dev.fresnel.analysis.patch.Sweep;
import dev.fresnel.analysis.patch.SweepCell;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.TableNumbers;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The result of a sweep.
 *
 * @param exact what estimates are compared with; null where there is nothing
 */
record SweepDocument(Sweep sweep, @Nullable Sweep exact) implements Document {
  /** How many cells are listed where there are too many axes for a table. */
  private static final int STRONGEST = 20;

  @Override
  public Object json() {
    var fields = sweep.fields();
    if (exact != null) {
      var agreement = agreement(exact);
      var numbers = new LinkedHashMap<String, Object>();
      numbers.put("count", agreement.count());
      numbers.put("pearson", agreement.pearson());
      numbers.put("rank", agreement.rank());
      fields.put("agreement", numbers);
      fields.put("exact", exact.fields().get("values"));
    }
    return fields;
  }

  private Agreement agreement(Sweep other) {
    return Agreement.of(sweep.values(), other.values());
  }

  @Override
  public String text() {
    var text = new StringBuilder();
    text.append(
        "%s, %s of %s by %s (%s)%n"
            .formatted(
                Visible.message(sweep.model()),
                sweep.experiment(),
                sweep.what(),
                sweep.by(),
                sweep.method()));
    if (!known()) {
      return text.append(stopped()).toString();
    }
    var metrics = TableNumbers.of(DoubleStream.of(sweep.clean(), sweep.corrupted()), 4);
    text.append(
        "%s: clean %s%s%s%n%n"
            .formatted(
                sweep.metric(),
                metrics.text(sweep.clean()),
                sweep.hasCorrupted() ? ", corrupted " + metrics.text(sweep.corrupted()) : "",
                sweep.texts() > 1 ? ", means over %d texts".formatted(sweep.texts()) : ""));
    text.append(unit()).append("\n\n");
    if (sweep.axes().size() == 2 && !edges()) {
      text.append(tokens()).append(table(sweep.effects()));
    }
    text.append(strongest());
    if (exact != null) {
      var agreement = agreement(exact);
      text.append(
          "%nagreement with exact patches of %d %s: correlation %s, of ranks %s%n"
              .formatted(
                  agreement.count(),
                  edges() ? "edges" : "cells",
                  shown(agreement.pearson()),
                  shown(agreement.rank())));
    }
    return text.toString();
  }

  private static String shown(double correlation) {
    return Double.isNaN(correlation)
        ? "none, since one side is constant"
        : String.format(Locale.ROOT, "%.3f", correlation);
  }

  /** Whether cells are edges between components, of which not all pairs exist. */
  private boolean edges() {
    return sweep.axes().get(0).name().equals("writer");
  }

  @Override
  public Optional<Figure> figure() {
    return sweep.axes().size() == 2 ? Optional.of(Figure.sweep(sweep)) : Optional.empty();
  }

  private String unit() {
    if (!sweep.hasCorrupted()) {
      return "Change of the metric";
    }
    if (!sweep.scaled()) {
      return "Change of the metric; clean and corrupted are equal, so there is no scale between"
          + " them";
    }
    return sweep.changesClean()
        ? "Normalised change: 0 as the clean run, -1 as the corrupted run"
        : "Normalised: 0 as the corrupted run, 1 as the clean run";
  }

  private String table(double[] flat) {
    var axes = sweep.axes();
    int columns = axes.get(1).size();
    var rows = new double[axes.get(0).size()][columns];
    for (int cell = 0; cell < flat.length; cell++) {
      rows[cell / columns][cell % columns] = flat[cell];
    }
    String table = HeadTable.of(rows, axes.get(1).name().equals("head") ? "H" : "") + "\n";
    // Cells that a stopped sweep did not reach.
    return table.replace("NaN", "  -");
  }

  private String strongest() {
    int axes = sweep.axes().size();
    int count =
        axes == 1 ? sweep.values().length : axes == 2 && !edges() ? STRONGEST / 4 : STRONGEST;
    var cells = sweep.strongest(count);
    var changing = cells.stream().filter(sweep::changes).toList();
    String cell = edges() ? "edge" : "cell";
    var text = new StringBuilder();
    if (changing.isEmpty()) {
      text.append(
          "no %s%s changes the metric%n".formatted(cell, sweep.complete() ? "" : " so far"));
    } else {
      text.append("strongest");
      text.append(sweep.spread() == null ? "\n" : ", with the interval of the mean\n");
    }
    var numbers = TableNumbers.of(changing.stream().mapToDouble(SweepCell::effect), 3);
    for (SweepCell each : changing) {
      text.append("  %-34s%9s".formatted(name(each), numbers.text(each.effect())))
          .append(interval(each, numbers))
          .append('\n');
    }
    if (!changing.isEmpty() && changing.size() < cells.size()) {
      text.append("no other %s changes the metric%n".formatted(cell));
    }
    if (!sweep.complete()) {
      text.append(stopped());
    }
    return text.toString();
  }

  /** Whether every text was begun; before that no mean over them is known. */
  private boolean known() {
    return sweep.complete() || !Double.isNaN(sweep.clean());
  }

  private String stopped() {
    var state = sweep.state();
    return state == null
        ? "stopped: some cells were not computed\n"
        : "stopped: %d of %d cells were computed%s%n"
            .formatted(
                state.done(),
                state.cells(),
                known()
                    ? ""
                    : "; there is no mean over the %d texts before each of them has its cells"
                        .formatted(sweep.texts()));
  }

  private static String interval(SweepCell cell, TableNumbers numbers) {
    return Double.isNaN(cell.low())
        ? ""
        : "  [%s, %s]".formatted(numbers.text(cell.low()), numbers.text(cell.high()));
  }

  /** The cell's label, with the token where one axis is a text's positions. */
  private String name(SweepCell cell) {
    int axis = positions();
    return axis < 0
        ? cell.label()
        : cell.label() + " " + Visible.token(sweep.tokens().get(sweep.indices(cell.index())[axis]));
  }

  /** The axis of one text's positions; -1 where there is none. */
  private int positions() {
    for (int axis = 0; axis < sweep.axes().size(); axis++) {
      if (sweep.axes().get(axis).name().equals("position")
          && sweep.texts() == 1
          && sweep.axes().get(axis).size() == sweep.tokens().size()) {
        return axis;
      }
    }
    return -1;
  }

  /** The tokens at the positions that head the table's columns, as wide as a terminal. */
  private String tokens() {
    if (positions() != 1) {
      return "";
    }
    var text = new StringBuilder();
    int column = 0;
    for (int position = 0; position < sweep.tokens().size(); position++) {
      String token = position + " " + Visible.token(sweep.tokens().get(position));
      if (column > 0 && column + 2 + token.length() > Width.terminal()) {
        text.append('\n');
        column = 0;
      } else if (column > 0) {
        text.append("  ");
        column += 2;
      }
      text.append(token);
      column += token.length();
    }
    return text.append("\n\n").toString();
  }
}
