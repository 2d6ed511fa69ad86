package dev.fresnel.load.hub;

import dev.fresnel.file.InputFile;
import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A repository at one commit. All its files are of that commit, whatever changes on the hub
 * meanwhile. Not thread-safe.
 */
public final class HubSnapshot {
  private final Hub hub;
  private final HubId id;
  private @Nullable String commit;
  private @Nullable Listing listing;
  private @Nullable HubException unreachable;

  HubSnapshot(Hub hub, HubId id, @Nullable String commit) {
    this.hub = hub;
    this.id = id;
    this.commit = commit;
  }

  public HubId id() {
    return id;
  }

  /**
   * A required file.
   *
   * @return its path in the cache
   * @throws HubException if it does not exist or cannot be downloaded
   */
  public Path need(String file) {
    return find(file).orElseThrow(() -> cannotHave(file));
  }

  /**
   * An optional file.
   *
   * @return its path in the cache; empty if the repository does not have it, or if it is not in the
   *     cache and the hub cannot be reached
   * @throws HubException if it exists but cannot be downloaded
   */
  public Optional<Path> find(String file) {
    if (!Names.isFile(file)) {
      return Optional.empty();
    }
    Optional<Path> cached = cached(file);
    if (cached.isPresent()
        || isKnownMissing(file)
        || hub.settings().offline()
        || unreachable != null) {
      return cached;
    }
    try {
      ask();
    } catch (HubException e) {
      if (commit == null || e.reason() != Reason.UNREACHABLE) {
        throw e;
      }
      unreachable = e;
      return Optional.empty();
    }
    String at = commit();
    if (!listed().files().contains(file)) {
      hub.cache().recordMissing(id.repository(), at, file);
      return Optional.empty();
    }
    return Optional.of(fetch(file));
  }

  /** The repository's files; if the hub cannot be asked, those in the cache. */
  public Set<String> files() {
    if (listing == null && !hub.settings().offline() && unreachable == null) {
      try {
        ask();
      } catch (HubException e) {
        if (commit == null || e.reason() != Reason.UNREACHABLE) {
          throw e;
        }
        unreachable = e;
      }
    }
    return listing == null ? cachedFiles() : listing.files();
  }

  /** Whether the hub has been asked for the list of files. */
  public boolean isListed() {
    return listing != null;
  }

  /** The files that are in the cache. */
  public Set<String> cachedFiles() {
    Set<String> files = new TreeSet<>();
    if (commit == null || !Files.isDirectory(folder())) {
      return files;
    }
    Path folder = folder();
    try (var found = Files.walk(folder)) {
      found
          .filter(Files::isRegularFile)
          .forEach(file -> files.add(folder.relativize(file).toString().replace('\\', '/')));
    } catch (IOException e) {
      throw new HubException(Reason.DISK, folder + " cannot be listed: " + InputFile.reason(e), e);
    }
    return files;
  }

  /** The folder of the files. */
  public Path folder() {
    return hub.cache().snapshot(id.repository(), commit());
  }

  /** Records this commit as the revision's; call it once all needed files are in the cache. */
  public void keep() {
    if (commit != null && Files.isDirectory(folder())) {
      hub.cache().remember(id, commit);
    }
  }

  private String commit() {
    if (commit == null) {
      ask();
    }
    return commit == null ? "" : commit;
  }

  private Listing listed() {
    ask();
    if (listing == null) {
      throw new IllegalStateException("asked, but has no listing");
    }
    return listing;
  }

  /** Asks the hub for the list of files, once. */
  void ask() {
    if (listing != null) {
      return;
    }
    if (hub.settings().offline()) {
      throw new HubException(Reason.OFFLINE, offlineMessage(id.toString()));
    }
    listing = hub.http().listing(commit == null ? id : id.at(commit));
    commit = listing.commit();
  }

  private Optional<Path> cached(String file) {
    return commit == null
        ? Optional.empty()
        : Optional.of(folder().resolve(file)).filter(Files::isRegularFile);
  }

  private boolean isKnownMissing(String file) {
    return commit != null && hub.cache().isMissing(id.repository(), commit, file);
  }

  private Path fetch(String file) {
    HubId here = id.at(commit());
    HubCache cache = hub.cache();
    RemoteFile remote = hub.http().head(here, file);
    Path pointer = folder().resolve(file);
    Path blob = cache.blob(id.repository(), remote.etag());
    new BlobDownload(hub.http(), hub.listener(), here, file, remote)
        .to(blob, cache.lock(id.repository(), remote.etag()));
    cache.link(blob, pointer);
    if (cache.commit(id).isEmpty()) {
      keep();
    }
    return pointer;
  }

  private HubException cannotHave(String file) {
    if (hub.settings().offline()) {
      return new HubException(Reason.OFFLINE, offlineMessage(file + " of " + id));
    }
    if (unreachable != null) {
      return unreachable;
    }
    return hub.http().refusals().noFile(id, file);
  }

  private String offlineMessage(String what) {
    HubCache cache = hub.cache();
    Path folder = cache.folder(id.repository());
    String place =
        commit != null
            ? folder() + " does not have it"
            : Files.isDirectory(folder)
                ? folder + " has no revision " + id.revision()
                : "there is no " + folder;
    return what
        + " is not in the Hugging Face cache: "
        + place
        + ". "
        + hub.settings().offlineBy()
        + " is set, so nothing is downloaded: unset it, or fetch it elsewhere with 'fresnel"
        + " download "
        + id
        + "' and copy the folder";
  }

  @Override
  public String toString() {
    return "HubSnapshot[%s at %s]".formatted(id, commit == null ? "no known commit" : commit);
  }
}
