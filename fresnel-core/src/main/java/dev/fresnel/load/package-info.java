/**
 * Finds models and opens them: files to a {@link dev.fresnel.model.Transformer}. {@link
 * dev.fresnel.Fresnel} is the door.
 *
 * <ol>
 *   <li>{@code ModelFinder} and {@code ModelDirectory} turn a name or a path into {@code
 *       ModelFiles}: settings, and weights of any format ({@code internal.format}).
 *   <li>A {@code Family} reads the settings into a {@link dev.fresnel.model.config.ModelConfig} and
 *       lists where each weight is ({@code internal.family}).
 *   <li>{@code WeightFit} compares the list with the file's headers before anything is allocated.
 *       {@code WeightReader} reads the weights part by part, and {@code WeightProcessing}
 *       simplifies them ({@code internal.weights}).
 * </ol>
 *
 * Files come from elsewhere. Whatever they hold, only {@link dev.fresnel.error.FresnelException}
 * leaves this package.
 */
@NullMarked
package dev.fresnel.load;

import org.jspecify.annotations.NullMarked;
