/**
 * Causal experiments: many runs that each change one thing, as one sweep that computes only what
 * can differ. Its results are {@link dev.fresnel.analysis.patch.Sweep}s of Java values.
 */
@org.jspecify.annotations.NullMarked
package dev.fresnel.analysis.patch;
