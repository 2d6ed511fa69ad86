/**
 * From the weights of a file to the weights of a model: which are called for, whether they fit, how
 * they are read and processed.
 */
@NullMarked
package dev.fresnel.load.internal.weights;

import org.jspecify.annotations.NullMarked;
