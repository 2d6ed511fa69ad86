package dev.fresnel.load.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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
  private final HubCache cache;
  private final HubHttp http;
  private final HubListener listener;

  Hub(HubSettings settings, HubListener listener, Retries.Pause pause) {
    this.settings = settings;
    this.listener = listener;
    cache = new HubCache(settings.cache());
    http = new HubHttp(settings, pause, listener);
  }

  /**
   * @param environment the environment variables that configure the hub and the cache
   * @param home the user's home folder
   */
  public static Hub of(Map<String, String> environment, Path home, HubListener listener) {
    return new Hub(
        HubSettings.of(environment, home), listener, time -> Thread.sleep(time.toMillis()));
  }

  /** The hub as configured by this process's environment. */
  public static Hub ofProcess(HubListener listener) {
    return of(System.getenv(), Path.of(System.getProperty("user.home", ".")), listener);
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

  HubHttp http() {
    return http;
  }

  HubListener listener() {
    return listener;
  }
}
