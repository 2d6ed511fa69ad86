/**
 * Files to a {@link dev.fresnel.model.Transformer}; {@link dev.fresnel.Fresnel} is the door.
 *
 * <ol>
 *   <li>{@code ModelFinder} and {@code ModelDirectory} turn a name or a path into opened files:
 *       {@code Settings} and a {@link dev.fresnel.load.WeightSource}, whatever the format.
 *   <li>An {@code Family} reads the settings into a {@link dev.fresnel.model.ModelConfig} and
 *       writes down where each weight is ({@code WeightLayout}). One class a family; the only place
 *       that knows one family from another.
 *   <li>{@code WeightFit} compares that with the file's headers, before anything is allocated.
 *   <li>{@code WeightReader} reads part by part and gives the weights TransformerLens's names;
 *       {@code WeightProcessing} simplifies them.
 * </ol>
 *
 * Files come from elsewhere: whatever they hold, only {@link dev.fresnel.error.FresnelException}
 * leaves this package.
 */
@NullMarked
package dev.fresnel.load;

import org.jspecify.annotations.NullMarked;
