package dev.fresnel.cli;

import dev.fresnel.analysis.attribution.Agreement;
import dev.fresnel.analysis.patch.Sweep;
import dev.fresnel.viz.Figure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
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
    text.append(
        String.format(
            Locale.ROOT,
            "%s: clean %.4f%s%s%n%n",
            sweep.metric(),
            sweep.clean(),
            sweep.hasCorrupted()
                ? String.format(Locale.ROOT, ", corrupted %.4f", sweep.corrupted())
                : "",
            sweep.texts() > 1 ? ", means over %d texts".formatted(sweep.texts()) : ""));
    double[] shown = shown();
    text.append(unit()).append("\n\n");
    if (sweep.axes().size() == 2 && !edges()) {
      text.append(table(shown));
    }
    text.append(strongest(shown));
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
    return comparable()
        ? "Normalised: 0 as the corrupted run, 1 as the clean run"
        : "The metric; clean and corrupted are equal, so there is no scale between them";
  }

  private boolean comparable() {
    return sweep.clean() != sweep.corrupted();
  }

  private double[] shown() {
    if (!sweep.hasCorrupted()) {
      return sweep.changes();
    }
    return comparable() ? sweep.normalised() : sweep.values();
  }

  private String table(double[] flat) {
    var axes = sweep.axes();
    int columns = axes.get(1).size();
    var rows = new double[axes.get(0).size()][columns];
    for (int cell = 0; cell < flat.length; cell++) {
      rows[cell / columns][cell % columns] = flat[cell];
    }
    return HeadTable.of(rows, axes.get(1).name().equals("head") ? "H" : "") + "\n";
  }

  private String strongest(double[] flat) {
    double unchanged = sweep.hasCorrupted() && !comparable() ? sweep.corrupted() : 0;
    List<Integer> cells =
        new ArrayList<>(
            IntStream.range(0, flat.length).filter(i -> !Double.isNaN(flat[i])).boxed().toList());
    cells.sort(Comparator.comparingDouble(cell -> -Math.abs(flat[cell] - unchanged)));
    int count =
        sweep.axes().size() == 1
            ? flat.length
            : sweep.axes().size() == 2 && !edges() ? STRONGEST / 4 : STRONGEST;
    var text = new StringBuilder("strongest\n");
    for (int cell : cells.subList(0, Math.min(count, cells.size()))) {
      text.append(String.format(Locale.ROOT, "  %-34s%9.3f%n", name(cell), flat[cell]));
    }
    if (!sweep.complete()) {
      text.append("stopped: some cells were not computed\n");
    }
    return text.toString();
  }

  /** {@code L5H1}, {@code L5H1 position 14 " Mary"}, {@code L0H1 -> logits}. */
  private String name(int cell) {
    int[] at = sweep.indices(cell);
    var name = new StringBuilder();
    var behind = new StringBuilder();
    for (int axis = 0; axis < at.length; axis++) {
      var label = sweep.axes().get(axis).labels().get(at[axis]);
      switch (sweep.axes().get(axis).name()) {
        case "layer", "head", "writer" -> name.append(label);
        case "reader" -> name.append(" -> ").append(label);
        default -> {
          behind.append(' ').append(sweep.axes().get(axis).name()).append(' ').append(label);
          if (sweep.texts() == 1 && at[axis] < sweep.tokens().size()) {
            behind.append(' ').append(Visible.token(sweep.tokens().get(at[axis])));
          }
        }
      }
    }
    return name.append(behind).toString();
  }
}
