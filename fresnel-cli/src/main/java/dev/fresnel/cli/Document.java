package dev.fresnel.cli;

import dev.fresnel.viz.Figure;
import java.util.List;
import java.util.Optional;

/**
 * A command's result. Implementations are records, whose components, in snake_case, are the fields
 * of the JSON document.
 */
interface Document {
  /** The result as text, at most 80 columns wide unless names are longer. */
  String text();

  /** What a terminal with colours shows below the text; empty for nothing. */
  default Optional<Figure> figure() {
    return Optional.empty();
  }

  /** What goes into a file: the same, unless a terminal has no room for it. */
  default Optional<Figure> wholeFigure() {
    return figure();
  }

  /** The same of each of several texts, in order. */
  default List<Figure> wholeFigures() {
    return wholeFigure().stream().toList();
  }

  /** What the JSON document holds: this record, unless its fields are not those of the document. */
  default Object json() {
    return this;
  }
}
