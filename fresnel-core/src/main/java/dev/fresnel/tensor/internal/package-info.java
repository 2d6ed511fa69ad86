/**
 * The door between named tensors and kernels: {@link dev.fresnel.tensor.internal.Fused}. Not API.
 */
@NullMarked
package dev.fresnel.tensor.internal;

import org.jspecify.annotations.NullMarked;
