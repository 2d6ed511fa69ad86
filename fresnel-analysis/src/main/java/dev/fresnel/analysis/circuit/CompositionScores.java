package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.INNER;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.LAYER;

import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The composition scores of all pairs of heads. The squared norm of a product {@code A B} is the
 * sum over all elements of {@code AᵀA} times those of {@code B Bᵀ}, so that every head gives one
 * symmetric matrix [d_model, d_model], and all pairs are one product of rows of such matrices.
 * These are made tile by tile on several threads, and of their symmetric halves one is enough.
 */
final class CompositionScores {
  /**
   * The numbers of a tile of all matrices of one side, 16 MB. glibc keeps blocks of this size when
   * they are freed; larger ones come back page by page, which takes half as long as the products.
   */
  private static final long TILE = 4_000_000;

  /**
   * The most rows of a tile. With fewer the products are slow; with more, more is computed below
   * the diagonal.
   */
  private static final int ROWS = 96;

  /**
   * Squared scores below this, of scores below 0.003, are computed again: a sum of float32 products
   * that cancel out is wrong by up to 1e-8 of the circuits' squared norms. Two random circuits of
   * d_model 768 have a squared score of 1e-3.
   */
  private static final double LOST = 1e-5;

  /**
   * Into how many groups the layers that read are divided. A group meets the writers before its
   * last layer; four groups leave out three quarters of the pairs that no model has.
   */
  private static final int GROUPS = 4;

  private static final Dim READER_LAYER = new Dim("reader_layer");
  private static final Dim READER = new Dim("reader");
  private static final Dim OTHER_INNER = new Dim("other_inner");
  private static final Dim OTHER = new Dim("other");

  private final int layers;
  private final int heads;
  private final int width;
  private final Transformer model;
  private final Composition.Kind kind;

  CompositionScores(Transformer model, Composition.Kind kind) {
    this.model = model;
    this.kind = kind;
    layers = model.layers();
    heads = model.heads();
    width = model.config().sizes().dModel();
  }

  /** The scores [layer][head][later layer][head]. */
  double[][][][] all() {
    double[][][][] scores = new double[layers][heads][layers][heads];
    if (layers == 1) {
      return scores;
    }
    try (var owner = new Owner("Composition")) {
      var writers = new ArrayList<FactoredMatrix>();
      var readers = new ArrayList<FactoredMatrix>();
      for (int layer = 0; layer < layers - 1; layer++) {
        writers.add(Circuits.ov(model, layer));
        readers.add(reader(layer + 1));
      }
      var from = Side.of(writers, owner);
      var to = Side.of(readers.stream().map(FactoredMatrix::transposed).toList(), owner);
      var tiles = Tile.all(width, Math.max(1, TILE / heads / (layers - 1)));
      var sums = new float[tiles.size()][][];
      Parallel.forEach(
          IntStream.range(0, sums.length).boxed().toList(),
          i -> sums[i] = sums(from, to, tiles.get(i)),
          i -> {});
      for (int i = 0; i < sums.length; i++) {
        add(scores, sums[i], tiles.get(i).times);
      }
      divide(scores, from, to);
    }
    return scores;
  }

  private FactoredMatrix reader(int layer) {
    return switch (kind) {
      case Q -> Circuits.qk(model, layer);
      case K -> Circuits.qk(model, layer).transposed();
      case V -> Circuits.ov(model, layer);
    };
  }

  /**
   * The circuits of many layers as matrices {@code A B} whose {@code (A B)ᵀ(A B)} is wanted.
   *
   * @param facing B [layer, head, inner, d_model]
   * @param weighed AᵀA B [layer, head, inner, d_model]
   * @param squares of the norms of A B, by layer and head
   */
  private record Side(Tensor facing, Tensor weighed, float[] squares) {
    static Side of(List<FactoredMatrix> circuits, Owner owner) {
      try (var scope = Scope.open()) {
        var weighed = new ArrayList<Tensor>();
        for (FactoredMatrix circuit : circuits) {
          weighed.add(Scope.result(() -> weighed(circuit)));
        }
        Tensor facing =
            Tensor.stack(LAYER, circuits.stream().map(FactoredMatrix::right).toList())
                .order(LAYER, HEAD, INNER, COLUMN);
        Tensor stacked = Tensor.stack(LAYER, weighed);
        Tensor squares = facing.times(stacked).sum(INNER, COLUMN);
        return new Side(
            owner.keep(facing, "circuits"),
            owner.keep(stacked, "circuits"),
            squares.order(LAYER, HEAD).floats());
      }
    }

    private static Tensor weighed(FactoredMatrix circuit) {
      Tensor left = circuit.left();
      Tensor gram = left.dot(left.rename(INNER, OTHER_INNER), ROW);
      return gram.dot(circuit.right().rename(INNER, OTHER_INNER), OTHER_INNER)
          .order(HEAD, INNER, COLUMN);
    }

    /** A tile of the symmetric matrices [layer, head, other, column]. */
    Tensor part(Tile tile) {
      Tensor rows = facing.slice(COLUMN, tile.start, tile.end);
      return rows.rename(COLUMN, OTHER).dot(weighed.slice(COLUMN, tile.first, tile.last), INNER);
    }
  }

  /**
   * Some rows and columns of the symmetric matrices.
   *
   * @param times how often the tile counts: twice where it stands for its mirror image too
   */
  private record Tile(int start, int end, int first, int last, int times) {
    /**
     * Tiles that cover the diagonal and all to its right.
     *
     * @param area how many numbers of a matrix one tile may have
     */
    static List<Tile> all(int width, long area) {
      var tiles = new ArrayList<Tile>();
      int rows = (int) Math.max(1, Math.min(ROWS, Math.sqrt(area)));
      for (int start = 0; start < width; start += rows) {
        int end = Math.min(width, start + rows);
        tiles.add(new Tile(start, end, start, end, 1));
        int right = width - end;
        int parts = (int) ((right * (long) rows + area - 1) / area);
        for (int part = 0; part < parts; part++) {
          int first = end + right * part / parts;
          tiles.add(new Tile(start, end, first, end + right * (part + 1) / parts, 2));
        }
      }
      return tiles;
    }
  }

  /** The sums of products of a tile, for each group of readers [reader, head, writer, head]. */
  private float[][] sums(Side from, Side to, Tile tile) {
    try (var scope = Scope.open()) {
      Tensor writers = from.part(tile);
      Tensor readers = to.part(tile).rename(LAYER, READER_LAYER).rename(HEAD, READER);
      int all = layers - 1;
      var sums = new ArrayList<float[]>();
      for (int first = 0; first < all; first += group()) {
        int behind = Math.min(all, first + group());
        sums.add(
            readers
                .slice(READER_LAYER, first, behind)
                .dot(writers.slice(LAYER, 0, behind), OTHER, COLUMN)
                .order(READER_LAYER, READER, LAYER, HEAD)
                .floats());
      }
      return sums.toArray(float[][]::new);
    }
  }

  /** The number of layers of a group. */
  private int group() {
    return (layers - 1 + GROUPS - 1) / GROUPS;
  }

  private void add(double[][][][] scores, float[][] sums, int times) {
    for (int group = 0; group < sums.length; group++) {
      int first = group * group();
      int behind = Math.min(layers - 1, first + group());
      int at = 0;
      for (int reader = first; reader < behind; reader++) {
        for (int head = 0; head < heads; head++) {
          for (int writer = 0; writer < behind; writer++) {
            for (int writing = 0; writing < heads; writing++) {
              scores[writer][writing][reader + 1][head] += times * sums[group][at++];
            }
          }
        }
      }
    }
  }

  private void divide(double[][][][] scores, Side from, Side to) {
    for (int writer = 0; writer < layers; writer++) {
      for (int writing = 0; writing < heads; writing++) {
        for (int reader = 1; reader < layers; reader++) {
          for (int head = 0; head < heads; head++) {
            double[] row = scores[writer][writing][reader];
            if (reader <= writer) {
              row[head] = 0;
              continue;
            }
            double square =
                row[head]
                    / from.squares[writer * heads + writing]
                    / to.squares[(reader - 1) * heads + head];
            row[head] = square < LOST ? again(writer, writing, reader, head) : Math.sqrt(square);
          }
        }
      }
    }
  }

  /** The score of one pair, from its factors. */
  private double again(int writer, int writing, int reader, int head) {
    try (var scope = Scope.open()) {
      var ov = Circuits.ov(model, writer).select(HEAD, writing);
      return ov.composition(reader(reader).select(HEAD, head)).item();
    }
  }
}
