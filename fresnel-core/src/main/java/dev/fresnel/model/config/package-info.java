/**
 * What a decoder-only transformer computes, apart from its weights: {@link
 * dev.fresnel.model.config.ModelConfig} and the values that it is built of. Architectures differ in
 * these values alone.
 */
@NullMarked
package dev.fresnel.model.config;

import org.jspecify.annotations.NullMarked;
