/**
 * The forward pass. {@link dev.fresnel.model.Transformer} holds configuration and weights, {@link
 * dev.fresnel.model.Run} the results of one pass. To follow a pass, read {@code
 * Transformer.forward}, then {@code Block}, then {@code Attention} and {@code MlpLayer}: their code
 * has the order of the usual diagram.
 */
@NullMarked
package dev.fresnel.model;

import org.jspecify.annotations.NullMarked;
