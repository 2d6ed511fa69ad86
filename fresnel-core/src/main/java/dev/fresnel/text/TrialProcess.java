package dev.fresnel.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.error.FresnelException;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process that runs {@link TrialMain} for one tokenizer. */
final class TrialProcess implements AutoCloseable {
  /** How long a call may take at most, the start of the process and a slow machine included. */
  private static final long MOST_SECONDS = 60;

  private final Process process;
  private final DataOutputStream out;

  private TrialProcess(Process process) {
    this.process = process;
    out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
  }

  /** How a call ended. */
  enum Ending {
    HARMLESS("did no harm"),
    TOO_LONG("took more than %d seconds".formatted(TrialMain.MOST_MILLIS / 1_000)),
    TOO_LARGE("took too much memory"),
    FAULT("ended the process");

    private final String words;

    Ending(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /**
   * Starts the process.
   *
   * @throws IOException if this system or its settings do not let us
   */
  static TrialProcess start() throws IOException {
    Path java =
        Path.of(
            System.getProperty("java.home"),
            "bin",
            File.separatorChar == '\\' ? "java.exe" : "java");
    var builder =
        new ProcessBuilder(
            java.toString(),
            "-Xmx1g",
            "-Xss1m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            classPath(),
            TrialMain.class.getName());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return new TrialProcess(builder.start());
  }

  /** Only what the process needs, whether this one runs on a class path or a module path. */
  private static String classPath() throws IOException {
    Set<String> places = new LinkedHashSet<>();
    for (Class<?> needed :
        List.of(
            TrialMain.class,
            TokenizersLibrary.class,
            ObjectMapper.class,
            JsonFactory.class,
            JsonProperty.class)) {
      var source = needed.getProtectionDomain().getCodeSource();
      try {
        places.add(Path.of(source.getLocation().toURI()).toString());
      } catch (URISyntaxException | RuntimeException e) {
        throw new IOException("the classes are not in files", e);
      }
    }
    return String.join(File.pathSeparator, places);
  }

  /** Reads the file, and tries the stated texts. */
  Ending open(String json, int vocabulary) {
    return ask(
        () -> {
          string(json);
          out.writeInt(vocabulary);
        });
  }

  Ending text(String text) {
    return ask(
        () -> {
          out.writeByte(TrialMain.TEXT);
          string(text);
        });
  }

  Ending ids(int[] ids) {
    return ask(
        () -> {
          out.writeByte(TrialMain.IDS);
          out.writeInt(ids.length);
          for (int id : ids) {
            out.writeInt(id);
          }
        });
  }

  private interface Question {
    void write() throws IOException;
  }

  private void string(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private Ending ask(Question question) {
    // Where the process hangs altogether, ending it ends the read.
    CompletableFuture<Void> late =
        CompletableFuture.runAsync(
            process::destroyForcibly,
            CompletableFuture.delayedExecutor(MOST_SECONDS, TimeUnit.SECONDS));
    try {
      question.write();
      out.flush();
      if (process.getInputStream().read() == TrialMain.DONE) {
        return Ending.HARMLESS;
      }
    } catch (IOException ended) {
      // Its exit code says why.
    } finally {
      late.cancel(false);
    }
    return ending();
  }

  private Ending ending() {
    try {
      if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
        return Ending.TOO_LONG;
      }
      return switch (process.exitValue()) {
        case TrialMain.TOO_LONG -> Ending.TOO_LONG;
        case TrialMain.TOO_LARGE -> Ending.TOO_LARGE;
        default -> Ending.FAULT;
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FresnelException("The trial of the tokenizer was interrupted. Try again.", e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
