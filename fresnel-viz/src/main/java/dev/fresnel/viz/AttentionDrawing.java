package dev.fresnel.viz;

import dev.fresnel.text.Token;
import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws what an explorer of attention shows at first: a small map per head, and one large map with
 * the tokens, of the greatest weight of all heads. Lengths are in CSS pixels.
 */
final class AttentionDrawing implements Drawing {
  private static final double MARGIN = 24;

  /** From this width on, the small maps stand beside the large one; between the two. */
  private static final double BESIDE = 760;

  private static final double BETWEEN = 20;

  /** The share of the large map: the small ones have 1, it has this. */
  private static final double SHARE = 1.25;

  /** Between two small maps; their names at the left and above; a name below where one layer is. */
  private static final double GAP = 5;

  private static final double NAMES = 34;
  private static final double HEADER = 20;
  private static final double BELOW = 15;

  /** The largest side of the large map, and the least cell that is a whole number of pixels. */
  private static final double LARGEST = 720;

  private static final double WHOLE = 6;

  /** Around the large map. */
  private static final double TOP = 4;

  private static final double RIGHT = 8;

  /** The height of a heading above the large map. */
  private static final double HEADING = 30;

  private static final double HEADING_FONT = 14;

  private static final double FONT = 11;

  /** The width of a letter of equal width, as a part of its size. */
  private static final double LETTER = 0.602;

  /** Pixels per CSS pixel at most, in the maps of a file. */
  private static final int DENSITY = 2;

  private final List<Token> tokens;
  private final List<Thumb> thumbs = new ArrayList<>();
  private final List<Integer> layers = new ArrayList<>();
  private final Pixels map;
  private final String heading;
  private final Theme theme;
  private final Legend legend;
  private final boolean single;
  private final boolean matrix;
  private final boolean stacked;
  private final double width;
  private final int perRow;
  private final double thumb;
  private final double mapLeft;
  private final double side;

  /** A small map. */
  private record Thumb(int layer, int slot, int head, Pixels pixels) {}

  /**
   * @param name which text or texts are shown; empty where it need not be said
   */
  AttentionDrawing(TextAttention shown, String name, double asked, Theme theme) {
    this.theme = theme;
    var contents = shown.contents();
    var counts = contents.layers().stream().map(TextAttention.Layer::heads).toList();
    boolean causal = contents.causal();
    boolean signed = contents.signed();
    double greatest = contents.greatest();
    int most = counts.stream().mapToInt(Integer::intValue).max().orElseThrow();
    single = contents.heads() == 1;
    matrix = counts.size() > 1;
    double inner = asked - 2 * MARGIN;
    double half = (inner - BETWEEN) / (1 + SHARE);
    double need = matrix ? NAMES + GAP + most * (22 + GAP) : 0;
    stacked = single || inner < BESIDE || need > half;
    double grid = stacked ? inner : half;
    double free = Math.max(120, grid - (matrix ? NAMES : 0) - GAP);
    perRow = matrix ? most : (int) Math.max(1, Math.floor(free / (76 + GAP)));
    double room = Math.floor(free / perRow) - GAP;
    thumb = matrix ? Math.min(72, Math.max(22, room)) : Math.min(118, Math.max(40, room));
    width = Math.max(asked, stacked ? need + 2 * MARGIN : 0);
    double large = stacked ? inner : inner - BETWEEN - half;
    mapLeft = large < 420 ? 84 : 112;
    double high = greatest == 0 ? 1 : greatest;
    var ramp = signed ? Ramp.of(true, theme) : Ramp.ofShares(theme);
    var scale = new RootScale(high, signed);
    legend = new Legend(ramp, scale.caption(), scale::value);
    int small = (int) Math.round(thumb * DENSITY);
    float[][] all = null;
    List<Token> text = List.of();
    for (var pattern : shown.patterns()) {
      text = pattern.tokens();
      int size = text.size();
      if (all == null) {
        all = new float[size][size];
        for (float[] row : all) {
          java.util.Arrays.fill(row, Float.NEGATIVE_INFINITY);
        }
      }
      for (int head = 0; head < pattern.heads(); head++) {
        var rows = new float[size][];
        for (int query = 0; query < size; query++) {
          rows[query] = pattern.row(head, query);
          for (int key = 0; key < size; key++) {
            if (causal && key > query) {
              rows[query][key] = Float.NEGATIVE_INFINITY;
            } else if (Float.isInfinite(all[query][key])
                || Math.abs(rows[query][key]) > Math.abs(all[query][key])
                || Float.isNaN(all[query][key])) {
              all[query][key] = rows[query][key];
            }
          }
        }
        if (!single) {
          var pixels = pixels(rows, small, scale, ramp);
          thumbs.add(new Thumb(pattern.layer(), layers.size(), head, pixels));
        }
      }
      layers.add(pattern.layer());
    }
    tokens = text;
    double fit = Math.max(120, Math.min(LARGEST, large - mapLeft - RIGHT));
    double cell = fit / tokens.size();
    side = cell >= WHOLE ? Math.floor(cell) * tokens.size() : fit;
    map = pixels(all, (int) Math.round(side * DENSITY), scale, ramp);
    var heads = single ? contents.layers().get(0).label() : "all heads (greatest weight)";
    heading = name.isEmpty() ? heads : heads + ", " + name;
  }

  private static Pixels pixels(float[][] rows, int side, RootScale scale, Ramp ramp) {
    return Pixels.of(rows.length, side, (row, column) -> rows[row][column], scale::place, ramp);
  }

  private double reach() {
    return thumb + GAP;
  }

  private double line() {
    return reach() + (matrix ? 0 : BELOW);
  }

  private double gridHeight() {
    if (single) {
      return 0;
    }
    int rows = matrix ? layers.size() : (thumbs.size() + perRow - 1) / perRow;
    return (matrix ? HEADER : 0) + rows * line() + GAP;
  }

  private double mapHeight() {
    return HEADING + TOP + side + mapLeft + Legend.HEIGHT;
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    double grid = gridHeight();
    double both =
        stacked ? grid + (single ? 0 : BETWEEN) + mapHeight() : Math.max(grid, mapHeight());
    return Math.ceil(2 * MARGIN + both);
  }

  @Override
  public String description() {
    return "Attention of %s in %s over %s. The large map: %s; rows are destinations, columns sources."
        .formatted(
            Figure.counted(Math.max(1, thumbs.size()), "head"),
            Figure.counted(layers.size(), "layer"),
            Figure.counted(tokens.size(), "token"),
            heading);
  }

  @Override
  public void draw(Canvas canvas) {
    grid(canvas.moved(MARGIN, MARGIN));
    double half = (width - 2 * MARGIN - BETWEEN) / (1 + SHARE);
    double down = stacked && !single ? gridHeight() + BETWEEN : 0;
    map(canvas.moved(MARGIN + (stacked ? 0 : half + BETWEEN), MARGIN + down));
  }

  private void grid(Canvas canvas) {
    double left = (matrix ? NAMES : 0) + GAP / 2;
    double top = (matrix ? HEADER : 0) + GAP / 2;
    for (int i = 0; i < thumbs.size(); i++) {
      var each = thumbs.get(i);
      double x = left + (matrix ? each.head : i % perRow) * reach();
      double y = top + (matrix ? each.slot : i / perRow) * line();
      canvas.hatch(x, y, thumb, thumb);
      canvas.pixels(each.pixels, x, y, thumb, thumb);
      canvas.frame(Ink.GRID, Stroke.HAIR, x - 0.5, y - 0.5, thumb + 1, thumb + 1);
      if (!matrix) {
        var label = "L" + each.layer + "H" + each.head;
        canvas.text(Ink.MUTED, FONT, false, Anchor.START, x, y + thumb + 12, label);
      }
    }
    for (int head = 0; matrix && head < perRow; head++) {
      double x = left + head * reach() + thumb / 2;
      canvas.text(Ink.MUTED, FONT, false, Anchor.MIDDLE, x, 14, "H" + head);
    }
    for (int slot = 0; matrix && slot < layers.size(); slot++) {
      double y = top + slot * reach() + thumb / 2 + 4;
      canvas.text(Ink.MUTED, FONT, false, Anchor.END, NAMES - 6, y, "L" + layers.get(slot));
    }
  }

  private void map(Canvas canvas) {
    var above = TokenText.cut(heading, (int) ((mapLeft + side) / (HEADING_FONT * LETTER)));
    canvas.text(Ink.TEXT, HEADING_FONT, true, Anchor.START, 0, 16, above);
    var body = canvas.moved(mapLeft, HEADING + TOP);
    body.hatch(0, 0, side, side);
    body.pixels(map, 0, 0, side, side);
    body.frame(Ink.GRID, Stroke.HAIR, -0.5, -0.5, side + 1, side + 1);
    double cell = side / tokens.size();
    int every = (int) Math.max(1, Math.ceil((FONT + 2) / cell));
    for (int at = 0; at < tokens.size(); at += every) {
      double middle = (at + 0.5) * cell + 4;
      var index = Integer.toString(at);
      double used = index.length() * (FONT - 1) * LETTER + 5;
      int letters = (int) ((mapLeft - 24 - used) / (FONT * LETTER));
      var text = TokenText.cut(TokenText.of(tokens.get(at)), letters);
      int faint = Ink.MUTED.in(theme);
      int ink = Ink.TEXT.in(theme);
      body.code(faint, FONT - 1, Anchor.END, -6, middle, index);
      body.code(ink, FONT, Anchor.END, -6 - used, middle, text);
      body.uprightCode(faint, FONT - 1, Anchor.END, middle, side + 6, index);
      body.uprightCode(ink, FONT, Anchor.END, middle, side + 6 + used, text);
    }
    canvas.text(
        Ink.MUTED,
        FONT,
        false,
        Anchor.MIDDLE,
        mapLeft + side / 2,
        HEADING + TOP + side + mapLeft - 8,
        "source (key) →");
    canvas.upright(Ink.MUTED, FONT, 10, HEADING + TOP + side / 2 + 60, "← destination (query)");
    legend.draw(canvas.moved(0, HEADING + TOP + side + mapLeft), mapLeft, mapLeft + side + RIGHT);
  }
}
