/** Files that appear whole or not at all, and numbers of bytes for people. */
@NullMarked
package dev.fresnel.file;

import org.jspecify.annotations.NullMarked;
