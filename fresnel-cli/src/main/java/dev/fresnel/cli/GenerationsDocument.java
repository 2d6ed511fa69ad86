package dev.fresnel.cli;

import dev.fresnel.viz.Figure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** The results of {@code generate --prompts}. */
record GenerationsDocument(String model, List<GenerateDocument> texts, double tokensPerSecond)
    implements Document {
  /** Each prompt with what follows it, a blank line between texts. */
  @Override
  public String text() {
    return String.join(
        "\n\n",
        texts.stream()
            .map(GenerateDocument::fields)
            .map(each -> Visible.message(each.prompt() + each.text()))
            .toList());
  }

  @Override
  public List<Figure> wholeFigures() {
    var figures = new ArrayList<Figure>();
    for (var text : texts) {
      text.wholeFigure()
          .map(figure -> figure.titled("Text " + figures.size() + ": " + figure.title()))
          .ifPresent(figures::add);
    }
    return figures;
  }

  @Override
  public Object json() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("model", model);
    fields.put("texts", texts.stream().map(GenerateDocument::fields).toList());
    fields.put("tokens_per_second", tokensPerSecond);
    return fields;
  }
}
