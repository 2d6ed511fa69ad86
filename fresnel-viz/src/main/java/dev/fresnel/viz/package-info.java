/**
 * Pictures. What an analysis returns becomes a {@link dev.fresnel.viz.Figure}; figures become a
 * {@link dev.fresnel.viz.Report}, one page that needs no network. {@link dev.fresnel.viz.HeatMap}
 * and {@link dev.fresnel.viz.Curves} draw any numbers.
 *
 * <p>A page holds its own script, style and data. Its content-security policy lets it fetch nothing
 * and run no other script. The text of a token is always shown, never run as markup or script.
 */
@NullMarked
package dev.fresnel.viz;

import org.jspecify.annotations.NullMarked;
