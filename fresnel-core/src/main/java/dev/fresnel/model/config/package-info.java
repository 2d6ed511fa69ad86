/**
 * The configuration of a decoder-only transformer: {@link dev.fresnel.model.config.ModelConfig} and
 * its parts. Architectures differ only in these values.
 */
@NullMarked
package dev.fresnel.model.config;

import org.jspecify.annotations.NullMarked;
