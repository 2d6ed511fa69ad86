package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.NearestNames;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a user means by a model's name: a path if it exists, begins with {@code /}, {@code .} or {@code
 * ~}, or ends in {@code .gguf}; else a known name; else a repository of the hub.
 */
final class ModelFinder {
  /** TransformerLens's short names for repositories of the hub. */
  private static final Map<String, String> SHORT_NAMES =
      new TreeMap<>(Map.of("gpt2", "openai-community/gpt2", "gpt2-small", "openai-community/gpt2"));

  private final Path home;
  private final HubCache cache;

  ModelFinder(Map<String, String> environment, Path home) {
    this.home = home;
    cache = new HubCache(environment, home);
  }

  /** Of this process. */
  static ModelFinder ofProcess() {
    return new ModelFinder(System.getenv(), Path.of(System.getProperty("user.home", ".")));
  }

  /** The names that stand for a model by themselves. */
  static List<String> knownNames() {
    var names = new ArrayList<String>();
    names.add(HandMadeModel.NAME);
    names.addAll(SHORT_NAMES.keySet());
    return List.copyOf(names);
  }

  /** Whether a name stands for the model that is made by code. */
  static boolean isHandMade(String model) {
    return model.equals(HandMadeModel.NAME) && path(model).filter(Files::exists).isEmpty();
  }

  /** Opens the files that a name stands for. */
  ModelFiles open(String model) {
    Optional<Path> path = path(model);
    if (path.filter(Files::exists).isPresent() || looksLikeAPath(model)) {
      return ModelDirectory.open(expanded(model), model);
    }
    if (SHORT_NAMES.containsKey(model)) {
      return ofHub(new HubId(SHORT_NAMES.get(model), "main"), model);
    }
    return ofHub(HubId.parse(model).orElseThrow(() -> unknown(model)), model);
  }

  private ModelFiles ofHub(HubId id, String asked) {
    Path snapshot = cache.snapshot(id).orElseThrow(() -> notDownloaded(id));
    return ModelDirectory.open(snapshot, asked, id.repository());
  }

  private FresnelException notDownloaded(HubId id) {
    Path folder = cache.folder(id);
    return new FresnelException(
        id
            + " is no path that exists, and is not in the Hugging Face cache: "
            + (Files.isDirectory(folder)
                ? folder + " has no revision " + id.revision()
                : "there is no " + folder)
            + ". Downloading is not built in yet: fetch it with 'hf download "
            + id.repository()
            + "', or give the path of a folder with config.json and weights, or of a .gguf file");
  }

  private static FresnelException unknown(String model) {
    return new FresnelException(
        "'"
            + model
            + "' is no path that exists, no known name and no repository ORG/NAME of the hub. Known names: "
            + String.join(", ", knownNames())
            + "; the nearest is "
            + NearestNames.of(model, knownNames()).get(0));
  }

  private static boolean looksLikeAPath(String model) {
    return model.startsWith("/")
        || model.startsWith(".")
        || model.startsWith("~")
        || model.endsWith(".gguf")
        || path(model).filter(Path::isAbsolute).isPresent();
  }

  private static Optional<Path> path(String model) {
    try {
      return model.isEmpty() ? Optional.empty() : Optional.of(Path.of(model));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private Path expanded(String model) {
    if (model.equals("~")) {
      return home;
    }
    String rest = model.startsWith("~/") ? model.substring(2) : model;
    Path path =
        path(rest)
            .orElseThrow(() -> new FresnelException("'" + model + "' cannot be a path on this system"));
    return model.startsWith("~/") ? home.resolve(path) : path;
  }
}
