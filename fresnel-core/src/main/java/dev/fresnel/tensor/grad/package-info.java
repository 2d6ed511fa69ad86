/**
 * Derivatives and training: {@link dev.fresnel.tensor.grad.Gradients} derives one number with
 * respect to tensors, {@link dev.fresnel.tensor.grad.CrossEntropy} is the loss, {@link
 * dev.fresnel.tensor.grad.AdamW} the optimizer, and {@link dev.fresnel.tensor.grad.Tape} records
 * what the fast kernels compute, so that training derives it by rules of its own.
 */
@NullMarked
package dev.fresnel.tensor.grad;

import org.jspecify.annotations.NullMarked;
