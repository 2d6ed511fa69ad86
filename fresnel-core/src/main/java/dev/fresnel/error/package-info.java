/** The one exception that Fresnel throws for input that it cannot use. */
@NullMarked
package dev.fresnel.error;

import org.jspecify.annotations.NullMarked;
