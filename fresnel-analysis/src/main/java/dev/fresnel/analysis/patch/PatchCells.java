package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;

import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The cells of a patching sweep over one pair of texts, and the axes of its results. */
final class PatchCells {
  private final PatchSite site;
  private final PatchBy by;
  private final Sizes sizes;
  private final int length;

  PatchCells(PatchSite site, PatchBy by, Sizes sizes, int length) {
    this.site = site;
    this.by = by;
    this.sizes = sizes;
    this.length = length;
  }

  List<Axis> axes() {
    var layers = Axis.layers(sizes.layers());
    var positions = Axis.positions("position", length);
    var heads = Axis.heads(site.heads(sizes));
    return switch (by) {
      case POSITION ->
          site.ofHeads() ? List.of(layers, positions, heads) : List.of(layers, positions);
      case HEAD -> List.of(layers, heads);
      case SOURCE -> List.of(layers, heads, positions, Axis.positions("source", length));
    };
  }

  /**
   * @param source the activation to put in, of one text [batch 1, ..], by layer
   * @param differs the first position at which the texts differ; what stands before is the same in
   *     both
   */
  List<Cell> all(IntFunction<Tensor> source, int differs) {
    var cells = new ArrayList<Cell>();
    int index = 0;
    for (int layer = 0; layer < sizes.layers(); layer++) {
      Tensor from = source.apply(layer);
      switch (by) {
        case POSITION -> {
          for (int position = 0; position < length; position++) {
            for (int head = 0; head < (site.ofHeads() ? heads() : 1); head++) {
              cells.add(atPosition(index++, layer, from, position, head));
            }
          }
        }
        case HEAD -> {
          for (int head = 0; head < heads(); head++) {
            int h = head;
            cells.add(
                new Cell(index++, layer, differs, (x, start) -> wholeHead(x, from, start, h)));
          }
        }
        case SOURCE -> {
          for (int head = 0; head < heads(); head++) {
            for (int query = 0; query < length; query++) {
              for (int key = 0; key < length; key++) {
                cells.add(atSource(index++, layer, from, head, query, key));
              }
            }
          }
        }
      }
    }
    return cells;
  }

  /**
   * Whether each cell puts in another number than the base run has, in the order of {@link #all}.
   *
   * @param source the activation to put in, by layer
   * @param base the base run's activation, by layer
   */
  boolean[] change(IntFunction<Tensor> source, IntFunction<Tensor> base) {
    var changes = new ArrayList<Boolean>();
    for (int layer = 0; layer < sizes.layers(); layer++) {
      try (var scope = Scope.open()) {
        Tensor distance = source.apply(layer).minus(base.apply(layer)).abs();
        var axes = perCell();
        var others = distance.dims().stream().filter(dim -> !axes.contains(dim));
        for (float each :
            distance.sum(others.toArray(Dim[]::new)).order(axes.toArray(Dim[]::new)).floats()) {
          changes.add(each != 0);
        }
      }
    }
    boolean[] all = new boolean[changes.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = changes.get(i);
    }
    return all;
  }

  /** The axes of the activation along which cells differ. */
  private List<Dim> perCell() {
    var along = site.kind().positions();
    return switch (by) {
      case POSITION -> site.ofHeads() ? List.of(along, site.heads()) : List.of(along);
      case HEAD -> List.of(site.heads());
      case SOURCE -> List.of(HEAD, QUERY, KEY);
    };
  }

  private int heads() {
    return site.heads(sizes);
  }

  private Cell atPosition(int index, int layer, Tensor from, int position, int head) {
    var along = site.kind().positions();
    return new Cell(
        index,
        layer,
        position,
        (x, start) -> {
          Tensor there = from.select(along, position);
          if (site.ofHeads()) {
            var heads = site.heads();
            there = x.select(along, position - start).with(heads, head, there.select(heads, head));
          }
          return x.with(along, position - start, there);
        });
  }

  private Tensor wholeHead(Tensor x, Tensor from, int start, int head) {
    var along = site.kind().positions();
    Tensor part = from.slice(along, start, length).select(site.heads(), head);
    return x.with(site.heads(), head, part);
  }

  private Cell atSource(int index, int layer, Tensor from, int head, int query, int key) {
    return new Cell(
        index,
        layer,
        query,
        (x, start) -> {
          Tensor row = x.select(HEAD, head).select(QUERY, query - start);
          Tensor weight = from.select(HEAD, head).select(QUERY, query).select(KEY, key);
          Tensor matrix =
              x.select(HEAD, head).with(QUERY, query - start, row.with(KEY, key, weight));
          return x.with(HEAD, head, matrix);
        });
  }
}
