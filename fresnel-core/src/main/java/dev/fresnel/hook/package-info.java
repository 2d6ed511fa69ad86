/**
 * Where, what to do, and what was seen: {@link dev.fresnel.hook.HookKind} is the map of a
 * transformer, {@link dev.fresnel.hook.RunPlan} says which activations a run keeps or changes,
 * {@link dev.fresnel.hook.ActivationCache} holds what it kept. Hooks are arguments of a run, never
 * state of a model, so there is nothing to reset.
 */
@NullMarked
package dev.fresnel.hook;

import org.jspecify.annotations.NullMarked;
