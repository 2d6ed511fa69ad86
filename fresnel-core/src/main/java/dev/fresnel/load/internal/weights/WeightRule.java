package dev.fresnel.load.internal.weights;

import dev.fresnel.model.WeightKind.Presence;
import dev.fresnel.model.WeightName;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Where one weight comes from.
 *
 * @param target which weight of the model
 * @param source the file's name for it, without the prefix that a file may leave out
 * @param stored the shape that it must have in the file
 * @param view what makes the target of the stored tensor: as a rule a view of the same memory
 * @param presence whether the file may leave it out
 */
public record WeightRule(
    WeightName target,
    String source,
    Shape stored,
    UnaryOperator<Tensor> view,
    Presence presence) {}
