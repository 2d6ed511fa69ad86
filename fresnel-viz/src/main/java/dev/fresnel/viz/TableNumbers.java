package dev.fresnel.viz;

import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * How the numbers of a table, a list or a heat map are written: all with the same decimals, as many
 * as the greatest of them needs, so that small numbers are not all 0.00.
 *
 * <pre>{@code
 * new TableNumbers(0.0021, 2).text(-0.0004);   // -0.0004
 * }</pre>
 *
 * @param greatest the greatest distance of a number from zero
 * @param decimals where that is 0.1 or more, or 0
 */
public record TableNumbers(double greatest, int decimals) {
  /** How many decimals more than usual are written out; smaller numbers have an exponent. */
  private static final int MOST_MORE = 2;

  /**
   * @param numbers all that stand together; NaN and infinities are left out
   */
  public static TableNumbers of(DoubleStream numbers, int decimals) {
    return new TableNumbers(
        numbers.filter(Double::isFinite).map(Math::abs).max().orElse(0), decimals);
  }

  /**
   * A number as text. What rounds to zero has no sign; what has more digits before its point than
   * {@link #decimals} has none behind it.
   */
  public String text(double value) {
    if (Math.abs(value) >= Math.pow(10, decimals) - 0.5 * Math.pow(10, -decimals)) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    int more = greatest >= 0.1 || greatest == 0 ? 0 : (int) Math.ceil(-Math.log10(greatest)) - 1;
    if (more > MOST_MORE) {
      var form = "%." + Math.max(0, decimals - 2) + "e";
      return value == 0 ? "0" : String.format(Locale.ROOT, form, value).replace("e-0", "e-");
    }
    var text = String.format(Locale.ROOT, "%." + (decimals + more) + "f", value);
    return text.matches("-0(\\.0+)?") ? text.substring(1) : text;
  }
}
