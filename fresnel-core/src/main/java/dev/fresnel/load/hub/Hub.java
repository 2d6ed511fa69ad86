package dev.fresnel.load.hub;

import dev.fresnel.file.UserHome;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Hugging Face hub and its local cache.
 *
 * <pre>{@code
 * var snapshot = Hub.ofProcess(HubListener.NONE).open(HubId.main("openai-community/gpt2"));
 * Path config = snapshot.need("config.json");          // from the cache, or downloaded
 * }</pre>
 *
 * <p>Files in the cache are used without contacting the hub; {@link #newest} contacts it. The
 * environment variables of the Python client configure both.
 */
public final class Hub {
  private final HubSettings settings;
  private final Supplier<HubNetwork> network;
  private final HubCache cache;
  private final HubListener listener;
  private final Retries.Pause pause;
  private @Nullable HubHttp http;

  /**
   * @param network how to reach the hub; asked for when the hub is
   */
  Hub(
      HubSettings settings,
      Supplier<HubNetwork> network,
      HubListener listener,
      Retries.Pause pause) {
    this.settings = settings;
    this.network = network;
    this.listener = settings.withoutBars() ? listener.withoutBytes() : listener;
    this.pause = pause;
    cache = new HubCache(settings.cache());
  }

  /**
   * @param environment the environment variables that configure the hub and the cache
   * @param home the user's home folder
   */
  public static Hub of(Map<String, String> environment, Path home, HubListener listener) {
    return new Hub(
        HubSettings.of(environment, home),
        () -> HubNetwork.of(environment, home),
        listener,
        time -> Thread.sleep(time.toMillis()));
  }

  /** The hub as configured by this process's environment. */
  public static Hub ofProcess(HubListener listener) {
    return of(System.getenv(), UserHome.ofProcess(), listener);
  }

  /** A repository at the commit in the cache. Missing files are downloaded when they are needed. */
  public HubSnapshot open(HubId id) {
    return new HubSnapshot(this, id, cache.commit(id).orElse(null));
  }

  /**
   * A repository at the commit that the hub has now.
   *
   * @throws HubException if the hub cannot be reached, or has no such repository or revision
   */
  public HubSnapshot newest(HubId id) {
    var snapshot = new HubSnapshot(this, id, null);
    snapshot.ask();
    return snapshot;
  }

  /**
   * The model that an address of one of the hub's pages shows, such as {@code
   * https://huggingface.co/ORG/NAME/tree/REVISION}.
   *
   * @return {@code ORG/NAME[@REVISION]}; empty if the text is no address
   * @throws dev.fresnel.error.FresnelException if the address is not that of a model
   */
  public Optional<String> nameAt(String address) {
    return HubAddress.name(address, () -> network.get().endpoint());
  }

  /** Whether the cache has files of a repository's revision. */
  public boolean has(HubId id) {
    return cache.commit(id).isPresent();
  }

  /** The cache's folder. */
  public Path cacheFolder() {
    return cache.root();
  }

  /** The models in the cache, sorted by name. */
  public List<CachedModel> cached() {
    return CachedModel.list(cache);
  }

  /**
   * Deletes a model from the cache.
   *
   * @return the number of bytes that this freed
   */
  public long remove(CachedModel model) {
    return CachedModel.remove(cache, model);
  }

  HubSettings settings() {
    return settings;
  }

  HubCache cache() {
    return cache;
  }

  synchronized HubHttp http() {
    if (http == null) {
      http = new HubHttp(network.get(), pause, listener);
    }
    return http;
  }

  HubListener listener() {
    return listener;
  }

  @Override
  public String toString() {
    return "Hub[cache " + cacheFolder() + "]";
  }
}
