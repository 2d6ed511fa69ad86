/**
 * Computations on raw libtorch tensors, without names for axes. {@link
 * dev.fresnel.tensor.internal.kernel.Kernels} says what there is; {@link
 * dev.fresnel.tensor.internal.kernel.PlainKernels} computes it by libtorch's operations, step by
 * step, and {@link dev.fresnel.tensor.internal.kernel.FastKernels} by fused kernels where nobody
 * watches a step. The rest of the package is what the fast kernels are made of. Not API.
 */
@NullMarked
package dev.fresnel.tensor.internal.kernel;

import org.jspecify.annotations.NullMarked;
