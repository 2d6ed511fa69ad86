/**
 * The Hugging Face hub: downloads files into the cache that its Python client uses too, and finds
 * what either has put there.
 *
 * <p>{@link dev.fresnel.load.hub.Hub} is the door. A {@link dev.fresnel.load.hub.HubSnapshot} is
 * one commit of a repository, whose files come from the cache, or are fetched. What a file means,
 * and which ones a model needs, is {@code dev.fresnel.load}'s matter.
 */
@NullMarked
package dev.fresnel.load.hub;

import org.jspecify.annotations.NullMarked;
