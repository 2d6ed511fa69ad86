@NullMarked
package dev.fresnel.model;

import org.jspecify.annotations.NullMarked;
