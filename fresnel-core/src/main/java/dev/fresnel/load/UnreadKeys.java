package dev.fresnel.load;

import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.format.FewNames;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Keys of a file that change nothing, neither here nor in the original: most likely misspelt, so
 * they are told and not refused.
 */
final class UnreadKeys {
  private UnreadKeys() {}

  /**
   * @param harmless which keys are known to change nothing and need no word
   */
  static Optional<String> remark(Settings settings, Predicate<String> harmless) {
    return remark(
        settings.file(), settings.unread().stream().filter(key -> !harmless.test(key)).toList());
  }

  static Optional<String> remark(String file, List<String> unread) {
    return unread.isEmpty()
        ? Optional.empty()
        : Optional.of(
            file
                + ": nothing reads "
                + FewNames.of(unread)
                + ", here or in the original; check the spelling.");
  }
}
