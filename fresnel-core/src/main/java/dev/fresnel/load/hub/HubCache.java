package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.WholeFile;
import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The folder of downloaded files, with the layout of the Python client:
 *
 * <pre>
 * models--ORG--NAME/blobs/ETAG                  the bytes
 * models--ORG--NAME/snapshots/COMMIT/PATH       a link to them
 * models--ORG--NAME/refs/REVISION               the commit that a branch or tag was, when last asked
 * models--ORG--NAME/.no_exist/COMMIT/PATH       a file that the commit does not have
 * </pre>
 */
final class HubCache {
  /** The longest reference that is read, in bytes; a commit has 40. */
  private static final long LONGEST_REF = 200;

  private static final String LOCKS = ".locks";

  private final Path root;

  HubCache(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  /** The folder of a repository; it need not exist. */
  Path folder(String repository) {
    return root.resolve(folderName(repository));
  }

  static String folderName(String repository) {
    return "models--" + repository.replace("/", "--");
  }

  /**
   * The commit of a revision when the hub was last asked for it; empty if the cache has no files of
   * it.
   */
  Optional<String> commit(HubId id) {
    Path reference = reference(id);
    if (Files.isRegularFile(reference)) {
      return Optional.of(text(reference)).filter(Names::isCommit);
    }
    boolean isOne =
        Names.isCommit(id.revision())
            && Files.isDirectory(snapshot(id.repository(), id.revision()));
    return isOne ? Optional.of(id.revision()) : Optional.empty();
  }

  private static String text(Path reference) {
    try {
      return Files.size(reference) > LONGEST_REF ? "" : Files.readString(reference).strip();
    } catch (IOException e) {
      throw new FresnelException(reference + " cannot be read: " + InputFile.reason(e), e);
    }
  }

  Path reference(HubId id) {
    return folder(id.repository()).resolve("refs").resolve(id.revision());
  }

  Path snapshot(String repository, String commit) {
    return folder(repository).resolve("snapshots").resolve(commit);
  }

  Path blob(String repository, String etag) {
    return folder(repository).resolve("blobs").resolve(etag);
  }

  /**
   * The lock file, in the folder of the Python client's own locks. The two clients do not see each
   * other's locks.
   */
  Path lock(String repository, String etag) {
    return locks(repository).resolve(etag + ".fresnel.lock");
  }

  Path locks(String repository) {
    return root.resolve(LOCKS).resolve(folderName(repository));
  }

  /** Records that a commit lacks a file, so that nobody has to ask the hub again. */
  void recordMissing(String repository, String commit, String file) {
    Path mark = missing(repository, commit, file);
    try {
      Files.createDirectories(mark.getParent());
      Files.createFile(mark);
    } catch (IOException e) {
      // the hub will be asked again next time
    }
  }

  boolean isMissing(String repository, String commit, String file) {
    return Files.exists(missing(repository, commit, file));
  }

  private Path missing(String repository, String commit, String file) {
    return folder(repository).resolve(".no_exist").resolve(commit).resolve(file);
  }

  /** Puts a blob into a snapshot: as a link, or as the file itself on systems without links. */
  void link(Path blob, Path pointer) {
    try {
      Path folder = pointer.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Path target = folder.relativize(blob.toAbsolutePath());
      try {
        Files.createSymbolicLink(pointer, target);
      } catch (FileAlreadyExistsException e) {
        if (!Files.exists(pointer)) {
          Files.delete(pointer);
          Files.createSymbolicLink(pointer, target);
        }
      }
    } catch (UnsupportedOperationException | FileSystemException noLinks) {
      moveInstead(blob, pointer, noLinks);
    } catch (IOException e) {
      throw cannotWrite(pointer, e);
    }
  }

  private static void moveInstead(Path blob, Path pointer, Exception noLinks) {
    try {
      Files.move(
          blob, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      if (!Files.exists(pointer)) {
        e.addSuppressed(noLinks);
        throw cannotWrite(pointer, e);
      }
    }
  }

  /** Records which commit a revision is, unless the revision is the commit itself. */
  void remember(HubId id, String commit) {
    Path reference = reference(id);
    if (id.revision().equals(commit) || commit(id).filter(commit::equals).isPresent()) {
      return;
    }
    try {
      Path locks = Files.createDirectories(locks(id.repository()));
      Files.createDirectories(reference.getParent());
      byte[] content = commit.getBytes(StandardCharsets.US_ASCII);
      WholeFile.write(reference, locks, WholeFile.Content.of(content));
    } catch (IOException e) {
      throw cannotWrite(reference, e);
    }
  }

  private static HubException cannotWrite(Path path, IOException e) {
    return new HubException(Reason.DISK, path + " cannot be written: " + InputFile.reason(e), e);
  }
}
