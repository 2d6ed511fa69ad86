package dev.fresnel.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.WholeFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** How a training run went: a file with one JSON object per measurement and line. */
public final class History {
  /**
   * One measurement. Losses are means, in nats; scores are from 0 to 1.
   *
   * @param step the number of steps taken
   * @param tokens the number of tokens seen
   * @param loss of the batches since the last entry
   * @param heldOutLoss on text that no batch held
   * @param rate the learning rate of the last step
   * @param firstHalfLoss on the first copy of random tokens that are repeated
   * @param secondHalfLoss on their second copy, from its second token on
   * @param induction the highest induction score of a head, on the same tokens
   * @param inductionHead the head with that score: {@code L1H3}
   * @param previousToken the highest previous-token score of a head
   * @param previousTokenHead the head with that score
   * @param tokensPerSecond of training since the last entry, without the time of measuring
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
   * Reads a history.
   *
   * @throws FresnelException if the file cannot be read, or a line is no entry
   */
  public static List<Entry> read(Path file) {
    return parse(new String(TrainingRun.bytes(file), StandardCharsets.UTF_8), file.toString());
  }

  /**
   * Reads the lines of a history; empty ones are skipped.
   *
   * @param source the name of the text in errors
   * @throws FresnelException if a line is no entry
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

  static Entry entry(String text, String source) {
    try {
      return TrainingJson.entries().readValue(text);
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          source
              + " is no entry of a history: "
              + TrainingJson.reason(e)
              + "; 'fresnel train' writes one JSON object a line",
          e);
    }
  }

  static void append(Path file, Entry entry) {
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      WholeFile.Content.of((line(entry) + "\n").getBytes(StandardCharsets.UTF_8)).writeTo(channel);
      channel.force(true);
    } catch (IOException e) {
      throw new FresnelException(
          "cannot write the history "
              + file
              + ": "
              + InputFile.reason(e)
              + "; check the disk, and run again",
          e);
    }
  }

  static String line(Entry entry) {
    try {
      return TrainingJson.writer().writeValueAsString(entry);
    } catch (JsonProcessingException e) {
      throw new FresnelException("an entry of the history cannot be written: " + entry, e);
    }
  }

  /**
   * Lets the file end with this entry: removes what a killed run left behind it, such as an
   * unfinished line, and adds the entry where it is missing.
   */
  static void endWith(Path file, Entry last) {
    try {
      String text = Files.exists(file) ? Files.readString(file) : "";
      String lines = text.substring(0, text.lastIndexOf('\n') + 1);
      var kept = new StringBuilder();
      long step = 0;
      for (Entry entry : parse(lines, file.toString())) {
        if (entry.step() > step && entry.step() < last.step()) {
          kept.append(line(entry)).append('\n');
          step = entry.step();
        }
      }
      kept.append(line(last)).append('\n');
      if (!text.contentEquals(kept)) {
        WholeFile.write(file, kept.toString().getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new FresnelException("cannot read the history " + file + ": " + InputFile.reason(e), e);
    }
  }
}
