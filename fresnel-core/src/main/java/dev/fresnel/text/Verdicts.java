package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the trials of one tokenizer showed, kept in a file that is named by the tokenizer's hash.
 * Its first line is the version of the native library; the next ones are the hashes of calls that
 * did no harm, or one line "refused: ...". Where the folder cannot be written, nothing is kept.
 */
final class Verdicts {
  private static final String REFUSED = "refused: ";

  /** Calls that are kept. */
  private static final int MAX_CALLS = 5_000;

  private final @Nullable Path file;
  private final String version;
  private final Set<String> harmless = new LinkedHashSet<>();
  private @Nullable String refusal;

  private Verdicts(@Nullable Path file, String version) {
    this.file = file;
    this.version = version;
  }

  /**
   * @param folder where verdicts are kept; null keeps them in memory
   * @param version of the native library and of the stated texts
   */
  static Verdicts of(@Nullable Path folder, String version, String json) {
    var verdicts = new Verdicts(folder == null ? null : folder.resolve(hash(json)), version);
    verdicts.read();
    return verdicts;
  }

  boolean isHarmless(String call) {
    return harmless.contains(call);
  }

  /** Why the tokenizer was refused before; null if it was not. */
  @Nullable String refusal() {
    return refusal;
  }

  @Nullable Path file() {
    return file;
  }

  void addHarmless(String call) {
    if (harmless.size() < MAX_CALLS && harmless.add(call)) {
      write();
    }
  }

  void refuse(String reason) {
    refusal = reason;
    write();
  }

  private void read() {
    if (file == null || !Files.isRegularFile(file)) {
      return;
    }
    try {
      var lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (lines.isEmpty() || !lines.get(0).equals(version)) {
        return;
      }
      for (String line : lines.subList(1, Math.min(lines.size(), MAX_CALLS + 1))) {
        if (line.startsWith(REFUSED)) {
          refusal = line.substring(REFUSED.length());
        } else {
          harmless.add(line);
        }
      }
    } catch (IOException unreadable) {
      harmless.clear();
    }
  }

  private void write() {
    if (file == null) {
      return;
    }
    String calls = String.join("\n", harmless) + "\n";
    String text = version + "\n" + (refusal == null ? calls : REFUSED + refusal + "\n");
    try {
      WholeFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    } catch (FresnelException notKept) {
      // The next process tries again.
    }
  }

  /** SHA-256 in hexadecimal digits. */
  static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
