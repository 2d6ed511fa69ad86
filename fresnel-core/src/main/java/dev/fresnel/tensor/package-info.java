/**
 * Tensors with named dimensions, in native memory: a facade over libtorch. Start at {@link
 * dev.fresnel.tensor.Tensor}; {@link dev.fresnel.tensor.Scope} and {@link dev.fresnel.tensor.Owner}
 * decide when memory is freed. Nothing in this package knows what a transformer is.
 */
@NullMarked
package dev.fresnel.tensor;

import org.jspecify.annotations.NullMarked;
