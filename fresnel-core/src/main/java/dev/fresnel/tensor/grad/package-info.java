/**
 * Gradients and training. {@link dev.fresnel.tensor.grad.Gradients} differentiates one number with
 * respect to tensors, {@link dev.fresnel.tensor.grad.CrossEntropy} is the loss, and {@link
 * dev.fresnel.tensor.grad.AdamW} is the optimizer. {@link dev.fresnel.tensor.grad.Tape} records
 * what the fast kernels compute, so that training can use their own gradient rules.
 */
@NullMarked
package dev.fresnel.tensor.grad;

import org.jspecify.annotations.NullMarked;
