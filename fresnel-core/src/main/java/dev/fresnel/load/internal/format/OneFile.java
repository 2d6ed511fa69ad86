package dev.fresnel.load.internal.format;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Weights in one file.
 *
 * @param <E> what the format's header says of a tensor
 */
public abstract class OneFile<E> implements WeightSource {
  protected final DataFile file;
  private final Map<String, E> entries;

  protected OneFile(DataFile file, Map<String, E> entries) {
    this.file = file;
    this.entries = entries;
  }

  /** Opens a file, and closes it again if its header is refused. */
  protected static <T> T open(Path path, Function<DataFile, T> reader) {
    var file = DataFile.open(path);
    try {
      return reader.apply(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  protected E entry(String name) {
    E entry = entries.get(name);
    if (entry == null) {
      throw file.error(
          "has no tensor " + StrictJson.shown(name) + "; " + FewNames.nearest(name, names()));
    }
    return entry;
  }

  @Override
  public String description() {
    return file.path().toString();
  }

  @Override
  public long bytes() {
    return file.length();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  @Override
  public void unmap() {
    file.unmap();
  }

  @Override
  public void close() {
    file.close();
  }
}
