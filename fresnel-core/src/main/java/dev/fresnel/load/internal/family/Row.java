package dev.fresnel.load.internal.family;

import dev.fresnel.load.internal.weights.Storage;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightKind.Place;
import dev.fresnel.model.WeightName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One weight of a family: what it is called and how it is stored, in the hub's files and in GGUF.
 *
 * <pre>{@code
 * map(W_Q, "layers.{l}.self_attn.q_proj.weight", OUT_IN).gguf("blk.{l}.attn_q.weight", OUT_IN.inNeighbours())
 * }</pre>
 *
 * @param kind which weight; rows of weights that a configuration does not have are passed over
 * @param hub its name in the hub's files, without the prefix; {@code {l}} stands for the layer
 * @param storage how the hub's files store it
 * @param gguf its name in GGUF files; null where the family has no such files
 * @param ggufStorage how GGUF files store it
 * @param only the setting of config.json that the hub's files have it with; null for always. GGUF
 *     files may leave such a weight out
 */
record Row(
    WeightKind kind,
    String hub,
    Storage storage,
    @Nullable String gguf,
    Storage ggufStorage,
    @Nullable Switch only) {

  /** A setting that is true or false, and what it is where config.json does not say. */
  record Switch(String key, boolean absent) {
    boolean isOn(Settings settings) {
      return settings.flag(key, absent);
    }
  }

  static Row map(WeightKind kind, String hub, Storage storage) {
    return new Row(kind, hub, storage, null, Storage.OUT_IN, null);
  }

  /** The same weight in GGUF, stored as torch.nn.Linear stores it. */
  Row gguf(String name) {
    return gguf(name, Storage.OUT_IN);
  }

  Row gguf(String name, Storage how) {
    return new Row(kind, hub, storage, name, how, only);
  }

  /** The hub's files have the weight only where a setting is on. */
  Row onlyIf(String key, boolean absent) {
    return new Row(kind, hub, storage, gguf, ggufStorage, new Switch(key, absent));
  }

  boolean isOn(Settings settings) {
    return only == null || only.isOn(settings);
  }

  WeightName target(int layer) {
    return kind.place() == Place.BLOCK ? kind.at(layer) : kind.inModel();
  }

  String hubName(int layer) {
    return inLayer(hub, layer);
  }

  Optional<String> ggufName(int layer) {
    return Optional.ofNullable(gguf).map(name -> inLayer(name, layer));
  }

  private static String inLayer(String name, int layer) {
    return name.replace("{l}", Integer.toString(layer));
  }
}
