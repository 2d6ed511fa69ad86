package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;

import dev.fresnel.model.config.Sizes;
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

  /** A key behind its query weighs nothing in either run, so no position can change. */
  private Cell atSource(int index, int layer, Tensor from, int head, int query, int key) {
    return new Cell(
        index,
        layer,
        key > query ? -1 : query,
        (x, start) -> {
          Tensor row = x.select(HEAD, head).select(QUERY, query - start);
          Tensor weight = from.select(HEAD, head).select(QUERY, query).select(KEY, key);
          Tensor matrix =
              x.select(HEAD, head).with(QUERY, query - start, row.with(KEY, key, weight));
          return x.with(HEAD, head, matrix);
        });
  }
}
