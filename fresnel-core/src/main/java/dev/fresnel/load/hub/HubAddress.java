package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses of the hub's pages, as a browser shows them: {@code
 * https://huggingface.co/ORG/NAME[/tree/REVISION]}.
 */
final class HubAddress {
  private static final Pattern ADDRESS =
      Pattern.compile("(?i)(?<scheme>https?://)?(?<host>[^/?#@\\s]+)(?<path>/[^?#]*)?(?:[?#].*)?");
  private static final Set<String> PUBLIC = Set.of("huggingface.co", "www.huggingface.co", "hf.co");
  private static final Set<String> OTHER_KINDS =
      Set.of("datasets", "spaces", "kernels", "buckets", "collections", "papers", "docs", "blog");

  private HubAddress() {}

  /**
   * The model's name, {@code ORG/NAME[@REVISION]}; of the few old pages {@code /NAME} the name
   * alone.
   *
   * @param endpoint the hub in use; its pages count too
   * @return empty if the text is no address
   * @throws FresnelException if the address names no model as a whole
   */
  static Optional<String> name(String text, Supplier<URI> endpoint) {
    Matcher address = ADDRESS.matcher(text.strip());
    if (!address.matches()) {
      return Optional.empty();
    }
    String host = address.group("host").toLowerCase(Locale.ROOT);
    boolean known = PUBLIC.contains(host);
    if (!known && address.group("scheme") == null) {
      return Optional.empty();
    }
    String path = address.group("path") == null ? "" : address.group("path");
    if (!known) {
      path = below(endpoint.get(), host, path, text);
    }
    List<String> parts =
        Arrays.stream(path.split("/"))
            .filter(part -> !part.isEmpty())
            .map(HubAddress::decoded)
            .toList();
    return Optional.of(name(text, parts));
  }

  private static String below(URI endpoint, String host, String path, String text) {
    String root = endpoint.getPath() == null ? "" : endpoint.getPath();
    if (!host.equalsIgnoreCase(endpoint.getAuthority()) || !path.startsWith(root)) {
      throw new FresnelException(
          text
              + " is no page of the hub "
              + endpoint
              + ". Give a page of a model there, ORG/NAME, or the path of a file");
    }
    return path.substring(root.length());
  }

  private static String name(String text, List<String> parts) {
    List<String> rest = parts;
    if (!rest.isEmpty() && rest.get(0).equals("models")) {
      rest = rest.subList(1, rest.size());
    }
    if (rest.isEmpty() || OTHER_KINDS.contains(rest.get(0))) {
      throw wrong(text, "is no page of a model", "ORG/NAME");
    }
    if (rest.size() == 1) {
      return rest.get(0);
    }
    String repository = rest.get(0) + "/" + rest.get(1);
    if (!HubId.isRepository(repository)) {
      throw wrong(text, "is no page of a model", "ORG/NAME");
    }
    List<String> place = rest.subList(2, rest.size());
    if (place.isEmpty() || place.equals(List.of("tree"))) {
      return repository;
    }
    boolean pullRequest = place.size() == 4 && place.subList(1, 3).equals(List.of("refs", "pr"));
    String revision = String.join("/", place.subList(1, place.size()));
    if (!place.get(0).equals("tree") || !(place.size() == 2 || pullRequest)) {
      throw wrong(text, "is a page of a part of " + repository, repository + "[@REVISION]");
    }
    if (!HubId.isRevision(revision)) {
      throw wrong(text, "has no revision behind tree/", repository + "@REVISION");
    }
    return repository + "@" + revision;
  }

  private static FresnelException wrong(String text, String what, String write) {
    return new FresnelException(
        text
            + " "
            + what
            + "; a model is a whole repository: write "
            + write
            + " or its page's address. For a single file, download it and give its path");
  }

  private static String decoded(String part) {
    try {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return part;
    }
  }
}
