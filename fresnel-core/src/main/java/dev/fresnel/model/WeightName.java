package dev.fresnel.model;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.model.WeightKind.Place;
import dev.fresnel.model.config.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One weight of one model.
 *
 * <pre>{@code
 * WeightKind.W_Q.at(5).name();              // "blocks.5.attn.W_Q"
 * WeightName.parse("blocks.5.attn.W_Q");    // W_Q.at(5)
 * }</pre>
 *
 * @param kind which weight
 * @param layer the block, counted from 0; {@link #NO_LAYER} where the model has the weight once
 */
public record WeightName(WeightKind kind, int layer) {
  public static final int NO_LAYER = -1;
  private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d{1,6})\\.(.+)");

  public WeightName {
    if (kind.place() == Place.BLOCK ? layer < 0 : layer != NO_LAYER) {
      throw new FresnelException(
          kind.place() == Place.BLOCK
              ? kind + " is in each block: use at(layer), layers count from 0, got " + layer
              : kind + " is in the model once, not in layer " + layer + ": use inModel()");
    }
  }

  /** TransformerLens's name. */
  public String name() {
    return layer == NO_LAYER ? kind.suffix() : "blocks." + layer + "." + kind.suffix();
  }

  /** The shift of the norm of which this is the scale, in a layer norm. */
  public Optional<WeightName> shift() {
    return kind.shift().map(shift -> new WeightName(shift, layer));
  }

  /** The weights that a model has or may have, in the order in which a run reads them. */
  public static List<WeightName> of(ModelConfig config) {
    List<WeightKind> kinds =
        Arrays.stream(WeightKind.values()).filter(kind -> kind.isIn(config)).toList();
    Stream<WeightName> blocks =
        IntStream.range(0, config.sizes().layers())
            .boxed()
            .flatMap(layer -> in(kinds, Place.BLOCK).map(kind -> kind.at(layer)));
    return Stream.of(
            in(kinds, Place.EMBEDDING).map(WeightKind::inModel),
            blocks,
            in(kinds, Place.END).map(WeightKind::inModel))
        .flatMap(names -> names)
        .toList();
  }

  private static Stream<WeightKind> in(List<WeightKind> kinds, Place place) {
    return kinds.stream().filter(kind -> kind.place() == place);
  }

  /**
   * The weight with this name.
   *
   * @throws FresnelException if no weight has it; the message lists the nearest names
   */
  public static WeightName parse(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new FresnelException(
                    "no weight is called '"
                        + name
                        + "'; the nearest are "
                        + String.join(", ", NearestNames.of(name, namesLike(name)))));
  }

  /** Every weight's name, in the layer that the mistyped name says. */
  private static List<String> namesLike(String typo) {
    var block = BLOCK.matcher(typo);
    int layer = block.matches() ? Integer.parseInt(block.group(1)) : 0;
    return Arrays.stream(WeightKind.values())
        .map(kind -> kind.place() == Place.BLOCK ? kind.at(layer) : kind.inModel())
        .map(WeightName::name)
        .toList();
  }

  /** The weight with this name; empty if no weight has it. */
  public static Optional<WeightName> find(String name) {
    var block = BLOCK.matcher(name);
    boolean inBlock = block.matches();
    String suffix = inBlock ? block.group(2) : name;
    return Arrays.stream(WeightKind.values())
        .filter(kind -> (kind.place() == Place.BLOCK) == inBlock && kind.suffix().equals(suffix))
        .map(kind -> inBlock ? kind.at(Integer.parseInt(block.group(1))) : kind.inModel())
        .findFirst();
  }

  @Override
  public String toString() {
    return name();
  }
}
