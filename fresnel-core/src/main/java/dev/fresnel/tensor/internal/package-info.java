/**
 * The operations of a transformer's layers on named tensors, computed by kernels. Start at {@link
 * dev.fresnel.tensor.internal.Fused}. Not API.
 */
@NullMarked
package dev.fresnel.tensor.internal;

import org.jspecify.annotations.NullMarked;
