package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.net.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Turns the hub's error responses into exceptions. The header {@code X-Error-Code} has the reason.
 */
final class Refusals {
  /** What the hub says of a token that is none of its own. */
  private static final String WRONG_TOKEN = "Invalid credentials";

  private final HubNetwork settings;

  Refusals(HubNetwork settings) {
    this.settings = settings;
  }

  /**
   * @param file null for a request about a repository
   */
  HubException of(int status, HttpHeaders headers, HubId id, @Nullable String file) {
    String asked = file == null ? id.toString() : file + " of " + id;
    switch (headers.firstValue("X-Error-Code").orElse("")) {
      case "GatedRepo":
        return gated(id);
      case "RepoNotFound":
        return noRepository(id);
      case "RevisionNotFound":
        return new HubException(
            Reason.NO_REVISION,
            id.repository()
                + " has no revision "
                + id.revision()
                + " on "
                + settings.endpoint()
                + "; a revision is a branch, a tag or a commit");
      case "EntryNotFound":
        return noFile(id, String.valueOf(file));
      default:
        break;
    }
    String said = headers.firstValue("X-Error-Message").map(Refusals::shown).orElse("");
    if (status == 401 && settings.token() != null && said.startsWith(WRONG_TOKEN)) {
      return wrongToken(asked, said);
    }
    if (status == 401) {
      return noRepository(id);
    }
    if (status == 404 && file == null) {
      return new HubException(
          Reason.NO_REPOSITORY,
          settings.endpoint()
              + " answers 404 to the question for "
              + id.repository()
              + ": it has no such repository, or it is no hub. Check the name and HF_ENDPOINT");
    }
    if (status == 404) {
      return noFile(id, String.valueOf(file));
    }
    return new HubException(
        Reason.REFUSED,
        asked
            + ": "
            + settings.endpoint()
            + " answers "
            + status
            + (said.isEmpty() ? "" : ", " + said)
            + (status == 403 ? ". " + tokenAdvice() : ""));
  }

  HubException noFile(HubId id, String file) {
    return new HubException(
        Reason.NO_FILE, id + " has no file " + file + " on " + settings.endpoint());
  }

  private HubException noRepository(HubId id) {
    return new HubException(
        Reason.NO_REPOSITORY,
        "there is no repository "
            + id.repository()
            + " on "
            + settings.endpoint()
            + " that may be seen: check the name, or it is private and a token may be needed. "
            + tokenAdvice());
  }

  private HubException wrongToken(String asked, String said) {
    return new HubException(
        Reason.REFUSED,
        asked
            + ": "
            + settings.endpoint()
            + " does not accept "
            + settings.token()
            + " ("
            + said
            + "): it is mistyped, expired or withdrawn. Get a new one with 'hf auth login', or remove"
            + " it: public models need none");
  }

  private HubException gated(HubId id) {
    return new HubException(
        Reason.GATED,
        id.repository()
            + " is gated: its owners ask you to accept their terms first, at "
            + settings.endpoint()
            + "/"
            + id.repository()
            + ". "
            + tokenAdvice());
  }

  private String tokenAdvice() {
    return settings.token() == null
        ? "No token was sent: set HF_TOKEN, or log in with 'hf auth login'"
        : settings.token() + " was sent, and gives no access";
  }

  /** Text from elsewhere: without control characters, and not long. */
  static String shown(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", "?");
    return clean.length() <= 200 ? clean : clean.substring(0, 200) + "…";
  }
}
