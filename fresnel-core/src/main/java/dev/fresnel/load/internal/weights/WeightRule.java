package dev.fresnel.load.internal.weights;

import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Where one weight comes from.
 *
 * @param target TransformerLens's name for it
 * @param source the file's name for it, without the prefix that a file may leave out
 * @param stored the shape that it has to have in the file
 * @param view what makes the target of the stored tensor: a view of the same memory
 * @param presence whether the file may leave it out
 */
public record WeightRule(
    String target, String source, Shape stored, UnaryOperator<Tensor> view, Presence presence) {
  /** Whether a file may leave a weight out. */
  public enum Presence {
    REQUIRED,
    /** Left out it counts as zero. */
    OPTIONAL
  }
}
