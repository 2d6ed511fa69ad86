package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A repository on the hub, at a revision.
 *
 * @param repository {@code ORG/NAME}, or {@code NAME} for a few old repositories
 * @param revision a branch, a tag or a commit
 */
public record HubId(String repository, String revision) {
  /** The default revision. */
  public static final String MAIN = "main";

  private static final String WORD = "[A-Za-z0-9](?:[\\w.-]{0,94}\\w)?";
  private static final Pattern REPOSITORY = Pattern.compile("(?:" + WORD + "/)?" + WORD);
  private static final Pattern REVISION = Pattern.compile("[\\w-][\\w.-]*(?:/[\\w-][\\w.-]*)*");

  public HubId {
    if (!isRepository(repository) || !isRevision(revision)) {
      throw new FresnelException(
          repository + "@" + revision + " is not a name of the hub: write ORG/NAME@REVISION");
    }
  }

  /** A repository at its default revision. */
  public static HubId main(String repository) {
    return new HubId(repository, MAIN);
  }

  /** Reads {@code ORG/NAME} or {@code ORG/NAME@REVISION}. */
  public static Optional<HubId> parse(String text) {
    int at = text.indexOf('@');
    String repository = at < 0 ? text : text.substring(0, at);
    String revision = at < 0 ? MAIN : text.substring(at + 1);
    boolean valid = repository.contains("/") && isRepository(repository) && isRevision(revision);
    return valid ? Optional.of(new HubId(repository, revision)) : Optional.empty();
  }

  /** Whether a text is a valid repository name, with or without an organization. */
  public static boolean isRepository(String text) {
    return text.length() <= 193
        && REPOSITORY.matcher(text).matches()
        && !text.contains("--")
        && !text.contains("..");
  }

  static boolean isRevision(String text) {
    return text.length() <= 200 && REVISION.matcher(text).matches() && !text.contains("..");
  }

  public HubId at(String other) {
    return new HubId(repository, other);
  }

  @Override
  public String toString() {
    return revision.equals(MAIN) ? repository : repository + "@" + revision;
  }
}
