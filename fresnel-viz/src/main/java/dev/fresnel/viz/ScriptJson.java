package dev.fresnel.viz;

import dev.fresnel.text.SharedCharacter;
import dev.fresnel.text.Token;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON that is safe inside a script element. Whatever a token holds, the text neither ends
 * the element nor opens a comment; every char, even half of a surrogate pair, is read back.
 */
final class ScriptJson {
  private static final MathContext SIX_DIGITS = new MathContext(6);

  private final StringBuilder out = new StringBuilder();
  private boolean first = true;

  @Override
  public String toString() {
    return out.toString();
  }

  ScriptJson object(Runnable members) {
    return nested('{', members, '}');
  }

  ScriptJson array(Runnable elements) {
    return nested('[', elements, ']');
  }

  <T> ScriptJson array(Iterable<T> elements, BiConsumer<ScriptJson, T> writer) {
    return array(() -> elements.forEach(element -> writer.accept(this, element)));
  }

  ScriptJson name(String name) {
    separate();
    quote(name);
    out.append(':');
    first = true;
    return this;
  }

  ScriptJson text(@Nullable String value) {
    separate();
    if (value == null) {
      out.append("null");
    } else {
      quote(value);
    }
    return this;
  }

  ScriptJson bool(boolean value) {
    separate();
    out.append(value);
    return this;
  }

  ScriptJson number(long value) {
    separate();
    out.append(value);
    return this;
  }

  /** Six significant digits; NaN and infinities as strings, such as {@code "NaN"}. */
  ScriptJson number(double value) {
    separate();
    if (!Double.isFinite(value)) {
      quote(Double.toString(value));
    } else if (value == Math.rint(value) && Math.abs(value) < 1e6) {
      out.append((long) value);
    } else {
      var rounded = new BigDecimal(value).round(SIX_DIGITS).stripTrailingZeros();
      var plain = rounded.toPlainString();
      out.append(plain.length() <= 10 ? plain : rounded.toString());
    }
    return this;
  }

  ScriptJson numbers(double[] values) {
    return array(
        () -> {
          for (double value : values) {
            number(value);
          }
        });
  }

  ScriptJson rows(double[][] rows) {
    return array(List.of(rows), ScriptJson::numbers);
  }

  /** Tokens that stand for themselves, such as those of a vocabulary. */
  ScriptJson tokens(List<Token> tokens) {
    return object(() -> fields(tokens));
  }

  /** The tokens of a text in order: with the characters that several of them share. */
  ScriptJson line(List<Token> tokens) {
    return object(
        () -> {
          fields(tokens);
          var shared = SharedCharacter.in(tokens);
          if (!shared.isEmpty()) {
            name("shared").array(shared, ScriptJson::shared);
          }
        });
  }

  private void fields(List<Token> tokens) {
    name("text").array(tokens, (json, token) -> json.text(token.text()));
    name("id").array(tokens, (json, token) -> json.number(token.id()));
    if (tokens.stream().anyMatch(token -> otherLabel(token) != null)) {
      name("label").array(tokens, (json, token) -> json.text(otherLabel(token)));
    }
  }

  private void shared(SharedCharacter character) {
    array(() -> number(character.first()).number(character.last()).text(character.text()));
  }

  ScriptJson token(Token token) {
    return object(
        () -> {
          name("text").text(token.text()).name("id").number(token.id());
          if (otherLabel(token) != null) {
            name("label").text(otherLabel(token));
          }
        });
  }

  /** The label of a token whose text alone would not tell it apart; null of others. */
  private static @Nullable String otherLabel(Token token) {
    return token.text() == null || token.label().equals(token.text()) ? null : token.label();
  }

  private ScriptJson nested(char open, Runnable content, char close) {
    separate();
    out.append(open);
    first = true;
    content.run();
    out.append(close);
    first = false;
    return this;
  }

  private void separate() {
    if (!first) {
      out.append(',');
    }
    first = false;
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c == '<' || c == '>' || c == '&' || mustEscape(text, i)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  /**
   * True for line separators, for what controls a terminal, for characters that reorder text, and
   * for half a surrogate pair.
   */
  private static boolean mustEscape(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return at == 0 || !Character.isHighSurrogate(text.charAt(at - 1));
    }
    return c >= 0x7f && c < 0xa0
        || Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029';
  }
}
