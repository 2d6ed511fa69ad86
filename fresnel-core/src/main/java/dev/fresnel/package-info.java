/**
 * The door: {@link dev.fresnel.Fresnel} loads a model. From there, a guided tour:
 *
 * <ol>
 *   <li>{@link dev.fresnel.model.Transformer} turns text into {@link dev.fresnel.text.Tokens} and
 *       runs;
 *   <li>a {@link dev.fresnel.hook.RunPlan} says which activations a run keeps or changes, by the
 *       places that {@link dev.fresnel.hook.HookKind} lists;
 *   <li>the {@link dev.fresnel.model.Run} holds logits and the {@link
 *       dev.fresnel.hook.ActivationCache}, whose {@link dev.fresnel.tensor.Tensor}s have named
 *       dimensions;
 *   <li>the package {@code dev.fresnel.analysis} makes plain Java records of it, {@code
 *       dev.fresnel.viz} draws those.
 * </ol>
 */
@NullMarked
package dev.fresnel;

import org.jspecify.annotations.NullMarked;
