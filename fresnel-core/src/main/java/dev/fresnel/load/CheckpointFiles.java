package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.hub.HubId;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * States of training as TransformerLens's repositories keep them: {@code
 * checkpoints/NAME_STEP.pth}.
 */
final class CheckpointFiles {
  private static final Pattern FILE = Pattern.compile("checkpoints/.*_(\\d{1,18})\\.pth");
  private static final int HOW_MANY = 5;

  private CheckpointFiles() {}

  static Optional<String> find(Collection<String> files, long step) {
    return files.stream().filter(file -> step(file).orElse(-1) == step).sorted().findFirst();
  }

  private static OptionalLong step(String file) {
    Matcher matcher = FILE.matcher(file);
    return matcher.matches()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }

  static FresnelException unknown(HubId id, Collection<String> files, long step) {
    List<Long> steps =
        files.stream()
            .map(CheckpointFiles::step)
            .filter(OptionalLong::isPresent)
            .map(OptionalLong::getAsLong)
            .distinct()
            .sorted(Comparator.comparingLong(other -> Math.abs(other - step)))
            .toList();
    String nearest =
        steps.isEmpty()
            ? "it keeps none"
            : "of its "
                + steps.size()
                + " the nearest are "
                + steps.stream()
                    .limit(HOW_MANY)
                    .sorted()
                    .map(String::valueOf)
                    .reduce((a, b) -> a + ", " + b)
                    .orElse("");
    return new FresnelException(id.repository() + " has no checkpoint " + step + ": " + nearest);
  }
}
