/**
 * What families of models call their settings and weights, and how they store them: a table per
 * family.
 */
@NullMarked
package dev.fresnel.load.internal.family;

import org.jspecify.annotations.NullMarked;
