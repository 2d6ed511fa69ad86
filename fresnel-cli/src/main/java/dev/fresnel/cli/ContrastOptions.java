package dev.fresnel.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that give texts to steer toward, and texts to steer away from. */
final class ContrastOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--positive",
      paramLabel = "T",
      description = "A text to steer toward, used exactly as given. May be repeated.")
  private List<String> positive = new ArrayList<>();

  @Option(
      names = "--negative",
      paramLabel = "T",
      description = "A text to steer away from. May be repeated.")
  private List<String> negative = new ArrayList<>();

  @Option(
      names = "--pairs",
      paramLabel = "FILE",
      description = {
        "Read them from a file instead: one {\"positive\": \"…\", \"negative\": \"…\"} a line."
      })
  private @Nullable Path pairs;

  /** Texts of both sides, at least one of each. */
  record Contrast(List<GivenText> positive, List<GivenText> negative) {}

  /**
   * What the options say.
   *
   * @throws ParameterException if there are no texts of one side, or the texts are given twice
   * @throws FresnelException if the file cannot be used
   */
  Contrast read() {
    boolean given = !positive.isEmpty() || !negative.isEmpty();
    if (pairs != null && given) {
      throw new ParameterException(
          spec.commandLine(), "--pairs stands in place of --positive and --negative");
    }
    if (pairs != null) {
      return contents(pairs);
    }
    if (positive.isEmpty() || negative.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "expected --positive and --negative, or --pairs FILE");
    }
    return new Contrast(given(positive), given(negative));
  }

  private static List<GivenText> given(List<String> texts) {
    return texts.stream().map(text -> new GivenText("", text)).toList();
  }

  private static Contrast contents(Path file) {
    var contrast = new Contrast(new ArrayList<>(), new ArrayList<>());
    int number = 0;
    for (String line : TextFile.contents(file).lines().toList()) {
      number++;
      if (!line.isBlank()) {
        JsonNode pair = parsed(file, number, line);
        contrast.positive.add(GivenText.line(file, number, text(file, number, pair, "positive")));
        contrast.negative.add(GivenText.line(file, number, text(file, number, pair, "negative")));
      }
    }
    if (number == 0 || contrast.positive.isEmpty()) {
      throw new FresnelException(file + " has no pairs; write one a line");
    }
    return contrast;
  }

  private static JsonNode parsed(Path file, int number, String line) {
    try {
      return Json.tree(line.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new FresnelException("%s, line %d %s".formatted(file, number, Json.problemInLine(e)));
    }
  }

  private static String text(Path file, int number, JsonNode pair, String side) {
    JsonNode text = pair.path(side);
    if (!text.isTextual()) {
      throw new FresnelException(
          "%s, line %d has no text \"%s\"; expected {\"positive\": \"…\", \"negative\": \"…\"}"
              .formatted(file, number, side));
    }
    return text.textValue();
  }
}
