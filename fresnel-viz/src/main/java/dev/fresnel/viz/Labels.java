package dev.fresnel.viz;

import dev.fresnel.text.Token;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The names of a heat map's rows, or of its columns.
 *
 * <pre>{@code
 * Labels.layers(12);                                  // L0, L1, …, L11
 * Labels.tokens("position", run.tokens().row(0));     // 0 ·The, 1 ·cat, …
 * Labels.of("stage", List.of("embed", "mid", "post"));
 * }</pre>
 */
public sealed interface Labels {
  /** What the labels name, in the singular: {@code layer}, {@code position}. */
  String title();

  /** The number of labels. */
  int size();

  /** The labels as text, in order. */
  List<String> texts();

  /** Labels that are plain text. */
  record Names(String title, List<String> names) implements Labels {
    public Names {
      names = List.copyOf(names);
    }

    @Override
    public List<String> texts() {
      return names;
    }

    @Override
    public int size() {
      return names.size();
    }
  }

  /** Labels that are the tokens of a text; each is shown after its position, counted from 0. */
  record Tokens(String title, List<Token> tokens) implements Labels {
    public Tokens {
      tokens = List.copyOf(tokens);
    }

    @Override
    public List<String> texts() {
      return IntStream.range(0, tokens.size()).mapToObj(at -> at + " " + shown(at)).toList();
    }

    /** A token's text with its spaces and line ends visible; its id where it has no text. */
    private String shown(int at) {
      var text = tokens.get(at).text();
      return text == null
          ? "#" + tokens.get(at).id()
          : text.replace(' ', '·').replace('\n', '↵').replace('\t', '→');
    }

    @Override
    public int size() {
      return tokens.size();
    }
  }

  /** Labels that are plain text, shown as it is. */
  static Labels of(String title, List<String> names) {
    return new Names(title, names);
  }

  /** The tokens of a text, each after its position. */
  static Labels tokens(String title, List<Token> tokens) {
    return new Tokens(title, tokens);
  }

  /** All layers of a model: {@code L0}, {@code L1}, …. */
  static Labels layers(int count) {
    return numbered("layer", "L", count);
  }

  /** All heads of a layer: {@code H0}, {@code H1}, …. */
  static Labels heads(int count) {
    return numbered("head", "H", count);
  }

  private static Labels numbered(String title, String prefix, int count) {
    return new Names(title, IntStream.range(0, count).mapToObj(i -> prefix + i).toList());
  }
}
