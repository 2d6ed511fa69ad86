package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The folder in which the Hugging Face clients keep what they downloaded: HF_HUB_CACHE, else
 * HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub. Only read.
 */
final class HubCache {
  private static final long LONGEST_REF = 200;

  private final Path root;

  HubCache(Map<String, String> environment, Path home) {
    root = root(environment, home);
  }

  private static Path root(Map<String, String> environment, Path home) {
    String hub = environment.getOrDefault("HF_HUB_CACHE", "");
    if (!hub.isBlank()) {
      return Path.of(hub);
    }
    String base = environment.getOrDefault("HF_HOME", "");
    if (!base.isBlank()) {
      return Path.of(base).resolve("hub");
    }
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path caches = cache.isBlank() ? home.resolve(".cache") : Path.of(cache);
    return caches.resolve("huggingface").resolve("hub");
  }

  /** Where a repository is kept, whether or not it is there. */
  Path folder(HubId id) {
    return root.resolve("models--" + id.repository().replace("/", "--"));
  }

  /** The files of a revision, if they were downloaded. */
  Optional<Path> snapshot(HubId id) {
    Path folder = folder(id);
    Path reference = folder.resolve("refs").resolve(id.revision());
    String commit = Files.isRegularFile(reference) ? commit(reference) : id.revision();
    if (!commit.matches("[0-9A-Za-z._-]+") || commit.startsWith(".")) {
      return Optional.empty();
    }
    Path snapshot = folder.resolve("snapshots").resolve(commit);
    return Files.isDirectory(snapshot) ? Optional.of(snapshot) : Optional.empty();
  }

  private static String commit(Path reference) {
    try {
      return Files.size(reference) > LONGEST_REF ? "" : Files.readString(reference).strip();
    } catch (IOException e) {
      throw new FresnelException(reference + " cannot be read: " + e.getMessage(), e);
    }
  }
}
