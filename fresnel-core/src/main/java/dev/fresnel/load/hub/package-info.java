/**
 * The Hugging Face hub. Downloads files into the cache of its Python client, and finds the files
 * that either of them put there.
 *
 * <p>Start at {@link dev.fresnel.load.hub.Hub}. A {@link dev.fresnel.load.hub.HubSnapshot} is one
 * commit of a repository; its files come from the cache or are downloaded. The package {@code
 * dev.fresnel.load} knows which files a model needs and what they mean.
 */
@NullMarked
package dev.fresnel.load.hub;

import org.jspecify.annotations.NullMarked;
