package dev.fresnel.analysis.attribution;

import dev.fresnel.analysis.Rows;
import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The estimated effect of patching each edge between two components.
 *
 * @param writers the components that write to the residual stream, in the order of the model
 * @param readers the components that read it, in the order of the model
 * @param values how much the metric of the corrupted run would change if the reader read what the
 *     writer wrote in the clean run [writer][reader]; NaN where the reader comes first
 * @param clean the metric of the clean run
 * @param corrupted the metric of the corrupted run
 */
public record EdgeEffects(
    List<Component> writers,
    List<Component> readers,
    double[][] values,
    double clean,
    double corrupted) {
  /** One edge and its effect. */
  public record Edge(Component writer, Component reader, double effect) {
    /** {@code L0H1->L1H0.q}. */
    public String label() {
      return writer.label() + "->" + reader.label();
    }
  }

  public EdgeEffects {
    writers = List.copyOf(writers);
    readers = List.copyOf(readers);
    values = Rows.copy(values);
  }

  @Override
  public double[][] values() {
    return Rows.copy(values);
  }

  /**
   * The effect of one edge.
   *
   * @throws FresnelException if there is no such edge
   */
  public double at(Component writer, Component reader) {
    int row = writers.indexOf(writer);
    int column = readers.indexOf(reader);
    if (row < 0 || column < 0 || Double.isNaN(values[row][column])) {
      throw new FresnelException(
          "there is no edge from %s to %s; a writer comes before its reader"
              .formatted(writer, reader));
    }
    return values[row][column];
  }

  /** All edges, in the order of the model. */
  public List<Edge> edges() {
    var edges = new ArrayList<Edge>();
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        if (!Double.isNaN(values[row][column])) {
          edges.add(new Edge(writers.get(row), readers.get(column), values[row][column]));
        }
      }
    }
    return List.copyOf(edges);
  }

  /** All edges, those with the largest effects, whatever their sign, first. */
  public List<Edge> ranked() {
    return edges().stream()
        .sorted(Comparator.comparingDouble((Edge edge) -> -Math.abs(edge.effect())))
        .toList();
  }

  @Override
  public String toString() {
    return "EdgeEffects of %d writers on %d readers, metric %.4g clean, %.4g corrupted"
        .formatted(writers.size(), readers.size(), clean, corrupted);
  }
}
