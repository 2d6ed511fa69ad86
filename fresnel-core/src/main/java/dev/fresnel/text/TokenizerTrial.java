package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.text.TrialProcess.Ending;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tries a tokenizer of no known shape in a process of its own: first on the stated texts ({@link
 * TrialMain#PROBES}), then each text and each list of ids before it reaches the native code here.
 * What did no harm is kept ({@link Verdicts}), so that a second run with the same text starts no
 * process.
 */
final class TokenizerTrial implements Trial {
  /** The verdict on the stated texts. */
  private static final String PROBED = "probes 1";

  private final String json;
  private final int vocabulary;
  private final Verdicts verdicts;
  private @Nullable TrialProcess process;

  TokenizerTrial(String json, int vocabulary) {
    this(json, vocabulary, Verdicts.of(TokenizerLibrary.verdicts(), version(), json));
  }

  TokenizerTrial(String json, int vocabulary, Verdicts verdicts) {
    this.json = json;
    this.vocabulary = vocabulary;
    this.verdicts = verdicts;
  }

  private static String version() {
    return PROBED + " " + TokenizerLibrary.version() + " " + System.getProperty("os.arch");
  }

  @Override
  public synchronized void text(String text) {
    if (TrialMain.PROBES.contains(text)) {
      requireProbed();
      return;
    }
    String call = Verdicts.hash("T" + text);
    requireProbed();
    if (!verdicts.isHarmless(call)) {
      judge(process().text(text), "on the text " + brief(text));
      verdicts.addHarmless(call);
    }
  }

  @Override
  public synchronized void ids(int[] ids) {
    requireProbed();
    boolean probed = ids.length == 1 && ids[0] < vocabulary;
    String call = probed ? "" : Verdicts.hash("I" + Arrays.toString(ids));
    if (!probed && !verdicts.isHarmless(call)) {
      judge(process().ids(ids), "on " + ids.length + " ids");
      verdicts.addHarmless(call);
    }
  }

  private void requireProbed() {
    if (verdicts.refusal() != null) {
      throw refused(verdicts.refusal());
    }
    if (!verdicts.isHarmless(PROBED)) {
      process();
    }
  }

  private TrialProcess process() {
    if (process != null) {
      return process;
    }
    try {
      process = TrialProcess.start();
    } catch (IOException e) {
      throw UnusableTokenizer.file(
          "it has the shape of no known tokenizer, and no process can be started to try it ("
              + InputFile.reason(e)
              + ")",
          "If you trust it, use --trust-tokenizer (in code: TokenizerTrust.TRUSTED), or give token"
              + " ids in place of text.",
          e);
    }
    judge(process.open(json, vocabulary), "on the texts that every such tokenizer is tried on");
    verdicts.addHarmless(PROBED);
    return process;
  }

  private void judge(Ending ending, String where) {
    if (ending != Ending.HARMLESS) {
      close();
      verdicts.refuse(where + " it " + ending.words());
      throw refused(verdicts.refusal());
    }
  }

  private FresnelException refused(String reason) {
    return UnusableTokenizer.file(
        "tried in a process of its own, " + reason,
        UnusableTokenizer.USE_IDS
            + (verdicts.file() == null
                ? ""
                : " The verdict is kept in " + verdicts.file() + "; delete it to try again."));
  }

  private static String brief(String text) {
    return "\"" + (text.length() <= 60 ? text : text.substring(0, 57) + "...") + "\"";
  }

  @Override
  public synchronized void close() {
    if (process != null) {
      process.close();
      process = null;
    }
  }
}
