/** Circuits in weights: what heads do to any residual stream, read off their matrices alone. */
@NullMarked
package dev.fresnel.analysis.circuit;

import org.jspecify.annotations.NullMarked;
