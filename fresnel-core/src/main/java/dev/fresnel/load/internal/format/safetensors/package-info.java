/** Reads safetensors files. */
@NullMarked
package dev.fresnel.load.internal.format.safetensors;

import org.jspecify.annotations.NullMarked;
