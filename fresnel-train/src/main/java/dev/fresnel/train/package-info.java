/**
 * Trains a transformer on text: a {@link dev.fresnel.train.Recipe} says how, a {@link
 * dev.fresnel.train.Trainer} does it, a {@link dev.fresnel.train.History} tells how it went. The
 * forward pass is {@link dev.fresnel.model.Transformer}'s own.
 */
@NullMarked
package dev.fresnel.train;

import org.jspecify.annotations.NullMarked;
