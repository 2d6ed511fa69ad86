package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A model's input: a batch of rows of token ids, all of one length. Shorter texts are padded on the
 * left. Immutable.
 *
 * <pre>{@code
 * Tokens.of(5, 6, 5).ids(0);                           // [5, 6, 5]; nothing is added
 * tokenizer.tokens("Hello world", Bos.PREPEND).row(0);  // [<|endoftext|>, Hello,  world]
 * }</pre>
 */
public final class Tokens {
  private final int[][] rows;
  private final int[] padding;
  private final Token @Nullable [][] labels;
  private final boolean startsWithBos;

  private Tokens(int[][] rows, int[] padding, Token @Nullable [][] labels, boolean startsWithBos) {
    this.rows = rows;
    this.padding = padding;
    this.labels = labels;
    this.startsWithBos = startsWithBos;
  }

  /**
   * One row of these ids; no BOS is added.
   *
   * @throws FresnelException if there are no ids, or one is negative
   */
  public static Tokens of(int... ids) {
    return ofRows(List.of(ids));
  }

  /**
   * A batch of rows of one length; nothing is added.
   *
   * @throws FresnelException if there are no rows, a row is empty, an id is negative, or the
   *     lengths differ
   */
  public static Tokens ofRows(List<int[]> rows) {
    checked(rows);
    for (int row = 1; row < rows.size(); row++) {
      if (rows.get(row).length != rows.get(0).length) {
        throw new FresnelException(
            "Rows of tokens must have one length: row 0 has %d, row %d has %d. Pad them with Tokens.leftPadded, or run them one by one."
                .formatted(rows.get(0).length, row, rows.get(row).length));
      }
    }
    return leftPadded(rows, 0);
  }

  /**
   * A batch of rows; shorter ones are padded on the left.
   *
   * @param padId the id to pad with; models mask padding
   * @throws FresnelException if there are no rows, a row is empty, or an id is negative
   */
  public static Tokens leftPadded(List<int[]> rows, int padId) {
    int length = checked(rows);
    if (padId < 0) {
      throw new FresnelException("The padding token's id is " + padId + "; ids count from 0.");
    }
    int[][] filled = new int[rows.size()][length];
    int[] padding = new int[rows.size()];
    for (int row = 0; row < filled.length; row++) {
      int[] ids = rows.get(row);
      padding[row] = length - ids.length;
      Arrays.fill(filled[row], 0, padding[row], padId);
      System.arraycopy(ids, 0, filled[row], padding[row], ids.length);
    }
    return new Tokens(filled, padding, null, false);
  }

  /** The longest row's length. */
  private static int checked(List<int[]> rows) {
    if (rows.isEmpty()) {
      throw new FresnelException("There are no rows of tokens. Give at least one.");
    }
    int longest = 0;
    for (int row = 0; row < rows.size(); row++) {
      int[] ids = rows.get(row);
      if (ids.length == 0) {
        throw new FresnelException(
            "Row %d has no tokens. Give at least one; an empty text needs a BOS.".formatted(row));
      }
      for (int position = 0; position < ids.length; position++) {
        if (ids[position] < 0) {
          throw new FresnelException(
              "The token at row %d, position %d is %d; ids count from 0."
                  .formatted(row, position, ids[position]));
        }
      }
      longest = Math.max(longest, ids.length);
    }
    return longest;
  }

  /** The number of rows. */
  public int batch() {
    return rows.length;
  }

  /** The number of positions of every row, padding included. */
  public int length() {
    return rows[0].length;
  }

  /**
   * The id at a position, counted from 0, padding included.
   *
   * @throws FresnelException if there is no such row or position
   */
  public int id(int row, int position) {
    requireRow(row);
    if (position < 0 || position >= length()) {
      throw new FresnelException(
          "There is no position %d: positions count from 0 to %d."
              .formatted(position, length() - 1));
    }
    return rows[row][position];
  }

  /**
   * A copy of one row's ids, padding included.
   *
   * @throws FresnelException if there is no such row
   */
  public int[] ids(int row) {
    requireRow(row);
    return rows[row].clone();
  }

  /**
   * The number of padding positions at the start of a row.
   *
   * @throws FresnelException if there is no such row
   */
  public int padding(int row) {
    requireRow(row);
    return padding[row];
  }

  private void requireRow(int row) {
    if (row < 0 || row >= rows.length) {
      throw new FresnelException(
          "There is no row %d: rows count from 0 to %d.".formatted(row, rows.length - 1));
    }
  }

  /** Whether any row is padded. */
  public boolean isPadded() {
    return Arrays.stream(padding).anyMatch(count -> count > 0);
  }

  /**
   * One row as labels for results, padding included. Texts and pieces are null if no tokenizer has
   * labelled them (see {@link Tokenizer#label}).
   *
   * @throws FresnelException if there is no such row
   */
  public List<Token> row(int row) {
    requireRow(row);
    if (labels != null) {
      return List.of(labels[row]);
    }
    return Arrays.stream(rows[row]).mapToObj(id -> new Token(id, null)).toList();
  }

  /**
   * The first tokens of every text: padding is none of them. Shorter texts stay whole, and are
   * padded on the left as far as the others need it.
   *
   * @param count the most tokens of each text
   * @throws FresnelException if it is below 1
   */
  public Tokens first(int count) {
    if (count < 1) {
      throw new FresnelException("The first " + count + " tokens are none; give 1 or more.");
    }
    int[] own = Arrays.stream(padding).map(each -> Math.min(count, length() - each)).toArray();
    int longest = Arrays.stream(own).max().orElseThrow();
    int[] left = Arrays.stream(own).map(each -> longest - each).toArray();
    return arranged(
        longest,
        left,
        (row, at) -> at < left[row] ? at : padding[row] + at - left[row],
        startsWithBos);
  }

  /**
   * Some positions of every row, padding included.
   *
   * @param from counted from 0
   * @param to behind the last
   * @throws FresnelException if they are not positions of the rows, or all of a row's are padding
   */
  public Tokens slice(int from, int to) {
    if (from < 0 || to > length() || from >= to) {
      throw new FresnelException(
          "There are no positions from %d to %d (excluded): the rows have %d, counted from 0."
              .formatted(from, to, length()));
    }
    int[] left = Arrays.stream(padding).map(each -> Math.max(0, each - from)).toArray();
    for (int row = 0; row < batch(); row++) {
      if (left[row] >= to - from) {
        throw new FresnelException(
            "Row %d has nothing but padding from position %d to %d (excluded); its text begins at %d."
                .formatted(row, from, to, padding[row]));
      }
    }
    boolean keepsBos = Arrays.stream(padding).allMatch(each -> from <= each);
    return arranged(to - from, left, (row, at) -> from + at, startsWithBos && keepsBos);
  }

  /**
   * Every row with other tokens behind it.
   *
   * @param other as many rows, or one, which is put behind each; without padding
   * @throws FresnelException if it has another number of rows, or padding
   */
  public Tokens append(Tokens other) {
    if (other.batch() != batch() && other.batch() != 1) {
      throw new FresnelException(
          "%d rows cannot be put behind %d; give as many, or one for all."
              .formatted(other.batch(), batch()));
    }
    if (other.isPadded()) {
      throw new FresnelException(
          "Tokens with padding cannot be put behind others: it would stand inside the rows.");
    }
    int[][] joined = new int[batch()][];
    Token[][] named = labels == null || other.labels == null ? null : new Token[batch()][];
    for (int row = 0; row < batch(); row++) {
      int added = other.batch() == 1 ? 0 : row;
      joined[row] = Arrays.copyOf(rows[row], length() + other.length());
      System.arraycopy(other.rows[added], 0, joined[row], length(), other.length());
      if (named != null) {
        named[row] = Arrays.copyOf(labels[row], length() + other.length());
        System.arraycopy(other.labels[added], 0, named[row], length(), other.length());
      }
    }
    return new Tokens(joined, padding, named, startsWithBos);
  }

  /** Says which position of a row comes to a place. */
  @FunctionalInterface
  private interface Source {
    int of(int row, int at);
  }

  private Tokens arranged(int length, int[] left, Source source, boolean bosFirst) {
    int[][] ids = new int[batch()][length];
    Token[][] named = labels == null ? null : new Token[batch()][length];
    for (int row = 0; row < batch(); row++) {
      for (int at = 0; at < length; at++) {
        ids[row][at] = rows[row][source.of(row, at)];
        if (named != null) {
          named[row][at] = labels[row][source.of(row, at)];
        }
      }
    }
    return new Tokens(ids, left, named, bosFirst);
  }

  /**
   * Whether the first token of every row, after padding, is the tokenizer's BOS. False if no
   * tokenizer has labelled these tokens: {@code Tokens.of} alone knows no BOS.
   */
  public boolean startsWithBos() {
    return startsWithBos;
  }

  /** The same ids, labelled (by null for no labels) and by the id of the BOS (-1 for none). */
  Tokens labelled(@Nullable IntFunction<Token> label, int bosId) {
    boolean bosFirst = bosId >= 0;
    for (int row = 0; row < batch(); row++) {
      bosFirst &= rows[row][padding[row]] == bosId;
    }
    return new Tokens(rows, padding, label == null ? null : labels(label), bosFirst);
  }

  private Token[][] labels(IntFunction<Token> label) {
    var made = new Token[batch()][length()];
    for (int row = 0; row < batch(); row++) {
      for (int position = 0; position < length(); position++) {
        made[row][position] = label.apply(rows[row][position]);
      }
    }
    return made;
  }

  /** Whether both have the same ids and padding. Texts are only labels and do not count. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tokens that
        && Arrays.deepEquals(rows, that.rows)
        && Arrays.equals(padding, that.padding);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.deepHashCode(rows), Arrays.hashCode(padding));
  }

  @Override
  public String toString() {
    return "Tokens" + Arrays.deepToString(rows);
  }
}
