package dev.fresnel.hook;

import dev.fresnel.tensor.Tensor;

/**
 * Reads or changes an activation during a run. The model continues with the tensor that the hook
 * returns.
 *
 * <pre>{@code
 * Hook ablate = (z, at) -> z.with(HEAD, 1, 0.0);
 * }</pre>
 */
@FunctionalInterface
public interface Hook {
  /**
   * @param activation what the model computed, with the axes of {@link HookKind#dims}
   * @param at where
   * @return an activation of the same shape and type, never null; what it was given if it only
   *     looks
   */
  Tensor apply(Tensor activation, HookPoint at);
}
