package dev.fresnel.load;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A repository of the hub, at a revision.
 *
 * @param repository {@code ORG/NAME}, or for a few old ones {@code NAME}
 * @param revision a branch, a tag or a commit
 */
record HubId(String repository, String revision) {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*)(?:@([\\w.-]+(?:/[\\w.-]+)*))?");

  /** Reads {@code ORG/NAME} or {@code ORG/NAME@REVISION}. */
  static Optional<HubId> parse(String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches() || text.contains("..") || text.contains("--")) {
      return Optional.empty();
    }
    String revision = matcher.group(2);
    return Optional.of(new HubId(matcher.group(1), revision == null ? "main" : revision));
  }

  @Override
  public String toString() {
    return revision.equals("main") ? repository : repository + "@" + revision;
  }
}
