package dev.fresnel.load.hub;

import dev.fresnel.file.InputFile;
import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A repository in the cache.
 *
 * @param repository {@code ORG/NAME}
 * @param revisions the branches and tags that have files in the cache
 * @param bytes its size on the disk, in bytes
 * @param incomplete the bytes of unfinished downloads among these
 */
public record CachedModel(String repository, List<String> revisions, long bytes, long incomplete) {
  private static final String PREFIX = "models--";

  static List<CachedModel> list(HubCache cache) {
    var models = new ArrayList<CachedModel>();
    if (!Files.isDirectory(cache.root())) {
      return models;
    }
    try (var folders = Files.list(cache.root())) {
      for (Path folder : folders.sorted().toList()) {
        String name = folder.getFileName().toString();
        String repository =
            name.startsWith(PREFIX) ? name.substring(PREFIX.length()).replace("--", "/") : "";
        if (HubId.isRepository(repository)
            && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
          models.add(of(repository, folder));
        }
      }
    } catch (IOException e) {
      throw new HubException(
          Reason.DISK, cache.root() + " cannot be listed: " + InputFile.reason(e), e);
    }
    return models;
  }

  private static CachedModel of(String repository, Path folder) throws IOException {
    long bytes = 0;
    long incomplete = 0;
    Set<String> revisions = new TreeSet<>();
    Path references = folder.resolve("refs");
    for (Path file : plainFiles(folder)) {
      if (file.startsWith(references)) {
        revisions.add(references.relativize(file).toString().replace('\\', '/'));
      }
      long size = sizeOf(file);
      bytes += size;
      incomplete += file.getFileName().toString().endsWith(".incomplete") ? size : 0;
    }
    return new CachedModel(repository, List.copyOf(revisions), bytes, incomplete);
  }

  /** The size of a file; 0 if it has been deleted meanwhile. */
  private static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (IOException gone) {
      return 0;
    }
  }

  /** The regular files; links are left out. */
  private static List<Path> plainFiles(Path folder) throws IOException {
    var files = new ArrayList<Path>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  /** Deletes references first, so that a half-deleted model is no longer found. */
  static long remove(HubCache cache, CachedModel model) {
    Path folder = cache.folder(model.repository());
    try {
      long before = of(model.repository(), folder).bytes();
      for (Path part : List.of(folder.resolve("refs"), folder.resolve("snapshots"), folder)) {
        delete(part);
      }
      delete(cache.locks(model.repository()));
      return before;
    } catch (IOException e) {
      throw new HubException(Reason.DISK, folder + " cannot be deleted: " + InputFile.reason(e), e);
    }
  }

  /** Deletes a folder. Links are deleted, never followed. */
  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path dir, @org.jspecify.annotations.Nullable IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
