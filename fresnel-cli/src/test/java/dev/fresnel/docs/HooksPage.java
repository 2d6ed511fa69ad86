package dev.fresnel.docs;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookKind.Place;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.testkit.ToyModels;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes docs/HOOKS.md: every hook point with its shape, and which kinds of models have it. */
final class HooksPage {
  static final String PATH = "docs/HOOKS.md";

  private static final Pattern COMMENTED =
      Pattern.compile("(?s)/\\*\\* ([^/]*?) \\*/\\s+([A-Z_0-9]+)\\(Place");
  private static final Pattern LINK = Pattern.compile("\\{@link #(\\w+)}");

  private HooksPage() {}

  static void write() throws IOException {
    Files.writeString(DocPage.root().resolve(PATH), text());
  }

  static String text() {
    var page =
        new StringBuilder(
            """
            # Hook points

            Written from `HookKind` and from models of each shape; a test fails where this page is not what they say.
            `PATTERN.at(5)` in Java is `blocks.5.attn.hook_pattern` here and in TransformerLens. Shapes are named dimensions,
            outermost first; `query` and `key` are positions too. Large activations are computed only where a plan names
            them; `*` leaves them out.

            | in Java | name | shape | GPT-2 | Llama | attention only | shortformer | what it is |
            |---|---|---|---|---|---|---|---|
            """);
    Map<HookKind, String> models = models();
    Map<String, String> descriptions = descriptions();
    for (HookKind kind : HookKind.values()) {
      page.append("| `")
          .append(kind.name())
          .append("` | `")
          .append(kind.place() == Place.BLOCK ? "blocks.i." : "")
          .append(kind.suffix())
          .append("` | ")
          .append(kind.dims().stream().map(Dim::name).collect(Collectors.joining(", ", "[", "]")))
          .append(" |")
          .append(models.get(kind))
          .append(' ')
          .append(descriptions.get(kind.name()))
          .append(" |\n");
    }
    return page.append(
            """

            GPT-2: LayerNorm, learned positions, MLP. Llama: RMS norm, rotary positions, grouped heads, gated MLP. Attention
            only: LayerNorm, learned positions, no MLP. Shortformer: no norm, no MLP, positions on queries and keys alone.

            `RESULT` is computed from `Z` where a plan captured only `Z`. Attention's scores and pattern exist as matrices only
            where a plan watches one of them; otherwise a fused kernel computes the same `Z`. What is captured is what the model
            went on with, after all edits.
            """)
        .toString();
  }

  /** The comments of the enum's constants, by constant. */
  private static Map<String, String> descriptions() {
    String source = DocPage.of("fresnel-core/src/main/java/dev/fresnel/hook/HookKind.java").text();
    return COMMENTED
        .matcher(source)
        .results()
        .collect(
            Collectors.toMap(
                found -> found.group(2),
                found ->
                    LINK.matcher(found.group(1).replaceAll("\\s+(\\* )?", " "))
                        .replaceAll("`$1`")));
  }

  private static Map<HookKind, String> models() {
    var rows = new LinkedHashMap<HookKind, String>();
    try (var gpt2 = ToyModels.gpt2Like(1);
        var llama = ToyModels.llamaLike(1);
        var attentionOnly = ToyModels.attentionOnly(1);
        var shortformer = ToyModels.shortformer(1)) {
      for (HookKind kind : HookKind.values()) {
        rows.put(
            kind,
            mark(gpt2, kind)
                + mark(llama, kind)
                + mark(attentionOnly, kind)
                + mark(shortformer, kind));
      }
    }
    return rows;
  }

  private static String mark(Transformer model, HookKind kind) {
    return model.hookPoints().stream().anyMatch(point -> point.kind() == kind) ? " yes |" : " – |";
  }
}
