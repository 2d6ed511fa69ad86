package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.FewNames;
import dev.fresnel.load.internal.format.Shards;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.load.internal.format.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A GGUF model in several files, as llama.cpp's {@code llama-gguf-split} leaves it: {@code
 * NAME-00001-of-00003.gguf} and so on. The first part has the metadata, and each has some of the
 * tensors.
 *
 * @param metadata the first part's
 * @param weights all parts'; the caller closes it
 */
public record GgufParts(GgufMetadata metadata, WeightSource weights) {
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  /** llama-gguf-split writes five digits; published models have at most a few dozen parts. */
  private static final int MOST = 1_000;

  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";

  /** The names of all parts of the model that a file's name is of; empty where it is no part. */
  public static List<String> named(String file) {
    Matcher name = NAME.matcher(file);
    if (!name.matches()) {
      return List.of();
    }
    int count = Integer.parseInt(name.group(3));
    int number = Integer.parseInt(name.group(2));
    return number < 1 || number > count || count > MOST
        ? List.of()
        : IntStream.rangeClosed(1, count)
            .mapToObj(part -> "%s-%05d-of-%05d.gguf".formatted(name.group(1), part, count))
            .toList();
  }

  /** Whether files are parts of one model, not necessarily all. */
  public static boolean ofOne(Collection<String> files) {
    return !files.isEmpty() && named(files.iterator().next()).containsAll(files);
  }

  /**
   * Opens a model by its only file or by any of its parts.
   *
   * @param check called with the path of each part before it is opened
   * @throws FresnelException if a part is missing, damaged, or of another model
   */
  public static GgufParts open(Path path, Consumer<Path> check) {
    check.accept(path);
    Gguf given = Gguf.open(path);
    long count = number(given, COUNT, 1);
    if (count <= 1) {
      return new GgufParts(given.metadata(), given);
    }
    given.close();
    List<String> names = named(path.getFileName().toString());
    if (names.size() != count) {
      throw new FresnelException(
          "%s is part %d of a model in %d files, but is not called NAME-%05d-of-%05d.gguf, so the other parts cannot be found; give the parts the names that they had"
              .formatted(
                  path, number(given, NUMBER, 0) + 1, count, number(given, NUMBER, 0) + 1, count));
    }
    List<Path> files = names.stream().map(path.toAbsolutePath()::resolveSibling).toList();
    requireAll(path, files);
    return open(path, files, check);
  }

  private static void requireAll(Path path, List<Path> files) {
    List<String> missing =
        files.stream()
            .filter(file -> !Files.exists(file))
            .map(file -> file.getFileName().toString())
            .toList();
    if (!missing.isEmpty()) {
      throw new FresnelException(
          path
              + " is one of "
              + files.size()
              + " parts of a model; missing beside it: "
              + FewNames.of(missing)
              + ". Fetch them into the same folder");
    }
  }

  private static GgufParts open(Path path, List<Path> files, Consumer<Path> check) {
    var parts = new ArrayList<Gguf>();
    try {
      for (Path file : files) {
        check.accept(file);
        Gguf part = Gguf.open(file);
        parts.add(part);
        requireNumber(part, NUMBER, parts.size() - 1);
        requireNumber(part, COUNT, files.size());
      }
      var partOf = new LinkedHashMap<String, Gguf>();
      for (Gguf part : parts) {
        for (String tensor : part.names()) {
          Gguf other = partOf.put(tensor, part);
          if (other != null) {
            throw new FresnelException(
                "the tensor %s is in %s and in %s; the files do not belong together: fetch them again"
                    .formatted(StrictJson.shown(tensor), other.description(), part.description()));
          }
        }
      }
      requireNumber(parts.get(0), TENSORS, partOf.size());
      String name = path.toString();
      return new GgufParts(parts.get(0).metadata(), new Shards(name, partOf, parts));
    } catch (RuntimeException e) {
      parts.forEach(Gguf::close);
      throw e;
    }
  }

  private static void requireNumber(Gguf part, String key, long expected) {
    long found = number(part, key, expected);
    if (found != expected) {
      throw new FresnelException(
          "%s says %s %d, but %s; the files do not belong together: fetch them again"
              .formatted(
                  part.description(),
                  key,
                  found,
                  key.equals(TENSORS)
                      ? "the parts hold " + expected + " tensors"
                      : "its name says " + expected));
    }
  }

  private static long number(Gguf part, String key, long absent) {
    return part.metadata().has(key) ? part.metadata().integer(key) : absent;
  }
}
