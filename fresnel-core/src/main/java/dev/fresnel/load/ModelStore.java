package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.UserHome;
import dev.fresnel.load.HubModel.Freshness;
import dev.fresnel.load.hub.CachedModel;
import dev.fresnel.load.hub.Hub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models of the hub: those with short names, and those that are on this machine.
 *
 * <pre>{@code
 * var store = ModelStore.ofProcess(Progress.NONE);
 * store.download("pythia-70m");
 * store.cached();                                      // what is here, and how large it is
 * }</pre>
 */
public final class ModelStore {
  private final ModelFinder finder;
  private final Hub hub;

  private ModelStore(Map<String, String> environment, Path home, Progress progress) {
    finder = new ModelFinder(environment, home, progress);
    hub = finder.hub();
  }

  /** As the environment of this process says. */
  public static ModelStore ofProcess(Progress progress) {
    return of(System.getenv(), UserHome.ofProcess(), progress);
  }

  /**
   * As an environment says.
   *
   * @param environment the variables that Python's huggingface_hub knows, and their values
   * @param home the user's folder
   */
  public static ModelStore of(Map<String, String> environment, Path home, Progress progress) {
    return new ModelStore(environment, home, progress);
  }

  /** The models that have short names. */
  public List<KnownModel> known() {
    return KnownModels.all();
  }

  /** The repositories in the cache. */
  public List<CachedModel> cached() {
    return hub.cached();
  }

  /** The folder that they are in. */
  public Path folder() {
    return hub.cacheFolder();
  }

  /**
   * What a download brought.
   *
   * @param repository {@code ORG/NAME}, at a revision other than the newest with {@code @REVISION}
   * @param folder where config.json and its like are
   * @param files how many files loading needs
   * @param bytes how large they are
   */
  public record Download(String repository, Path folder, int files, long bytes) {}

  /**
   * Fetches what loading a model needs, in its newest state; what is here already is not fetched
   * again.
   *
   * @param model a known name or ORG/NAME[@REVISION]
   * @throws FresnelException if it cannot be had, or could not be loaded
   */
  public Download download(String model) {
    HubName name = finder.hubName(model);
    var fetched = HubModel.fetch(hub, name, Freshness.NEWEST);
    long bytes = 0;
    for (Path file : fetched.files()) {
      bytes += size(file);
    }
    return new Download(name.id().toString(), fetched.folder(), fetched.files().size(), bytes);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new FresnelException(file + " cannot be read: " + InputFile.reason(e), e);
    }
  }

  /**
   * What was deleted.
   *
   * @param bytes how many that freed
   */
  public record Removal(String repository, long bytes) {}

  /**
   * Deletes a model from the cache, in all its revisions.
   *
   * @throws FresnelException if it is not there
   */
  public Removal remove(String model) {
    String repository = finder.hubName(model).id().repository();
    Optional<CachedModel> found =
        cached().stream().filter(cached -> cached.repository().equals(repository)).findFirst();
    return new Removal(
        repository,
        hub.remove(
            found.orElseThrow(
                () ->
                    new FresnelException(
                        repository
                            + " is not in "
                            + hub.cacheFolder()
                            + ": nothing to remove; 'fresnel models' lists what is there"))));
  }

  @Override
  public String toString() {
    return "ModelStore[" + folder() + "]";
  }
}
