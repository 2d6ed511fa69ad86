package dev.fresnel.generate;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Past;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A text that a model continued, token by token. Keys and values of earlier positions are kept, so
 * each step reads one token.
 *
 * <pre>{@code
 * var options = GenerationOptions.of(32).with(Sampling.greedy());
 * try (var generation = Generation.of(model, model.tokens("Once"), options)) {
 *   generation.text().orElseThrow();   // what follows the prompt
 * }
 * }</pre>
 *
 * <p>If the plan keeps activations, the generation owns the runs of all steps, and with them native
 * memory: close it.
 */
public final class Generation implements AutoCloseable {
  /** Why a generation ended. */
  public enum End {
    /** It has as many new tokens as it may have. */
    LENGTH,
    /** The model gave the EOS token. */
    EOS,
    /** The text has a stop string. */
    STOP_STRING,
    /** The model's context is full. The last token follows the context's last position. */
    CONTEXT
  }

  private final Transformer model;
  private final GenerationOptions options;
  private final Consumer<GeneratedToken> listener;
  private final SplittableRandom random;
  private final OptionalInt eos;
  private final @Nullable GrowingText growing;
  private final StringBuilder text = new StringBuilder();
  private final List<Run> runs = new ArrayList<>();
  private final int start;
  private int[] ids;
  private @Nullable End end;

  Generation(
      Transformer model,
      Tokens prompt,
      GenerationOptions options,
      Consumer<GeneratedToken> listener) {
    this.model = model;
    this.options = options;
    this.listener = listener;
    random = new SplittableRandom(options.seed());
    ids = prompt.ids(0);
    start = ids.length;
    eos =
        options.stopAtEos() && model.tokenizer().isPresent()
            ? model.tokenizer().get().eosId()
            : OptionalInt.empty();
    growing = growing();
  }

  /**
   * Continues a text.
   *
   * @param prompt one text without padding; its BOS, if it has one, is a token of it
   * @return the new tokens and their text; close it
   * @throws FresnelException as {@link #of(Transformer, Tokens, GenerationOptions, Consumer)}
   */
  public static Generation of(Transformer model, Tokens prompt, GenerationOptions options) {
    return of(model, prompt, options, token -> {});
  }

  /**
   * Continues a text, and shows each token as soon as it is chosen.
   *
   * @param prompt one text without padding; its BOS, if it has one, is a token of it
   * @param listener called with each new token in turn, on this thread
   * @return the new tokens and their text; close it
   * @throws FresnelException if the prompt is not one text, or the prompt or the plan does not fit
   *     the model; if stop strings are given and the model has no tokenizer; if a step's logits are
   *     not numbers
   */
  public static Generation of(
      Transformer model,
      Tokens prompt,
      GenerationOptions options,
      Consumer<GeneratedToken> listener) {
    if (prompt.batch() != 1 || prompt.isPadded()) {
      throw new FresnelException(
          prompt.batch() == 1
              ? "a text to continue has no padding; this one has: take its tokens alone"
              : "one text is continued here, got %d; continue several with GenerationBatch"
                  .formatted(prompt.batch()));
    }
    var generation = new Generation(model, prompt, options, listener);
    try {
      generation.run(prompt);
      return generation;
    } catch (RuntimeException e) {
      generation.close();
      throw e;
    }
  }

  /** The text as it grows; null if no tokenizer can be used and nobody asked for stop strings. */
  private @Nullable GrowingText growing() {
    if (model.tokenizer().isEmpty()) {
      if (!options.stop().isEmpty()) {
        throw new FresnelException(
            model.config().name()
                + " has no tokenizer, so a stop string cannot be found; leave it out");
      }
      return null;
    }
    var tokenizer = model.tokenizer().get();
    try {
      tokenizer.decode(ids[0]);
    } catch (FresnelException unusable) {
      if (!options.stop().isEmpty()) {
        throw unusable;
      }
      return null;
    }
    return new GrowingText(tokenizer, options.stop(), ids);
  }

  void run(Tokens prompt) {
    int context = model.config().sizes().context();
    // The last new token is not read. A prompt that is too long is an error of its run.
    long positions = Math.min(context, (long) start + options.maxNewTokens() - 1);
    RunPlan plan = options.plan();
    try (var past = Past.growing(model, (int) Math.min(context, Math.max(start, positions)))) {
      Tokens next = prompt;
      while (end == null) {
        float[] logits = logits(model.run(next, plan, past), runs);
        next = Tokens.of(next(logits, past.length() == context));
      }
    }
  }

  /** The logits [batch, d_vocab] of a run's last position. Keeps the run if it kept anything. */
  static float[] logits(Run run, List<Run> runs) {
    boolean kept = !run.cache().points().isEmpty();
    if (kept) {
      runs.add(run);
    }
    try (var scope = Scope.open()) {
      return run.logits(-1).floats();
    } finally {
      if (!kept) {
        run.close();
      }
    }
  }

  /**
   * Chooses and shows the next token.
   *
   * @param full whether the model's context is full
   */
  int next(float[] logits, boolean full) {
    int id = options.sampling().choose(logits, ids, random);
    end = endBehind(id, full);
    show(id);
    return id;
  }

  boolean ended() {
    return end != null;
  }

  int last() {
    return ids[ids.length - 1];
  }

  private @Nullable End endBehind(int id, boolean full) {
    ids = Arrays.copyOf(ids, ids.length + 1);
    ids[ids.length - 1] = id;
    if (eos.isPresent() && id == eos.getAsInt()) {
      return End.EOS;
    }
    if (growing != null) {
      growing.add(id);
      if (growing.isStopped()) {
        return End.STOP_STRING;
      }
    }
    if (ids.length - start >= options.maxNewTokens()) {
      return End.LENGTH;
    }
    return full ? End.CONTEXT : null;
  }

  private void show(int id) {
    String piece = growing == null ? null : growing.release(end != null);
    if (piece != null) {
      text.append(piece);
    }
    listener.accept(new GeneratedToken(ids.length - start - 1, id, piece));
  }

  /** The ids of the new tokens, an EOS at the end among them. */
  public int[] ids() {
    return Arrays.copyOfRange(ids, start, ids.length);
  }

  /**
   * The new text. It ends before the EOS token or the stop string that ended it.
   *
   * @return empty if the model has no tokenizer
   */
  public Optional<String> text() {
    return growing == null ? Optional.empty() : Optional.of(text.toString());
  }

  /** Why the generation ended. */
  public End end() {
    return Objects.requireNonNull(end);
  }

  /**
   * The runs of all steps, if the plan keeps activations; otherwise none. The first read the
   * prompt, run i the new token i - 1. Their caches have what the plan keeps [batch 1, pos, ..]:
   * the first at every position of the prompt, each other at one. The last new token is not read.
   */
  public List<Run> runs() {
    return List.copyOf(runs);
  }

  @Override
  public void close() {
    runs.forEach(Run::close);
  }

  @Override
  public String toString() {
    return "Generation of %d tokens, ended by %s".formatted(ids().length, end);
  }
}
