package dev.fresnel.cli;

import java.util.LinkedHashMap;
import java.util.List;

/** The results of {@code generate --prompts}. */
record GenerationsDocument(
    String model, List<GenerateDocument.Fields> texts, double tokensPerSecond) implements Document {
  /** Each prompt with what follows it, a blank line between texts. */
  @Override
  public String text() {
    return String.join(
        "\n\n", texts.stream().map(each -> Visible.message(each.prompt() + each.text())).toList());
  }

  @Override
  public Object json() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("model", model);
    fields.put("texts", texts);
    fields.put("tokens_per_second", tokensPerSecond);
    return fields;
  }
}
