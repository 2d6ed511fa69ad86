package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.hub.Hub;
import dev.fresnel.load.hub.HubId;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a user means by a name that is no path: a short name or a repository, perhaps with a
 * revision or a step of training behind an {@code @}.
 *
 * @param tokenizer the repository of the tokenizer, where the model's own files do not say
 * @param checkpoint the step whose file is meant, in a repository that keeps its states of training
 *     as files
 */
record HubName(HubId id, Optional<String> tokenizer, OptionalLong checkpoint) {
  private static final Pattern STEP = Pattern.compile("(?:step|token|checkpoint)?[-_]?(\\d{1,18})");

  /** Empty if it is neither. */
  static Optional<HubName> of(String asked, Hub hub) {
    int at = asked.indexOf('@');
    String name = at < 0 ? asked : asked.substring(0, at);
    Optional<KnownModel> known = KnownModels.find(name);
    if (known.isEmpty()) {
      return HubId.parse(asked).map(id -> new HubName(id, Optional.empty(), OptionalLong.empty()));
    }
    KnownModel model = known.get();
    String repository = model.repository().orElseThrow(() -> onNoHub(model));
    String revision = at < 0 ? HubId.MAIN : revision(model, asked.substring(at + 1));
    return HubId.parse(repository + "@" + revision)
        .map(id -> new HubName(whereItIs(id, model, hub), model.tokenizer(), OptionalLong.empty()));
  }

  private static FresnelException onNoHub(KnownModel model) {
    return new FresnelException(
        model.name()
            + " is on no hub. Get its files from their owners, and give the path of their folder");
  }

  /** {@code step400} is spelled as the repository spells it. */
  private static String revision(KnownModel model, String asked) {
    Matcher step = STEP.matcher(asked);
    return model.checkpoints().isPresent() && step.matches() && asked.length() < 19
        ? model.checkpoints().get() + step.group(1)
        : asked;
  }

  /** A repository that was moved may be in the cache under its former name. */
  private static HubId whereItIs(HubId id, KnownModel model, Hub hub) {
    Optional<HubId> before = model.formerly().map(name -> new HubId(name, id.revision()));
    return before.isPresent() && !hub.has(id) && hub.has(before.get()) ? before.get() : id;
  }

  /** The same with the revision understood as a step whose file is on the main branch. */
  Optional<HubName> asCheckpointFile() {
    Matcher step = STEP.matcher(id.revision());
    return step.matches()
        ? Optional.of(
            new HubName(
                id.at(HubId.MAIN), tokenizer, OptionalLong.of(Long.parseLong(step.group(1)))))
        : Optional.empty();
  }
}
