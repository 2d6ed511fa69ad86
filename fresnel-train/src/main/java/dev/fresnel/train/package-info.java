/**
 * Trains a transformer on a text. A {@link dev.fresnel.train.Recipe} describes the training, a
 * {@link dev.fresnel.train.Trainer} takes the steps, a {@link dev.fresnel.train.History} records
 * how it went. The forward pass is {@link dev.fresnel.model.Transformer}'s own.
 */
@NullMarked
package dev.fresnel.train;

import org.jspecify.annotations.NullMarked;
