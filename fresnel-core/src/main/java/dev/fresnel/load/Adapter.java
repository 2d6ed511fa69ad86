package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.file.InputFile;
import dev.fresnel.load.internal.family.Family;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.format.FewNames;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.load.internal.weights.LoraWeights;
import dev.fresnel.load.internal.weights.LoraWeights.Change;
import dev.fresnel.load.internal.weights.WeightNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A folder as PEFT saves an adapter: {@code adapter_config.json} and the change of some weights of
 * another model, its base. A LoRA is merged into the base where that is a folder beside the
 * adapter's or in the hub's cache.
 */
final class Adapter {
  static final String CONFIG = "adapter_config.json";

  /** What the weights may be called, what is preferred first. */
  static final List<String> WEIGHTS = List.of("adapter_model.safetensors", "adapter_model.bin");

  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  private final Path folder;
  private final LoraSettings settings;

  /** Whether a folder beside it may hold its base; a folder of the hub's cache has no such one. */
  private final boolean hasNeighbours;

  private Adapter(Path folder, boolean hasNeighbours) {
    this.folder = folder;
    this.hasNeighbours = hasNeighbours;
    settings = LoraSettings.of(Settings.read(InputFile.ofFolder(folder, CONFIG)));
  }

  static boolean isIn(Collection<String> files) {
    return files.contains(CONFIG);
  }

  /** Opens the base with the adapter's changes. */
  static ModelFiles open(Path folder, Bases bases) {
    return new Adapter(folder, true).open(bases);
  }

  /** The same of an adapter in the hub's cache. */
  static ModelFiles ofHub(Path folder, Bases bases) {
    return new Adapter(folder, false).open(bases);
  }

  /** Refuses what cannot be merged, before the weights of an adapter are fetched. */
  static void requireMergeable(Path folder) {
    LoraSettings.of(Settings.read(InputFile.ofFolder(folder, CONFIG)));
  }

  /** Finds bases in the hub's cache. */
  @FunctionalInterface
  interface Bases {
    /**
     * @param model ORG/NAME, perhaps with a revision
     * @return the model's files; empty where they are not on this machine
     */
    Optional<ModelFiles> cached(String model);
  }

  private ModelFiles open(Bases bases) {
    Path weights =
        WEIGHTS.stream()
            .map(folder::resolve)
            .filter(Files::exists)
            .findFirst()
            .orElseThrow(
                () ->
                    new FresnelException(
                        folder
                            + " has an "
                            + CONFIG
                            + " but none of "
                            + String.join(", ", WEIGHTS)
                            + ", which hold what the adapter changes: fetch one of them into it"));
    ModelFiles base = base(bases);
    try {
      WeightSource changes = WeightFiles.open(weights);
      try {
        return base.withWeights(new LoraWeights(base.weights(), changes, changes(base, changes)));
      } catch (RuntimeException e) {
        changes.close();
        throw e;
      }
    } catch (RuntimeException e) {
      base.close();
      throw e;
    }
  }

  /** Beside the adapter, by the last part of its name, or in the cache. */
  private ModelFiles base(Bases bases) {
    Path beside = folder.toAbsolutePath().normalize().resolveSibling(settings.lastName());
    boolean isFolder =
        hasNeighbours
            && Files.isDirectory(beside)
            && !beside.equals(folder.toAbsolutePath().normalize());
    if (isFolder) {
      return ModelDirectory.open(beside, beside.toString());
    }
    return bases
        .cached(settings.base())
        .orElseThrow(
            () ->
                new FresnelException(
                    "%s holds a LoRA adapter, not a whole model. Its base %s is %s: fetch it with 'fresnel download %s'%s. Or merge them in Python: PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(BASE), ADAPTER).merge_and_unload().save_pretrained(FOLDER)"
                        .formatted(
                            folder,
                            StrictJson.shown(settings.base()),
                            hasNeighbours
                                ? "neither at " + beside + " nor in the Hugging Face cache"
                                : "not in the Hugging Face cache",
                            StrictJson.shown(settings.base()),
                            hasNeighbours ? ", or put its folder there" : "")));
  }

  /** What the adapter changes, by the weights' names in the base. */
  private Map<String, Change> changes(ModelFiles base, WeightSource adapter) {
    Family family = Family.of(base.settings());
    if (base.settings().text("model_type", "").isEmpty()) {
      throw new FresnelException(
          "%s: its base %s is not in the Hugging Face format (config.json with model_type), so the names of its weights are others; merge them in Python"
              .formatted(folder, base.source()));
    }
    // transformers' Conv1D, which GPT-2 alone has, keeps its matrices as [in, out].
    boolean transposed = base.settings().text("model_type", "").equals("gpt2");
    var names = WeightNames.of(base.weights(), family.naming());
    var changes = new LinkedHashMap<String, Change>();
    var unknown = new ArrayList<String>();
    for (String name : adapter.names()) {
      if (name.endsWith(B) && adapter.names().contains(a(name))) {
        continue;
      }
      if (!name.startsWith(PREFIX)
          || !name.endsWith(A)
          || !adapter.names().contains(name.replace(A, B))) {
        unknown.add(name);
        continue;
      }
      String module = name.substring(PREFIX.length(), name.length() - A.length());
      String prefix = family.naming().prefix();
      String plain =
          (module.startsWith(prefix) ? module.substring(prefix.length()) : module) + ".weight";
      if (!names.has(plain)) {
        throw new FresnelException(
            "%s: %s changes %s, which its base %s does not have; the nearest is %s. Check that %s is the base"
                .formatted(
                    folder,
                    StrictJson.shown(name),
                    StrictJson.shown(plain),
                    base.source(),
                    String.join(", ", NearestNames.of(plain, names.plainNames())),
                    base.source()));
      }
      String inBase = names.inFile(plain);
      var change =
          new Change(
              name, name.replace(A, B), settings.scale(module, rank(adapter, name)), transposed);
      requireFits(base.weights(), adapter, inBase, change);
      changes.put(inBase, change);
    }
    if (!unknown.isEmpty() || changes.isEmpty()) {
      throw new FresnelException(
          "%s: only pairs %s…%s and %s are read%s; merge them in Python"
              .formatted(
                  adapter.description(),
                  PREFIX,
                  A,
                  B,
                  unknown.isEmpty()
                      ? ", and there are none"
                      : ", there are others: " + FewNames.of(unknown)));
    }
    return changes;
  }

  private static String a(String b) {
    return b.substring(0, b.length() - B.length()) + A;
  }

  private static long rank(WeightSource adapter, String a) {
    var sizes = adapter.stored(a).shape().sizes();
    return sizes.isEmpty() ? 0 : sizes.get(0);
  }

  private void requireFits(WeightSource base, WeightSource adapter, String name, Change change) {
    List<Long> stored = base.stored(name).shape().sizes();
    List<Long> a = adapter.stored(change.a()).shape().sizes();
    List<Long> b = adapter.stored(change.b()).shape().sizes();
    boolean fits =
        stored.size() == 2
            && a.equals(List.of(rank(adapter, change.a()), stored.get(change.transposed() ? 0 : 1)))
            && b.equals(
                List.of(stored.get(change.transposed() ? 1 : 0), rank(adapter, change.a())));
    if (!fits) {
      throw new FresnelException(
          "%s: %s %s and %s %s do not fit %s %s of %s; check that this is the adapter's base"
              .formatted(folder, change.a(), a, change.b(), b, name, stored, base.description()));
    }
  }
}
