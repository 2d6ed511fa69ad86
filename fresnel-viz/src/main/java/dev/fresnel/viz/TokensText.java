package dev.fresnel.viz;

import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tokens as text: coloured where the terminal has colours, else a line per token. */
final class TokensText {
  private TokensText() {}

  static void write(
      List<Token> tokens, List<TokensFigure.Column> columns, Terminal terminal, StringBuilder out) {
    if (terminal.colours() == Terminal.Colours.NONE || columns.isEmpty()) {
      table(tokens, columns, terminal, out);
      return;
    }
    for (var column : columns) {
      out.append(column.label()).append('\n');
      coloured(tokens, column, terminal, out);
    }
  }

  private static void coloured(
      List<Token> tokens, TokensFigure.Column column, Terminal terminal, StringBuilder out) {
    var ansi = new Ansi(terminal);
    var scale = column.scale(terminal.theme());
    int used = 0;
    for (int at = 0; at < tokens.size(); at++) {
      var text = TokenText.of(tokens.get(at));
      int wide = TokenText.width(text);
      if (used > 0 && used + wide > terminal.columns()) {
        out.append('\n');
        used = 0;
      }
      used += wide;
      double value = column.values()[at];
      if (Double.isNaN(value)) {
        out.append(text);
      } else {
        double place = scale.place(value);
        out.append(ansi.background(scale.ramp().colour(place)));
        out.append(ansi.ink(scale.ramp().ink(place))).append(text).append(Ansi.RESET);
      }
      var own = tokens.get(at).text();
      if (own != null && own.contains("\n")) {
        out.append('\n');
        used = 0;
      }
    }
    out.append(used > 0 ? "\n" : "").append(ansi.legend(scale.legend(column.label()))).append('\n');
  }

  private static void table(
      List<Token> tokens, List<TokensFigure.Column> columns, Terminal terminal, StringBuilder out) {
    var heads = new ArrayList<>(List.of("position", "token", "id"));
    columns.forEach(column -> heads.add(column.label()));
    var lines = new ArrayList<List<String>>();
    for (int at = 0; at < tokens.size(); at++) {
      var token = tokens.get(at);
      var line = new ArrayList<>(List.of(Integer.toString(at), TokenText.of(token)));
      line.add(Integer.toString(token.id()));
      for (var column : columns) {
        line.add(number(column.values()[at]));
      }
      lines.add(line);
    }
    TextTable.write(heads, lines, terminal.columns(), out);
  }

  /** Four significant digits. */
  static String number(double value) {
    return Double.isFinite(value) && value != 0
        ? String.format(Locale.ROOT, Math.abs(value) < 1e-3 ? "%.3e" : "%.4g", value)
        : value == 0 ? "0" : Double.toString(value);
  }
}
