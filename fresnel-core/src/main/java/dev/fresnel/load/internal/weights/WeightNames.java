package dev.fresnel.load.internal.weights;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.FewNames;
import dev.fresnel.load.internal.format.StrictJson;
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
 * The names of a file's weights, without what PyTorch's wrappers put before them, without the
 * prefix that a family may leave out, and without the buffers that its files are known to carry.
 */
public final class WeightNames {
  /** What torch.compile puts before the names of the module that it compiles. */
  private static final Pattern COMPILED = Pattern.compile("(^|\\.)_orig_mod\\.");

  /** What DataParallel and DistributedDataParallel put before every name. */
  private static final String WRAPPED = "module.";

  private final WeightSource source;
  private final Naming naming;
  private final String before;
  private final Map<String, String> original = new LinkedHashMap<>();

  /**
   * @param before what names in the file begin with that plain ones do not
   */
  private WeightNames(WeightSource source, Naming naming, String before) {
    this.source = source;
    this.naming = naming;
    this.before = before;
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
    Map<String, String> unwrapped = unwrapped(source.names());
    String prefix = naming.prefix;
    boolean prefixed = unwrapped.values().stream().anyMatch(name -> name.startsWith(prefix));
    var names = new WeightNames(source, naming, prefixed ? prefix : "");
    unwrapped.forEach(
        (name, bare) -> {
          String plain = bare.startsWith(prefix) ? bare.substring(prefix.length()) : bare;
          if (!naming.isBuffer(plain)) {
            names.put(plain, name);
          }
        });
    return names;
  }

  private void put(String plain, String name) {
    String twin = original.put(plain, name);
    if (twin != null) {
      throw new FresnelException(
          source.description()
              + " holds "
              + StrictJson.shown(plain)
              + " twice: as "
              + StrictJson.shown(twin)
              + " and as "
              + StrictJson.shown(name)
              + "; save the model again without one of them");
    }
  }

  /**
   * The names of a file without those of PyTorch's wrappers, by the name in the file: {@code
   * module._orig_mod.wte.weight} is {@code wte.weight}.
   */
  private static Map<String, String> unwrapped(Set<String> names) {
    var plain = new LinkedHashMap<String, String>();
    names.forEach(name -> plain.put(name, COMPILED.matcher(name).replaceAll("$1")));
    while (!plain.isEmpty() && plain.values().stream().allMatch(name -> name.startsWith(WRAPPED))) {
      plain.replaceAll((name, bare) -> bare.substring(WRAPPED.length()));
    }
    return plain;
  }

  public WeightSource source() {
    return source;
  }

  public boolean has(String plain) {
    return original.containsKey(plain);
  }

  public Set<String> plainNames() {
    return original.keySet();
  }

  /** The name in the file. */
  public String inFile(String plain) {
    return original.getOrDefault(plain, plain);
  }

  /** The name that a missing weight would have in the file. */
  String wanted(String plain) {
    return naming.isHead(plain) ? plain : before + plain;
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
    if (found == configured) {
      return;
    }
    boolean oneFile = file.equals(source.description());
    String said =
        "%s says %s %d, but %s "
            .formatted(file, key, configured, oneFile ? "it" : source.description());
    String next =
        oneFile
            ? "convert the model again"
            : "correct the one, or give the weights that belong to it";
    throw new FresnelException(
        found == 0
            ? said
                + "has no weights called "
                + before
                + word
                + ".0…; it has "
                + FewNames.of(source.names())
                + ": "
                + next
            : said + "holds the weights of " + found + " layers: " + next);
  }
}
