package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.hook.HookKind.Place;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One place in one model.
 *
 * <pre>{@code
 * PATTERN.at(5).name();                             // "blocks.5.attn.hook_pattern"
 * HookPoint.parse("blocks.5.attn.hook_pattern");    // PATTERN.at(5)
 * }</pre>
 *
 * @param kind which place
 * @param layer the block, counted from 0; {@link #NO_LAYER} where the model has the place once
 */
public record HookPoint(HookKind kind, int layer) {
  public static final int NO_LAYER = -1;
  private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d{1,6})\\.(.+)");

  public HookPoint {
    if (kind.place() == Place.MODEL ? layer != NO_LAYER : layer < 0) {
      throw new FresnelException(
          kind.place() == Place.MODEL
              ? "the model has " + kind + " once, not in layer " + layer + ": use inModel()"
              : "each block has " + kind + ": use at(layer), layers count from 0, got " + layer);
    }
  }

  /** TransformerLens's name. */
  public String name() {
    return kind.place() == Place.MODEL ? kind.suffix() : "blocks." + layer + "." + kind.suffix();
  }

  /**
   * The place with this name.
   *
   * @throws FresnelException if no place has it; the message lists the nearest names
   */
  public static HookPoint parse(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new FresnelException(
                    "no hook point is called '"
                        + name
                        + "'; the nearest are "
                        + String.join(", ", NearestNames.of(name, namesLike(name)))));
  }

  /** Every place's name, in the layer that the mistyped name says. */
  private static List<String> namesLike(String typo) {
    String layer = typo.replaceAll("^blocks\\.([^.]*)\\..*", "$1");
    String block = layer.equals(typo) || layer.isEmpty() ? "0" : layer;
    return Arrays.stream(HookKind.values())
        .map(
            kind ->
                kind.place() == Place.MODEL
                    ? kind.suffix()
                    : "blocks." + block + "." + kind.suffix())
        .toList();
  }

  private static Optional<HookPoint> find(String name) {
    var block = BLOCK.matcher(name);
    boolean inBlock = block.matches();
    String suffix = inBlock ? block.group(2) : name;
    return Arrays.stream(HookKind.values())
        .filter(kind -> kind.place() == (inBlock ? Place.BLOCK : Place.MODEL))
        .filter(kind -> kind.suffix().equals(suffix))
        .map(kind -> inBlock ? kind.at(Integer.parseInt(block.group(1))) : kind.inModel())
        .findFirst();
  }

  @Override
  public String toString() {
    return name();
  }
}
