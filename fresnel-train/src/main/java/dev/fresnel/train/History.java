package dev.fresnel.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** How a training run went: one entry a measurement, in a file of JSON lines. */
public final class History {
  /**
   * What was measured after so many steps. Losses are means in nats.
   *
   * @param step steps taken
   * @param tokens tokens seen
   * @param loss of the batches since the last entry
   * @param heldOutLoss on text that no batch held
   * @param rate the learning rate of the last step
   * @param firstHalfLoss on random tokens that come twice: the first time
   * @param secondHalfLoss the second time, from their second token on
   * @param induction the highest induction score of a head, on the same tokens
   * @param inductionHead which head that is: {@code L1H3}
   * @param previousToken the highest previous-token score of a head
   * @param previousTokenHead which head that is
   * @param tokensPerSecond since the last entry, measuring left out
   */
  public record Entry(
      long step,
      long tokens,
      double loss,
      double heldOutLoss,
      double rate,
      double firstHalfLoss,
      double secondHalfLoss,
      double induction,
      String inductionHead,
      double previousToken,
      String previousTokenHead,
      double tokensPerSecond) {}

  private History() {}

  /**
   * @throws FresnelException if a line is no entry
   */
  public static List<Entry> read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * @param source what to call the text in errors
   */
  public static List<Entry> parse(String lines, String source) {
    var entries = new ArrayList<Entry>();
    String[] all = lines.split("\n");
    for (int i = 0; i < all.length; i++) {
      if (!all[i].isBlank()) {
        entries.add(entry(all[i], source + ", line " + (i + 1)));
      }
    }
    return List.copyOf(entries);
  }

  private static Entry entry(String text, String source) {
    try {
      return TrainingJson.entries().readValue(text);
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          source + " is no entry of a history: " + e.getOriginalMessage(), e);
    }
  }

  static void append(Path file, Entry entry) {
    try {
      Files.writeString(file, line(entry), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static String line(Entry entry) {
    try {
      return TrainingJson.writer().writeValueAsString(entry) + "\n";
    } catch (JsonProcessingException e) {
      throw new FresnelException("an entry of the history cannot be written: " + entry, e);
    }
  }

  /** Drops what a killed run wrote after its last checkpoint, a half-written line too. */
  static void keepUntil(Path file, long step) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      String text = Files.readString(file);
      String whole = text.substring(0, text.lastIndexOf('\n') + 1);
      var kept = new StringBuilder();
      for (Entry entry : parse(whole, file.toString())) {
        if (entry.step() <= step) {
          kept.append(line(entry));
        }
      }
      WholeFile.write(file, kept.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
