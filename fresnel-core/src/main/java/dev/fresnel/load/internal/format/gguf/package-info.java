/** Reads gguf files. */
@NullMarked
package dev.fresnel.load.internal.format.gguf;

import org.jspecify.annotations.NullMarked;
