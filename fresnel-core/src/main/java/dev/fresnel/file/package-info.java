/**
 * Files: those that appear whole or not at all, those from elsewhere, and those of the user alone.
 */
@NullMarked
package dev.fresnel.file;

import org.jspecify.annotations.NullMarked;
