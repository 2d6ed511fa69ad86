package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.file.UserHome;
import dev.fresnel.load.hub.Hub;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a user means by a model's name: a path if it exists, begins with {@code /}, {@code .} or
 * {@code ~}, or ends in {@code .gguf}; else a known name; else a repository of the hub.
 */
final class ModelFinder {
  private final Path home;
  private final Hub hub;

  ModelFinder(Map<String, String> environment, Path home, Progress progress) {
    this.home = home;
    hub = Hub.of(environment, home, progress::atBytes);
  }

  /** Of this process. */
  static ModelFinder ofProcess(Progress progress) {
    return new ModelFinder(System.getenv(), UserHome.ofProcess(), progress);
  }

  Hub hub() {
    return hub;
  }

  /** The short names of models. */
  static List<String> knownNames() {
    var names = new ArrayList<String>();
    names.addAll(IncludedModel.names());
    names.addAll(KnownModels.names());
    return List.copyOf(names);
  }

  /** The included model with this name, if there is one. */
  static Optional<IncludedModel> included(String model) {
    return path(model).filter(Files::exists).isPresent()
        ? Optional.empty()
        : IncludedModel.find(model);
  }

  /** Opens the files of the model with this name. */
  ModelFiles open(String model) {
    Optional<Path> path = path(model);
    if (path.filter(Files::exists).isPresent() || looksLikeAPath(model)) {
      return ModelDirectory.open(expanded(model), model);
    }
    return HubModel.open(hub, hubName(model), model);
  }

  /** What a name means on the hub. */
  HubName hubName(String model) {
    if (included(model).isPresent()) {
      throw new FresnelException(
          model + " comes with Fresnel: it is on no hub, and needs no download");
    }
    if (looksLikeAPath(model)) {
      throw new FresnelException(
          model + " is a path; on the hub a model is a known name or ORG/NAME[@REVISION]");
    }
    return HubName.of(model, hub).orElseThrow(() -> unknown(model));
  }

  private static FresnelException unknown(String model) {
    return new FresnelException(
        "'"
            + model
            + "' is no path that exists, no known name and no repository ORG/NAME of the hub. "
            + KnownModels.names().size()
            + " names are known, and "
            + String.join(", ", IncludedModel.names())
            + " come with Fresnel ('fresnel models' lists all); the nearest is "
            + String.join(", ", NearestNames.of(model, knownNames())));
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
    if (model.startsWith("~") && !home.isAbsolute()) {
      throw new FresnelException(
          model
              + " begins with ~, but this user has no home folder; write the whole path, or set HOME");
    }
    if (model.equals("~")) {
      return home;
    }
    String rest = model.startsWith("~/") ? model.substring(2) : model;
    Path path =
        path(rest)
            .orElseThrow(
                () -> new FresnelException("'" + model + "' cannot be a path on this system"));
    return model.startsWith("~/") ? home.resolve(path) : path;
  }
}
