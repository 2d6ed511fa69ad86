/**
 * Numbers in native memory with named dimensions: a facade over libtorch. Start at {@link
 * dev.fresnel.tensor.Tensor}; {@link dev.fresnel.tensor.Scope} and {@link dev.fresnel.tensor.Owner}
 * say who frees what. Nothing here knows what a transformer is.
 */
@NullMarked
package dev.fresnel.tensor;

import org.jspecify.annotations.NullMarked;
