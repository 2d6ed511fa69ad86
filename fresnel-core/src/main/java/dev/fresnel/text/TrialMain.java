package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The process in which a tokenizer is tried. It reads a tokenizer.json and then calls to try from
 * its standard input, and answers each with one byte. A call that takes too long or too much memory
 * ends it, as a fault of the native code does.
 */
final class TrialMain {
  /** What is asked: encode a text, or decode ids. */
  static final int TEXT = 'T';

  static final int IDS = 'I';

  /** The answer to a call that did no harm; errors of the tokenizer are no harm. */
  static final int DONE = 1;

  /** Exit codes. */
  static final int TOO_LONG = 70;

  static final int TOO_LARGE = 71;

  /** Processor time of a call, in milliseconds, and for each megabyte of the file. */
  static final long MOST_MILLIS = 2_000;

  static final long MILLIS_PER_MB = 800;

  /** Bytes above the level before, and for each byte of the file. */
  private static final long MOST_BYTES = 256L << 20;

  private static final long BYTES_PER_BYTE = 40;

  private static final long CHECK_MILLIS = 5;
  private static final long PAGE_BYTES = 4_096;
  private static final Path MEMORY = Path.of("/proc/self/statm");

  /**
   * The texts that every tokenizer of unknown shape is tried on: what a pattern may backtrack on,
   * in runs of a thousand, and characters of one to four bytes, marks, spaces, controls and
   * numbers.
   */
  static final List<String> PROBES =
      List.of(
          "",
          "a",
          " ",
          "The quick brown fox's 12,345 jumps can't stop: (a+b)*c = \"d\"!\n\n\tEnd.",
          "a".repeat(1_000),
          "A".repeat(1_000),
          "7".repeat(1_000),
          " ".repeat(1_000) + "x",
          "\n".repeat(1_000) + "x",
          " \n\t\r".repeat(250) + "x",
          ".".repeat(1_000),
          "aB7 ".repeat(250),
          "a ".repeat(500) + "!",
          "'s'S't".repeat(170),
          "é".repeat(500) + "e\u0301".repeat(250),
          "中文字".repeat(300),
          "\uD83D\uDE42".repeat(300),
          "\u0000\u0001\u00A0\u200B\u2581\uFEFF\uFFFD\uFDFA\u1112\u1161\u11AB",
          "<s> </s><unk><pad><mask> [CLS] [SEP] <|endoftext|>",
          "Ǆ İ ß ﬁ ½ ² \u0BCA \u0CC0",
          "ab".repeat(20_000));

  private final OutputStream answers;
  private final long base = resident();
  private volatile long begun = Long.MAX_VALUE;

  private TrialMain(OutputStream answers) {
    this.answers = answers;
  }

  /** Reads calls until its input ends. */
  public static void main(String[] arguments) throws IOException {
    TokenizerLibrary.get(); // its memory is none of a call's
    new TrialMain(new FileOutputStream(FileDescriptor.out)).serve(System.in);
  }

  private void serve(InputStream calls) throws IOException {
    try (var in = new DataInputStream(new BufferedInputStream(calls))) {
      String json = string(in);
      int vocabulary = in.readInt();
      watch(json.length());
      try (var tokenizer = tokenizer(json)) {
        if (tokenizer != null) {
          probe(tokenizer, vocabulary);
        }
        done();
        while (true) {
          answer(in, tokenizer);
        }
      }
    } catch (EOFException nothingMoreIsAsked) {
      return;
    }
  }

  private NativeTokenizer tokenizer(String json) {
    begin();
    try {
      return new NativeTokenizer(json, Trial.NONE);
    } catch (FresnelException refused) {
      return null;
    }
  }

  private void probe(NativeTokenizer tokenizer, int vocabulary) {
    for (String text : PROBES) {
      encode(tokenizer, text);
    }
    int[] all = new int[vocabulary];
    begin();
    for (int id = 0; id < vocabulary; id++) {
      all[id] = id;
      decode(tokenizer, id);
      if (id % 1_000 == 0) {
        begin();
      }
    }
    decode(tokenizer, all);
  }

  private void answer(DataInputStream in, NativeTokenizer tokenizer) throws IOException {
    if (in.readByte() == TEXT) {
      String text = string(in);
      encode(tokenizer, text);
    } else {
      int[] ids = new int[in.readInt()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = in.readInt();
      }
      begin();
      decode(tokenizer, ids);
    }
    done();
  }

  private void encode(NativeTokenizer tokenizer, String text) {
    for (boolean special : new boolean[] {false, true}) {
      begin();
      try {
        int[] ids = tokenizer == null ? new int[0] : tokenizer.encode(text, special);
        decode(tokenizer, ids);
      } catch (FresnelException noHarm) {
        continue;
      }
    }
  }

  private static void decode(NativeTokenizer tokenizer, int... ids) {
    try {
      if (tokenizer != null) {
        tokenizer.decode(ids);
      }
    } catch (FresnelException noHarm) {
      return;
    }
  }

  private void begin() {
    begun = processorNanos();
  }

  private void done() throws IOException {
    begun = Long.MAX_VALUE;
    answers.write(DONE);
  }

  private static String string(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }

  /** Ends the process where a call goes beyond the limits. */
  private void watch(long chars) {
    long mostNanos = (MOST_MILLIS + MILLIS_PER_MB * (chars >> 20)) * 1_000_000;
    long mostBytes = Math.max(MOST_BYTES, BYTES_PER_BYTE * chars);
    var watcher =
        new Thread(
            () -> {
              while (true) {
                if (processorNanos() - begun > mostNanos) {
                  Runtime.getRuntime().halt(TOO_LONG);
                }
                if (resident() - base > mostBytes) {
                  Runtime.getRuntime().halt(TOO_LARGE);
                }
                pause();
              }
            },
            "watch");
    watcher.setDaemon(true);
    watcher.start();
  }

  private static long processorNanos() {
    return ProcessHandle.current().info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
  }

  private static void pause() {
    try {
      Thread.sleep(CHECK_MILLIS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Resident bytes; 0 on systems without /proc, where only the time is limited. */
  private static long resident() {
    try {
      return Files.isReadable(MEMORY)
          ? Long.parseLong(Files.readString(MEMORY).split(" ")[1]) * PAGE_BYTES
          : 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
