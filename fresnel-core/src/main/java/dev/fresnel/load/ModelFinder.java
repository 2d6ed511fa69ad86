package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.file.UserHome;
import dev.fresnel.load.hub.Hub;
import dev.fresnel.load.hub.HubException;
import dev.fresnel.load.hub.HubException.Reason;
import dev.fresnel.load.hub.HubId;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a user means by a model's name: a path if it exists, begins with {@code /}, {@code .} or
 * {@code ~}, or ends in {@code .gguf}; else a known name; else a repository of the hub, by its name
 * or by the address of its page.
 */
final class ModelFinder {
  private final Map<String, String> environment;
  private final Path home;
  private final Progress progress;
  private @Nullable Hub hub;

  ModelFinder(Map<String, String> environment, Path home, Progress progress) {
    this.environment = environment;
    this.home = home;
    this.progress = progress;
  }

  /** Of this process. */
  static ModelFinder ofProcess(Progress progress) {
    return new ModelFinder(System.getenv(), UserHome.ofProcess(), progress);
  }

  /** The hub; a path never needs it, so its variables are read only here. */
  Hub hub() {
    if (hub == null) {
      hub = Hub.of(environment, home, progress::atBytes);
    }
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
    if (path(model).filter(Files::exists).isPresent() || looksLikeAPath(model)) {
      Path path = expanded(model);
      if (!Files.exists(path)) {
        throw new FresnelException(MistypedPath.told(path) + ". Check the path");
      }
      return ModelDirectory.open(path, model, ModelDirectory.plainName(path), this::cached);
    }
    HubName name = hubName(model);
    try {
      return HubModel.open(hub(), name, model, this::cached);
    } catch (HubException e) {
      throw mayBeAPath(model, e);
    }
  }

  /** The files of a model of the hub that is in the cache; nothing is downloaded. */
  Optional<ModelFiles> cached(String model) {
    var offline = new HashMap<>(environment);
    offline.put("HF_HUB_OFFLINE", "1");
    Hub cache = Hub.of(offline, home, progress::atBytes);
    Optional<HubName> name = HubId.parse(model).flatMap(id -> HubName.of(model, cache));
    try {
      return name.map(found -> HubModel.open(cache, found, model, other -> Optional.empty()));
    } catch (HubException e) {
      if (e.reason() == Reason.OFFLINE) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * What is neither a path that exists nor a repository that can be had may be meant as either:
   * first what was seen on this machine, then what became of the question to the hub.
   */
  private static HubException mayBeAPath(String model, HubException e) {
    boolean elsewhere =
        e.reason() == Reason.UNREACHABLE
            || e.reason() == Reason.OFFLINE
            || e.reason() == Reason.NO_REPOSITORY;
    Optional<Path> path = path(model);
    boolean either = HubId.isRepository(model) && model.contains("/") && path.isPresent();
    if (!elsewhere || !either || !e.getMessage().contains(model)) {
      return e; // it is no path by its form, or the failure is about another repository
    }
    Path folder = path.get().getParent();
    String seen =
        folder != null && Files.isDirectory(folder)
            ? MistypedPath.told(path.get())
            : "there is no file or folder " + model;
    String asked =
        e.reason() == Reason.UNREACHABLE && e.getCause() instanceof ConnectException refused
            ? "whether the hub has a repository of that name is not known: "
                + refused.getMessage()
                + ". Check the path, or the network, HF_ENDPOINT and https_proxy"
            : e.getMessage();
    return e.told(seen + "; " + asked);
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
    String name = hub().nameAt(model).orElse(model);
    return HubName.of(name, hub()).orElseThrow(() -> unknown(name));
  }

  private static FresnelException unknown(String model) {
    int at = model.indexOf('@');
    boolean wrongRevision =
        at >= 0
            && HubId.isRepository(model.substring(0, at))
            && HubId.parse("org/name" + model.substring(at)).isEmpty();
    if (wrongRevision) {
      return new FresnelException(
          "'"
              + model.substring(at + 1)
              + "' cannot be a revision of "
              + model.substring(0, at)
              + ": a revision is a branch, a tag or a commit, of letters, digits, '_', '-', '.' and"
              + " '/'");
    }
    Optional<Path> path = path(model);
    if (path.isPresent() && path.get().getNameCount() > 1) {
      return new FresnelException(
          MistypedPath.told(path.get())
              + ". It cannot be a repository of the hub either: write ORG/NAME[@REVISION]");
    }
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
    if (model.contains("://")) {
      return false;
    }
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
              + " begins with ~, but this user has no home folder; write the whole path, or set"
              + " HOME");
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
