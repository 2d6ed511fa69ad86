package dev.fresnel.text;

/** What is done with a tokenizer.json that has the shape of no published tokenizer. */
public enum TokenizerTrust {
  /**
   * It is tried in a process of its own first, and so is each text: a fault there ends that process
   * and not this one. Where no process can be started, the file is refused.
   */
  TRIED,
  /** It is used without a trial. For files that you made yourself. */
  TRUSTED
}
