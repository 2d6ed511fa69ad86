package dev.fresnel.viz;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bars, each from zero, or each from the sum of those before: a waterfall. */
final class BarsFigure extends Figure {
  private final Bars bars;
  private final boolean waterfall;

  BarsFigure(@Nullable String title, Bars bars, boolean waterfall) {
    super(title);
    this.bars = bars;
    this.waterfall = waterfall;
  }

  @Override
  public Figure titled(String title) {
    return new BarsFigure(title, bars, waterfall);
  }

  @Override
  String ownTitle() {
    return bars.name();
  }

  @Override
  String subtitle() {
    return waterfall
        ? "Each bar begins where the one above ends; the last one is the sum."
        : "The values farthest from zero first. Orange adds, blue subtracts.";
  }

  @Override
  FigureData data(String prefix) {
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("unit").text(bars.unit());
          json.name("waterfall").bool(waterfall);
          json.name("labels").array(bars.labels(), ScriptJson::text);
          json.name("values").numbers(bars.values());
        });
    return FigureData.of("fresnel-bars", prefix, json);
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return new BarsDrawing(bars.unit(), BarRow.of(bars, waterfall), width);
  }

  @Override
  void csv(Csv csv) {
    csv.line("name", bars.unit());
    double[] values = bars.values();
    for (int i = 0; i < values.length; i++) {
      csv.line(bars.labels().get(i), values[i]);
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    var lines =
        BarRow.of(bars, waterfall).stream()
            .map(row -> List.of(row.label(), TokensText.number(row.value())))
            .toList();
    TextTable.write(List.of("name", bars.unit()), lines, terminal.columns(), out);
  }
}
