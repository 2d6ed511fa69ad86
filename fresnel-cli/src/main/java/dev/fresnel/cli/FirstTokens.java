package dev.fresnel.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.fresnel.viz.Figure;
import java.util.List;
import java.util.Optional;

/**
 * The result of a command that read only the beginning of its text.
 *
 * @param document the command's result, whose fields stand beside {@code first} in JSON
 * @param first the most tokens that were read, BOS included
 */
record FirstTokens(Document document, int first) implements Document {
  /** The fields of the JSON document: the command's own, and one more. */
  private record Fields(@JsonUnwrapped Object document, int first) {}

  @Override
  public Object json() {
    return new Fields(document.json(), first);
  }

  @Override
  public String text() {
    return document.text();
  }

  @Override
  public Optional<Figure> figure() {
    return document.figure();
  }

  @Override
  public Optional<Figure> wholeFigure() {
    return document.wholeFigure();
  }

  @Override
  public List<Figure> wholeFigures() {
    return document.wholeFigures();
  }
}
