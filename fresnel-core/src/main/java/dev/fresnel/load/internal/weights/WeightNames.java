package dev.fresnel.load.internal.weights;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of a file's weights, without the prefix that a family may leave out and without the
 * buffers that its files are known to carry.
 */
public final class WeightNames {
  private final WeightSource source;
  private final Naming naming;
  private final boolean prefixed;
  private final Map<String, String> original = new LinkedHashMap<>();

  private WeightNames(WeightSource source, Naming naming, boolean prefixed) {
    this.source = source;
    this.naming = naming;
    this.prefixed = prefixed;
  }

  /**
   * What the names in a family's files have in common.
   *
   * @param prefix what names begin with, unless the base model was saved alone: {@code
   *     transformer.}; empty for none
   * @param head what the unembedding's names begin with, which never have the prefix; empty where
   *     there is no prefix
   * @param buffers what files of the family are known to carry that is no weight; matched without
   *     the prefix
   */
  public record Naming(String prefix, String head, List<Pattern> buffers) {
    /** Names without a prefix. */
    public static Naming plain(Pattern... buffers) {
      return new Naming("", "", List.of(buffers));
    }

    private boolean isHead(String plain) {
      return plain.startsWith(head + ".");
    }

    private boolean isBuffer(String plain) {
      return buffers.stream().anyMatch(buffer -> buffer.matcher(plain).matches());
    }
  }

  public static WeightNames of(WeightSource source, Naming naming) {
    String prefix = naming.prefix;
    boolean prefixed = source.names().stream().anyMatch(name -> name.startsWith(prefix));
    var names = new WeightNames(source, naming, prefixed);
    for (String name : source.names()) {
      String plain = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
      if (naming.isBuffer(plain)) {
        continue;
      }
      String twin = names.original.put(plain, name);
      if (twin != null) {
        throw new FresnelException(
            source.description() + " holds " + plain + " twice: as " + twin + " and as " + name);
      }
    }
    return names;
  }

  public WeightSource source() {
    return source;
  }

  public boolean has(String plain) {
    return original.containsKey(plain);
  }

  Set<String> plainNames() {
    return original.keySet();
  }

  /** The name in the file. */
  public String inFile(String plain) {
    return original.getOrDefault(plain, plain);
  }

  /** The name that a missing weight would have in the file. */
  String wanted(String plain) {
    return prefixed && !naming.isHead(plain) ? naming.prefix + plain : plain;
  }

  Shape shape(String plain) {
    return source.stored(inFile(plain)).shape();
  }

  /** How long an axis of a weight is, if the weight is there and has such an axis. */
  public OptionalInt size(String plain, int axis) {
    if (!has(plain) || shape(plain).rank() <= axis) {
      return OptionalInt.empty();
    }
    long size = shape(plain).sizes().get(axis);
    return size < 1 || size > Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) size);
  }

  /** How many blocks the file has weights of: how many different numbers follow this word. */
  private long layers(String word) {
    Pattern layer = Pattern.compile(Pattern.quote(word) + "\\.(\\d+)\\..*");
    return original.keySet().stream()
        .map(layer::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .distinct()
        .count();
  }

  /**
   * Refuses a number of layers that is not the file's, before a list of that length is made.
   *
   * @param key what says the number, in {@code file}
   * @param word what stands before a layer's number in the names of weights
   */
  public void requireLayers(long configured, String key, String file, String word) {
    long found = layers(word);
    if (found != configured) {
      throw new FresnelException(
          file
              + " says "
              + key
              + " "
              + configured
              + ", but "
              + source.description()
              + " holds the weights of "
              + found
              + " layers. The two files do not belong together, or one is damaged");
    }
  }
}
