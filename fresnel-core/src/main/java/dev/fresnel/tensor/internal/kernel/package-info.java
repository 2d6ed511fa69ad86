/**
 * Kernels on raw libtorch tensors, without names for axes. {@link
 * dev.fresnel.tensor.internal.kernel.Kernels} lists the operations. {@link
 * dev.fresnel.tensor.internal.kernel.PlainKernels} computes them step by step by libtorch's
 * operations, {@link dev.fresnel.tensor.internal.kernel.FastKernels} by fused kernels where nothing
 * watches an intermediate value. The other classes are the parts of the fast kernels. Not API.
 */
@NullMarked
package dev.fresnel.tensor.internal.kernel;

import org.jspecify.annotations.NullMarked;
