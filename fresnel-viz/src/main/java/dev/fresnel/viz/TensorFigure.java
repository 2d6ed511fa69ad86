package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Any tensor: two axes are rows and columns, and on a page every other axis has a slider.
 *
 * <pre>{@code
 * Figure.of(run.cache().get(HookKind.PATTERN.at(5))).at("head", 1).write(Path.of("pattern.png"));
 * }</pre>
 */
public final class TensorFigure extends Figure {
  private final TensorGrid grid;

  TensorFigure(@Nullable String title, TensorGrid grid) {
    super(title);
    this.grid = grid;
  }

  /**
   * The same with other axes as rows and as columns; without this, the last two are.
   *
   * @throws FresnelException if the tensor has no such axis, or both are one
   */
  public TensorFigure axes(String rows, String columns) {
    return new TensorFigure(givenTitle(), grid.with(rows, columns));
  }

  /**
   * The same, which begins at another index of an axis that is neither rows nor columns: its slider
   * stands there, and a picture shows this map; without this, it is 0.
   *
   * @throws FresnelException if the tensor has no such axis or index
   */
  public TensorFigure at(String axis, int index) {
    return new TensorFigure(givenTitle(), grid.at(axis, index));
  }

  @Override
  public TensorFigure titled(String title) {
    return new TensorFigure(title, grid);
  }

  @Override
  String ownTitle() {
    return "Tensor ["
        + grid.axes().stream()
            .map(axis -> axis.name() + " " + axis.size())
            .collect(Collectors.joining(", "))
        + "]";
  }

  @Override
  String subtitle() {
    return "Blue is below zero, orange above; both ends of the scale are as far away as the"
        + " farthest number.";
  }

  /** Its numbers in words. */
  String facts() {
    var found = grid.values().statistics();
    return "%s; least %s, greatest %s, mean %s, standard deviation %s; NaN: %d, infinite: %d"
        .formatted(
            counted(found.count(), "number"),
            TokensText.number(found.least()),
            TokensText.number(found.greatest()),
            TokensText.number(found.mean()),
            TokensText.number(found.deviation()),
            found.nan(),
            found.infinite());
  }

  @Override
  FigureData data(String prefix) {
    var sample = TensorSample.of(grid);
    var block = prefix + "-values";
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("axes").array(sample.axes(), TensorFigure::write);
          json.name("at").array(sample.starts(grid), (j, at) -> j.number(at));
          json.name("block").text(block);
          json.name("farthest").number(grid.farthest());
          json.name("facts").text(facts());
          json.name("note").text(sample.note());
        });
    var data = DataBlock.of(Float24.bytes(sample.values()));
    return FigureData.of(
        "fresnel-tensor", prefix, json, List.of(new FigureData.Named(block, data)));
  }

  private static void write(ScriptJson json, TensorSample.Axis axis) {
    json.object(
        () -> {
          json.name("name").text(axis.name()).name("size").number(axis.size());
          json.name("step").number(axis.step());
        });
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return new TensorDrawing(grid, facts(), width, theme);
  }

  @Override
  void csv(Csv csv) {
    var axes = grid.axes();
    var heads = new ArrayList<Object>();
    axes.forEach(axis -> heads.add(axis.name()));
    heads.add("value");
    csv.line(heads.toArray());
    for (int cell = 0; cell < grid.values().size(); cell++) {
      var line = new Object[axes.size() + 1];
      int rest = cell;
      for (int axis = axes.size() - 1; axis >= 0; axis--) {
        line[axis] = rest % axes.get(axis).size();
        rest /= axes.get(axis).size();
      }
      line[axes.size()] = grid.values().at(cell);
      csv.line(line);
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    TensorText.write(grid, facts(), terminal, out);
  }
}
