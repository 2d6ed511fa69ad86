/**
 * Continues texts with a model, token by token. Start with {@link dev.fresnel.generate.Generation}.
 */
@NullMarked
package dev.fresnel.generate;

import org.jspecify.annotations.NullMarked;
