/**
 * The one forward pass. {@link dev.fresnel.model.Transformer} holds configuration and weights,
 * {@link dev.fresnel.model.Run} what one pass gave. Read {@code Block}, then {@code Attention} and
 * {@code MlpLayer}: they are the diagram, in the same order.
 */
@NullMarked
package dev.fresnel.model;

import org.jspecify.annotations.NullMarked;
