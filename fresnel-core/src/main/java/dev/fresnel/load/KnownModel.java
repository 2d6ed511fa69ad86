package dev.fresnel.load;

import dev.fresnel.load.internal.family.Family;
import java.util.List;
import java.util.Optional;

/**
 * A model that can be asked for by a short name.
 *
 * @param family its class in transformers, or {@code HookedTransformer} for TransformerLens's own
 *     files
 * @param repository where it is on the hub; empty for one that is on none
 * @param names all short names, the usual one first
 * @param formerly what the repository was called before it was moved
 * @param tokenizer the repository of its tokenizer, where its own files do not say
 * @param checkpoints what stands before the step in the revisions that are states of training
 * @param lacks what in its configuration Fresnel does not know, such as {@code solu_ln}
 */
public record KnownModel(
    String family,
    Optional<String> repository,
    List<String> names,
    Optional<String> formerly,
    Optional<String> tokenizer,
    Optional<String> checkpoints,
    Optional<String> lacks) {

  public KnownModel {
    names = List.copyOf(names);
  }

  /** The usual short name. */
  public String name() {
    return names.get(0);
  }

  /** Whether it is on the hub, its family can be loaded, and it lacks nothing. */
  public boolean canBeLoaded() {
    return repository.isPresent()
        && lacks.isEmpty()
        && Family.all().stream().anyMatch(known -> known.family().equals(family));
  }
}
