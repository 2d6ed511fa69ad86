package dev.fresnel.hook;

import dev.fresnel.tensor.Tensor;

/**
 * What to do with an activation on its way: return it, or another of the same shape that the model
 * goes on with.
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
   * @return an activation of the same shape
   */
  Tensor apply(Tensor activation, HookPoint at);
}
