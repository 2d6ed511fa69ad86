/** Directions of the residual stream that steer what a model writes. */
@NullMarked
package dev.fresnel.analysis.steering;

import org.jspecify.annotations.NullMarked;
