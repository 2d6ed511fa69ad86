package dev.fresnel.analysis.attribution;

import dev.fresnel.error.FresnelException;

/**
 * A part of the model that writes to the residual stream, or one of its readers.
 *
 * @param kind what it is
 * @param layer counted from 0; -1 for the embedding and the logits
 * @param head counted from 0; -1 for what is not a head's. Heads that share keys and values share
 *     one reader of each
 */
public record Component(Kind kind, int layer, int head) {
  /** Writers are EMBED, HEAD and MLP; readers QUERY, KEY, VALUE, MLP and LOGITS. */
  public enum Kind {
    EMBED,
    HEAD,
    MLP,
    QUERY,
    KEY,
    VALUE,
    LOGITS
  }

  static final Component EMBED = new Component(Kind.EMBED, -1, -1);
  static final Component LOGITS = new Component(Kind.LOGITS, -1, -1);

  static Component mlp(int layer) {
    return new Component(Kind.MLP, layer, -1);
  }

  /**
   * The component with a label, as {@link #label} writes it.
   *
   * @throws FresnelException if it is none
   */
  public static Component parse(String label) {
    if (label.equals("embed")) {
      return EMBED;
    }
    if (label.equals("logits")) {
      return LOGITS;
    }
    var head = java.util.regex.Pattern.compile("L(\\d{1,6})H(\\d{1,6})(\\.[qkv])?").matcher(label);
    if (head.matches()) {
      Kind kind =
          head.group(3) == null
              ? Kind.HEAD
              : head.group(3).equals(".q")
                  ? Kind.QUERY
                  : head.group(3).equals(".k") ? Kind.KEY : Kind.VALUE;
      return new Component(kind, Integer.parseInt(head.group(1)), Integer.parseInt(head.group(2)));
    }
    if (label.matches("MLP\\d{1,6}")) {
      return mlp(Integer.parseInt(label.substring(3)));
    }
    throw new FresnelException(
        "'%s' is no component; expected embed, L0H1, MLP0, L1H0.q, L1H0.k, L1H0.v or logits"
            .formatted(label));
  }

  /** {@code embed}, {@code L0H1}, {@code MLP0}, {@code L1H0.q}, {@code logits}. */
  public String label() {
    return switch (kind) {
      case EMBED -> "embed";
      case LOGITS -> "logits";
      case MLP -> "MLP" + layer;
      case HEAD -> "L" + layer + "H" + head;
      case QUERY -> "L" + layer + "H" + head + ".q";
      case KEY -> "L" + layer + "H" + head + ".k";
      case VALUE -> "L" + layer + "H" + head + ".v";
    };
  }

  @Override
  public String toString() {
    return label();
  }
}
