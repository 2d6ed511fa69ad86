/**
 * Estimates of patching effects by gradients: of activations ({@link
 * dev.fresnel.analysis.attribution.AttributionPatching}) and of edges between components ({@link
 * dev.fresnel.analysis.attribution.EdgeAttribution}).
 */
@NullMarked
package dev.fresnel.analysis.attribution;

import org.jspecify.annotations.NullMarked;
