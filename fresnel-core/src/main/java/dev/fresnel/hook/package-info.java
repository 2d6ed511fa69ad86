@NullMarked
package dev.fresnel.hook;

import org.jspecify.annotations.NullMarked;
