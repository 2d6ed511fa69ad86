@NullMarked
package dev.fresnel.text;

import org.jspecify.annotations.NullMarked;
