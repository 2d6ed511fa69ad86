package dev.fresnel.load.internal.format;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The weights of one model in several files. */
public final class Shards implements WeightSource {
  private final String name;
  private final Map<String, WeightSource> shardOf;
  private final List<WeightSource> shards;

  /**
   * @param name what to call the files in errors
   * @param shardOf the file of each weight
   * @param shards all files; closed with this
   */
  public Shards(
      String name,
      Map<String, ? extends WeightSource> shardOf,
      Collection<? extends WeightSource> shards) {
    this.name = name;
    this.shardOf = Collections.unmodifiableMap(shardOf);
    this.shards = List.copyOf(shards);
  }

  @Override
  public String description() {
    return name + " (" + shards.size() + " files)";
  }

  @Override
  public long bytes() {
    return shards.stream().mapToLong(WeightSource::bytes).sum();
  }

  @Override
  public Set<String> names() {
    return shardOf.keySet();
  }

  @Override
  public Stored stored(String name) {
    return shard(name).stored(name);
  }

  @Override
  public Tensor read(String name) {
    return shard(name).read(name);
  }

  private WeightSource shard(String wanted) {
    WeightSource shard = shardOf.get(wanted);
    if (shard == null) {
      throw new FresnelException(
          name
              + ": has no tensor "
              + StrictJson.shown(wanted)
              + "; "
              + FewNames.nearest(wanted, names()));
    }
    return shard;
  }

  @Override
  public boolean isMapped(String name) {
    return shard(name).isMapped(name);
  }

  @Override
  public void unmap() {
    shards.forEach(WeightSource::unmap);
  }

  @Override
  public void close() {
    shards.forEach(WeightSource::close);
  }
}
