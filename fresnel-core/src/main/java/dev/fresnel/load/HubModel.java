package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.hub.Hub;
import dev.fresnel.load.hub.HubException;
import dev.fresnel.load.hub.HubException.Reason;
import dev.fresnel.load.hub.HubId;
import dev.fresnel.load.hub.HubSnapshot;
import dev.fresnel.load.internal.family.Family;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.family.TransformerLensFormat;
import dev.fresnel.load.internal.format.FewNames;
import dev.fresnel.load.internal.format.ShardIndex;
import dev.fresnel.load.internal.format.gguf.GgufParts;
import dev.fresnel.text.TokenizerOrReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model on the hub: which of its files loading needs, the small ones first. What cannot be loaded
 * is refused before weights are fetched.
 */
final class HubModel {
  private static final String TOKENIZER = "tokenizer.json";

  private final Hub hub;
  private final HubName name;
  private final HubSnapshot snapshot;
  private final List<Path> files = new ArrayList<>();
  private @Nullable Settings settings;
  private @Nullable Path tokenizer;
  private boolean isAdapter;

  private HubModel(Hub hub, HubName name, HubSnapshot snapshot) {
    this.hub = hub;
    this.name = name;
    this.snapshot = snapshot;
  }

  /** Whether what the cache has will do. */
  enum Freshness {
    CACHED,
    NEWEST
  }

  /** What loading needs of a model, in the cache. */
  record Fetched(Path folder, Path weights, List<Path> files) {}

  /**
   * Opens a model for loading.
   *
   * @param bases finds the base of an adapter
   */
  static ModelFiles open(Hub hub, HubName name, String asked, Adapter.Bases bases) {
    HubModel model = of(hub, name, Freshness.CACHED);
    Path weights = model.fetch();
    return model.isAdapter
        ? Adapter.ofHub(model.snapshot.folder(), bases).named(name.id().repository(), asked)
        : model.files(weights, asked);
  }

  /** Brings what loading needs into the cache. */
  static Fetched fetch(Hub hub, HubName name, Freshness freshness) {
    HubModel model = of(hub, name, freshness);
    Path weights = model.fetch();
    return new Fetched(model.snapshot.folder(), weights, List.copyOf(model.files));
  }

  /** A revision that the hub does not have may be a training checkpoint in a file of its own. */
  private static HubModel of(Hub hub, HubName name, Freshness freshness) {
    try {
      HubSnapshot snapshot =
          freshness == Freshness.NEWEST ? hub.newest(name.id()) : hub.open(name.id());
      var model = new HubModel(hub, name, snapshot);
      model.settings = model.readSettings();
      return model;
    } catch (HubException e) {
      Optional<HubName> other = name.asCheckpointFile();
      if (other.isEmpty() || (e.reason() != Reason.NO_REVISION && e.reason() != Reason.OFFLINE)) {
        throw e;
      }
      HubModel model = of(hub, other.get(), freshness);
      if (model.settings == null || !new TransformerLensFormat().claims(model.settings)) {
        throw e;
      }
      return model;
    }
  }

  private Path fetch() {
    Settings known = settings;
    if (known != null) {
      Family.of(known).requireSupported(known);
      tokenizer = tokenizerFolder(known);
    }
    if (isAdapter) {
      Adapter.requireMergeable(snapshot.folder());
    }
    Path weights = isAdapter ? adapterWeights() : weights();
    keep(snapshot, weights);
    snapshot.keep();
    return weights;
  }

  /** A file that loading needs; a pointer of Git LFS in its place is no such file. */
  private void keep(HubSnapshot of, Path file) {
    LfsPointer.in(file)
        .ifPresent(
            pointer -> {
              throw new FresnelException(
                  of.folder().relativize(file)
                      + " of "
                      + of.id()
                      + ": "
                      + pointer
                      + ". It came so from the hub: the repository holds the pointer, or"
                      + " HF_ENDPOINT names a mirror without large files. Try another revision or"
                      + " mirror after 'fresnel models remove "
                      + of.id().repository()
                      + "', or clone the repository, run 'git lfs pull' there, and give that"
                      + " folder");
            });
    files.add(file);
  }

  private ModelFiles files(Path weights, String asked) {
    String repository = name.id().repository();
    Settings known = settings;
    if (known == null) {
      return GgufModel.open(weights).named(repository, asked);
    }
    Path folder = tokenizer;
    return ModelFiles.of(
            weights,
            known,
            options -> folder == null ? TokenizerOrReason.NONE : HubTokenizer.open(folder, options))
        .named(repository, asked);
  }

  /** Null where there is a .gguf file instead, which says all by itself. */
  private @Nullable Settings readSettings() {
    Optional<Path> config = snapshot.find("config.json");
    if (config.isPresent()) {
      keep(snapshot, config.get());
      return Settings.read(config.get());
    }
    Set<String> present = snapshot.files();
    if (present.contains(WorkshopModel.FILE)) {
      return WorkshopModel.settings();
    }
    if (Adapter.isIn(present)) {
      isAdapter = true;
      keep(snapshot, snapshot.need(Adapter.CONFIG));
      return null;
    }
    if (present.stream().noneMatch(file -> file.endsWith(".gguf"))) {
      if (snapshot.isListed()) {
        throw new FresnelException(
            snapshot.id()
                + " has no file config.json and none that ends in .gguf, so it is no model that can"
                + " be read. It has "
                + FewNames.of(present));
      }
      snapshot.need("config.json");
    }
    return null;
  }

  /** The folder that the tokenizer's files are in; null where there is none. */
  private @Nullable Path tokenizerFolder(Settings known) {
    if (tokenizerOf(snapshot)) {
      return snapshot.folder();
    }
    String elsewhere = known.text("tokenizer_name", name.tokenizer().orElse(""));
    if (elsewhere.isEmpty()) {
      return unreadTokenizer();
    }
    HubSnapshot other = hub.open(tokenizerId(known, elsewhere));
    if (!tokenizerOf(other) && !lacksTokenizer(other)) {
      return null;
    }
    other.keep();
    return other.folder();
  }

  /** The folder with a tokenizer that is only recognised: to say so, its file is fetched. */
  private @Nullable Path unreadTokenizer() {
    for (String file : HubTokenizer.UNREAD.keySet()) {
      if (snapshot.find(file).isPresent()) {
        return snapshot.folder();
      }
    }
    return null;
  }

  private static HubId tokenizerId(Settings known, String elsewhere) {
    Optional<KnownModel> model = KnownModels.find(elsewhere);
    String repository = model.flatMap(KnownModel::repository).orElse(elsewhere);
    if (!HubId.isRepository(repository)) {
      throw known.wrong("tokenizer_name", elsewhere, "a repository ORG/NAME of the hub");
    }
    return HubId.main(repository);
  }

  private boolean tokenizerOf(HubSnapshot of) {
    var found = new ArrayList<Path>();
    of.find(TOKENIZER).ifPresent(found::add);
    if (found.isEmpty()) {
      HubTokenizer.VOCABULARY.forEach(file -> of.find(file).ifPresent(found::add));
    }
    if (found.isEmpty()) {
      return false;
    }
    HubTokenizer.BESIDE.forEach(file -> of.find(file).ifPresent(found::add));
    found.forEach(file -> keep(of, file));
    return true;
  }

  /** Throws where there may be one that cannot be had; false where there is none. */
  private static boolean lacksTokenizer(HubSnapshot of) {
    try {
      of.need(TOKENIZER);
      return true;
    } catch (HubException e) {
      if (e.reason() == Reason.NO_FILE) {
        return false;
      }
      throw e;
    }
  }

  private Path weights() {
    if (name.checkpoint().isPresent()) {
      return snapshot.need(checkpoint(name.checkpoint().getAsLong()));
    }
    for (String usual : ModelDirectory.WEIGHTS) {
      Optional<Path> file = snapshot.find(usual);
      if (file.isPresent()) {
        file.filter(found -> usual.endsWith(".index.json")).ifPresent(this::shards);
        return file.get();
      }
    }
    String unusual = unusual();
    for (String part : GgufParts.named(unusual)) {
      keep(snapshot, snapshot.need(part));
    }
    return snapshot.need(unusual);
  }

  private Path adapterWeights() {
    for (String usual : Adapter.WEIGHTS) {
      Optional<Path> file = snapshot.find(usual);
      if (file.isPresent()) {
        return file.get();
      }
    }
    return snapshot.need(Adapter.WEIGHTS.get(0));
  }

  private void shards(Path index) {
    keep(snapshot, index);
    for (String shard : ShardIndex.shards(index)) {
      keep(snapshot, snapshot.need(shard));
    }
  }

  /**
   * Weights under a name of their own: TransformerLens's {@code *final.pth}, or the only file of a
   * kind.
   */
  private String unusual() {
    Optional<String> cached =
        snapshot.isListed() ? Optional.empty() : unusual(snapshot.cachedFiles());
    return cached.isPresent()
        ? cached.get()
        : unusual(snapshot.files()).orElseThrow(this::noWeights);
  }

  private Optional<String> unusual(Set<String> present) {
    Optional<String> last =
        present.stream().filter(file -> file.endsWith("final.pth")).sorted().findFirst();
    if (last.isPresent()) {
      return last;
    }
    for (String ending :
        settings == null ? List.of(".gguf") : List.of(".safetensors", ".pth", ".pt", ".gguf")) {
      List<String> found =
          present.stream()
              .filter(file -> file.endsWith(ending) && !file.contains("/"))
              .sorted()
              .toList();
      if (found.size() > 1 && !GgufParts.ofOne(found)) {
        throw new FresnelException(
            snapshot.id()
                + " has several weight files: "
                + FewNames.of(found)
                + ". Download the one that you want, and give its path");
      }
      if (!found.isEmpty()) {
        return Optional.of(found.get(0));
      }
    }
    return Optional.empty();
  }

  private FresnelException noWeights() {
    return new FresnelException(
        snapshot.id()
            + " has no weights that can be read. Looked for "
            + String.join(", ", ModelDirectory.WEIGHTS)
            + ", *final.pth, or one file ending in .safetensors, .pth, .pt or .gguf. It has "
            + FewNames.of(snapshot.files())
            + ". Name a revision or a repository that holds one of these.");
  }

  private String checkpoint(long step) {
    Optional<String> cached = CheckpointFiles.find(snapshot.cachedFiles(), step);
    return cached.isPresent()
        ? cached.get()
        : CheckpointFiles.find(snapshot.files(), step)
            .orElseThrow(() -> CheckpointFiles.unknown(snapshot.id(), snapshot.files(), step));
  }
}
