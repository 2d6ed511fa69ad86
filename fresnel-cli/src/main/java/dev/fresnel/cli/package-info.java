/**
 * The {@code fresnel} command. Arguments become a model, tokens and a plan; the analyses do the
 * work; a {@link dev.fresnel.cli.Document} is the result, shown as text or as JSON.
 *
 * <p>A guided tour: {@link dev.fresnel.cli.Main} starts {@link dev.fresnel.cli.Cli}, which turns
 * mistakes into messages and exit codes. Each command is one class; options that several commands
 * share are mixins ({@code ModelOptions}, {@code TextOptions}, {@code OutputOptions}). Only {@link
 * dev.fresnel.cli.Console} writes.
 */
@NullMarked
package dev.fresnel.cli;

import org.jspecify.annotations.NullMarked;
