package dev.fresnel.load.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The Hugging Face hub and its cache on this machine.
 *
 * <pre>{@code
 * var snapshot = Hub.ofProcess(HubListener.NONE).open(HubId.main("openai-community/gpt2"));
 * Path config = snapshot.need("config.json");          // from the cache, or downloaded
 * }</pre>
 *
 * <p>What is in the cache is used without asking the hub; {@link #newest} asks. The environment
 * variables of the Python client say where both are.
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
   * @param environment the variables that say where the hub and the cache are
   * @param home the user's folder
   */
  public static Hub of(Map<String, String> environment, Path home, HubListener listener) {
    return new Hub(
        HubSettings.of(environment, home), listener, time -> Thread.sleep(time.toMillis()));
  }

  /** As the environment of this process says. */
  public static Hub ofProcess(HubListener listener) {
    return of(System.getenv(), Path.of(System.getProperty("user.home", ".")), listener);
  }

  /** A repository as the cache has it; what it lacks is downloaded when it is needed. */
  public HubSnapshot open(HubId id) {
    return new HubSnapshot(this, id, cache.commit(id).orElse(null));
  }

  /**
   * A repository as the hub has it now.
   *
   * @throws HubException if the hub cannot be asked, or has no such repository or revision
   */
  public HubSnapshot newest(HubId id) {
    var snapshot = new HubSnapshot(this, id, null);
    snapshot.ask();
    return snapshot;
  }

  /** Whether something of a repository's revision is in the cache. */
  public boolean has(HubId id) {
    return cache.commit(id).isPresent();
  }

  /** The folder that all repositories are kept in. */
  public Path cacheFolder() {
    return cache.root();
  }

  /** The models in the cache, by name. */
  public List<CachedModel> cached() {
    return CachedModel.list(cache);
  }

  /**
   * Deletes a model from the cache.
   *
   * @return how many bytes that freed
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
