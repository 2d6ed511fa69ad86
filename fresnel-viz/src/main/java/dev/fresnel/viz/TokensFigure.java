package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A text; its tokens are plain or coloured by values. */
final class TokensFigure extends Figure {
  /**
   * Values, one per token.
   *
   * @param range the values by which the colours are chosen
   * @param downwards whether values below zero alone are darkest where they are least, as log
   *     probabilities are
   */
  record Column(String label, double[] values, double[] range, boolean downwards) {
    Column {
      values = values.clone();
      range = range.clone();
    }

    Column(String label, double[] values) {
      this(label, values, values, true);
    }

    TokenScale scale(Theme theme) {
      return downwards ? TokenScale.downwards(range, theme) : TokenScale.of(range, theme);
    }
  }

  private final List<Token> tokens;
  private final List<Column> columns;

  TokensFigure(@Nullable String title, List<Token> tokens, List<Column> columns) {
    super(title);
    this.tokens = List.copyOf(tokens);
    this.columns = columns;
    for (var column : columns) {
      if (column.values().length != tokens.size()) {
        throw new FresnelException(
            "“"
                + column.label()
                + "” needs one value per token: expected "
                + tokens.size()
                + ", got "
                + column.values().length);
      }
    }
  }

  @Override
  public Figure titled(String title) {
    return new TokensFigure(title, tokens, columns);
  }

  @Override
  String ownTitle() {
    return columns.isEmpty()
        ? "Tokens"
        : "Tokens by " + columns.stream().map(Column::label).collect(Collectors.joining(", "));
  }

  @Override
  String subtitle() {
    return columns.isEmpty()
        ? counted(tokens.size(), "token") + ", each with its index and its id in the vocabulary."
        : counted(tokens.size(), "token") + ". Hover a token for its value, click to lock it.";
  }

  @Override
  FigureData data(String prefix) {
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("tokens").line(tokens);
          json.name("columns").array(columns, TokensFigure::write);
        });
    return FigureData.of("fresnel-tokens", prefix, json);
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return new TokensDrawing(tokens, columns, width, theme);
  }

  @Override
  void csv(Csv csv) {
    var heads = new ArrayList<Object>(List.of("position", "id", "token"));
    columns.forEach(column -> heads.add(column.label()));
    csv.line(heads.toArray());
    for (int at = 0; at < tokens.size(); at++) {
      var token = tokens.get(at);
      var line = new ArrayList<Object>(List.of(at, token.id(), token.label()));
      for (var column : columns) {
        line.add(column.values()[at]);
      }
      csv.line(line.toArray());
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    TokensText.write(tokens, columns, terminal, out);
  }

  private static void write(ScriptJson json, Column column) {
    json.object(
        () -> json.name("label").text(column.label()).name("values").numbers(column.values()));
  }
}
