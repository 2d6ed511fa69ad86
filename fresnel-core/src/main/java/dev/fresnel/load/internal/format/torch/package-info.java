/** Reads torch files. */
@NullMarked
package dev.fresnel.load.internal.format.torch;

import org.jspecify.annotations.NullMarked;
