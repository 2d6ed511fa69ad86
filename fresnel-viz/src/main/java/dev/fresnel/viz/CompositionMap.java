package dev.fresnel.viz;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.Composition;
import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The heat map of composition scores. */
final class CompositionMap {
  private CompositionMap() {}

  /**
   * Crosses stand where the second head is in no later layer.
   *
   * @throws FresnelException if the model has one layer, and so no pairs
   */
  static HeatMap of(Composition composition) {
    int layers = composition.layers();
    if (layers < 2) {
      throw new FresnelException(
          "composition is between two layers, and this model has one; there is nothing to draw");
    }
    var writers = heads(0, layers - 1, composition.heads());
    var readers = heads(1, layers, composition.heads());
    double[][] scores =
        writers.stream()
            .map(
                from ->
                    readers.stream()
                        .mapToDouble(
                            to -> to.layer() > from.layer() ? composition.at(from, to) : Double.NaN)
                        .toArray())
            .toArray(double[][]::new);
    double greatest =
        Arrays.stream(scores).flatMapToDouble(Arrays::stream).filter(x -> x > 0).max().orElse(0);
    return HeatMap.of(
            composition.kind() + "-composition",
            scores,
            labels("from", writers),
            labels("to", readers))
        .unit("score")
        .caption(
            "How much a column's head reads, by its %s, of what a row's head writes: 0 is nothing, 1 all of it. The greatest is %.3f."
                .formatted(read(composition.kind()), greatest));
  }

  private static List<HeadId> heads(int first, int end, int heads) {
    return IntStream.range(first, end)
        .boxed()
        .flatMap(layer -> IntStream.range(0, heads).mapToObj(head -> new HeadId(layer, head)))
        .toList();
  }

  private static Labels labels(String title, List<HeadId> heads) {
    return Labels.of(title, heads.stream().map(HeadId::label).toList());
  }

  private static String read(Composition.Kind kind) {
    return switch (kind) {
      case Q -> "queries";
      case K -> "keys";
      case V -> "values";
    };
  }
}
