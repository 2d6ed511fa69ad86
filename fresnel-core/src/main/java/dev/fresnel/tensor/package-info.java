@NullMarked
package dev.fresnel.tensor;

import org.jspecify.annotations.NullMarked;
