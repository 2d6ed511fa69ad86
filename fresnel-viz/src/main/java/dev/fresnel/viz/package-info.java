/**
 * Pictures: records of Java values become a {@link dev.fresnel.viz.Figure}, and figures become a
 * {@link dev.fresnel.viz.Report}, one self-contained page that needs no network.
 *
 * <p>A page carries its own script, style and data. Its content-security policy lets it fetch
 * nothing and run nothing but that script. What a text contains is always shown, never obeyed.
 */
@NullMarked
package dev.fresnel.viz;

import org.jspecify.annotations.NullMarked;
