@NullMarked
package dev.fresnel.load;

import org.jspecify.annotations.NullMarked;
