package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.format.gguf.GgufParts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A path to a model: a folder as the hub keeps it, a folder of TransformerLens's, or one file. Says
 * what it looked for where it finds nothing.
 */
final class ModelDirectory {
  /** How weights are usually called, what is preferred first. */
  static final List<String> WEIGHTS =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  private static final List<String> LONE_ENDINGS =
      List.of(".safetensors", ".pth", ".pt", ".bin", ".gguf");

  /** What the names of a model's parts end in, before what the names of whole files end in. */
  private static final Pattern PART =
      Pattern.compile("(.+)-\\d{5}-of-\\d{5}(\\.(?:safetensors|bin|gguf))?");

  private final Path folder;
  private final String source;
  private final String name;

  private ModelDirectory(Path folder, String source, String name) {
    this.folder = folder;
    this.source = source;
    this.name = name;
  }

  /**
   * @param source what the user asked for
   */
  static ModelFiles open(Path path, String source) {
    return open(path, source, plainName(path));
  }

  static ModelFiles open(Path path, String source, String name) {
    return open(path, source, name, ModelFinder.ofProcess(Progress.NONE)::cached);
  }

  /**
   * @param bases finds the base of an adapter
   */
  static ModelFiles open(Path path, String source, String name, Adapter.Bases bases) {
    if (!Files.exists(path)) {
      throw new FresnelException("there is no file or folder " + path + "; check the path");
    }
    if (Files.isDirectory(path)) {
      return new ModelDirectory(path, source, name).open(bases);
    }
    InputFile.requireRegular(path);
    if (Adapter.WEIGHTS.contains(path.getFileName().toString())) {
      return new ModelDirectory(path.toAbsolutePath().getParent(), source, name).open(bases);
    }
    Path folder = path.toAbsolutePath().getParent();
    return new ModelDirectory(folder, source, name).open(whole(path));
  }

  /** Weights whose configuration is written in code. */
  static ModelFiles weightsOnly(Path weights, String name) {
    Path folder = weights.toAbsolutePath().getParent();
    return new ModelDirectory(folder, weights.toString(), name)
        .withSettings(weights, Settings.of("the configuration", Map.of()));
  }

  private ModelFiles open(Adapter.Bases bases) {
    List<String> present = list();
    if (Adapter.isIn(present)) {
      return adapter(present, bases);
    }
    if (!present.contains("config.json") && present.contains(WorkshopModel.FILE)) {
      return withSettings(folder.resolve(WorkshopModel.FILE), WorkshopModel.settings());
    }
    Optional<String> weights = WEIGHTS.stream().filter(present::contains).findFirst();
    return open(folder.resolve(weights.orElseGet(() -> lone(present))));
  }

  private ModelFiles adapter(List<String> present, Adapter.Bases bases) {
    List<String> whole = WEIGHTS.stream().filter(present::contains).toList();
    if (!whole.isEmpty()) {
      throw new FresnelException(
          "%s has an adapter (%s) and a whole model (%s); give the path of %s for the model, or move the adapter's files into a folder of their own"
              .formatted(folder, Adapter.CONFIG, whole.get(0), folder.resolve(whole.get(0))));
    }
    return Adapter.open(folder, bases).named(name, source);
  }

  private ModelFiles open(Path weights) {
    String file = weights.getFileName().toString();
    if (file.endsWith(".gguf")) {
      return GgufModel.open(weights).named(name, source);
    }
    Path config = InputFile.ofFolder(folder, "config.json");
    if (file.equals(WorkshopModel.FILE) && !Files.exists(config)) {
      return withSettings(weights, WorkshopModel.settings());
    }
    if (!Files.exists(config)) {
      throw new FresnelException(
          folder
              + " has weights ("
              + file
              + ") but no config.json, which says what the model is. Put it"
              + " there, or write a ModelConfig in code");
    }
    return withSettings(weights, Settings.read(config));
  }

  private ModelFiles withSettings(Path file, Settings settings) {
    return ModelFiles.of(folder, file, settings).named(name, source);
  }

  /** The only weight file of a folder that has none under a usual name. */
  private String lone(List<String> present) {
    for (String ending : LONE_ENDINGS) {
      List<String> files = present.stream().filter(file -> file.endsWith(ending)).toList();
      if (files.size() == 1 || GgufParts.ofOne(files)) {
        return files.get(0);
      }
      if (files.size() > 1) {
        throw several(files);
      }
    }
    String found = present.isEmpty() ? "It is empty" : "It holds " + shown(present);
    throw new FresnelException(
        folder
            + " has no weights"
            + (present.contains("config.json") ? ", only a config.json" : "")
            + ". Looked for "
            + String.join(", ", WEIGHTS)
            + ", or one file ending in "
            + String.join(", ", LONE_ENDINGS)
            + ". "
            + found);
  }

  private FresnelException several(List<String> files) {
    Matcher part = PART.matcher(files.get(0));
    if (part.matches() && !files.get(0).endsWith(".gguf")) {
      return new FresnelException(
          "%s has parts of a model (%s), but not their index %s, which says what is where; fetch it too"
              .formatted(folder, shown(files), part.group(1) + part.group(2) + WeightFiles.INDEX));
    }
    return new FresnelException(
        folder + " has several weight files: " + shown(files) + ". Give the path of one of them");
  }

  /** The index beside a file that is a part of a model; where there is none, the file. */
  private static Path whole(Path weights) {
    Matcher part = PART.matcher(weights.getFileName().toString());
    if (!part.matches()) {
      return weights;
    }
    Path index = weights.resolveSibling(part.group(1) + part.group(2) + WeightFiles.INDEX);
    return Files.exists(index) ? index : weights;
  }

  private static String shown(List<String> names) {
    int most = 8;
    String text = String.join(", ", names.subList(0, Math.min(most, names.size())));
    return names.size() <= most ? text : text + " and " + (names.size() - most) + " more";
  }

  private List<String> list() {
    var names = new ArrayList<String>();
    try (Stream<Path> files = Files.list(folder)) {
      files.map(file -> file.getFileName().toString()).sorted().forEach(names::add);
    } catch (IOException e) {
      throw new FresnelException(folder + " cannot be listed: " + InputFile.reason(e), e);
    }
    return names;
  }

  /** A path's last name, without the ending of a weight file or of a part. */
  static String plainName(Path path) {
    @Nullable Path last = path.toAbsolutePath().normalize().getFileName();
    String name = last == null ? path.toString() : last.toString();
    for (String ending : LONE_ENDINGS) {
      if (name.endsWith(ending)) {
        String bare = name.substring(0, name.length() - ending.length());
        Matcher part = PART.matcher(bare);
        return part.matches() ? part.group(1) : bare;
      }
    }
    return name;
  }
}
