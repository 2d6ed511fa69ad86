package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.testkit.Golden;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** One call of the command in this process: its exit code and what it wrote. */
record Called(int code, String out, String err) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  static Called with(String... args) {
    return with(Stores.ENVIRONMENT, args);
  }

  static Called with(Histories histories, String... args) {
    return with(Stores.ENVIRONMENT, histories, args);
  }

  static Called with(Stores stores, String... args) {
    return with(stores, Histories.FRESNEL, args);
  }

  /** With models made by hand. */
  static Called with(Models models, String... args) {
    return with(models, Stores.ENVIRONMENT, Histories.FRESNEL, args);
  }

  private static Called with(Stores stores, Histories histories, String... args) {
    return with(Models.FRESNEL, stores, histories, args);
  }

  private static Called with(Models models, Stores stores, Histories histories, String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var console =
        new Console(
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    int code = new Cli(console, models, stores, histories).run(args);
    return new Called(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The folder of a tiny model. */
  static String golden(String name) {
    return Golden.of(name).model().toString();
  }

  Called succeeded() {
    assertThat(code).as(err).isZero();
    return this;
  }

  /**
   * Asserts that the call failed with this code and a message, and wrote nothing to standard
   * output.
   */
  Called failed(int expected) {
    assertThat(code).as(out + err).isEqualTo(expected);
    assertThat(out).isEmpty();
    assertThat(err)
        .containsPattern("(?m)^fresnel: ") // behind a line of progress, where the machine is busy
        .doesNotContain("\tat ")
        .doesNotContain("Exception");
    return this;
  }

  /** Standard output, which must be one JSON document and nothing else. */
  JsonNode json() {
    succeeded();
    try {
      return JSON.readTree(out);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not one JSON document: " + out, e);
    }
  }
}
