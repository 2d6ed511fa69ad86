/** Files of weights from elsewhere, whatever their format. */
@NullMarked
package dev.fresnel.load.internal.format;

import org.jspecify.annotations.NullMarked;
