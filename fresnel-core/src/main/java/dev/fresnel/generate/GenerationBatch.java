package dev.fresnel.generate;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Past;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several texts that a model continues at once: each step reads one token of every text. Each text
 * is continued as {@link Generation} continues it alone.
 *
 * <pre>{@code
 * var prompts = List.of(model.tokens("Once"), model.tokens("There was a"));
 * try (var batch = GenerationBatch.of(model, prompts, GenerationOptions.of(32))) {
 *   batch.texts().get(1).text().orElseThrow();   // what follows the second prompt
 * }
 * }</pre>
 *
 * <p>Shorter prompts are padded on the left. A text that has ended takes part in the steps until
 * all have; what it would add does not count. If the plan keeps activations, the batch owns the
 * runs of all steps, and with them native memory: close it.
 */
public final class GenerationBatch implements AutoCloseable {
  private final List<Generation> texts;
  private final List<Run> runs = new ArrayList<>();

  private GenerationBatch(List<Generation> texts) {
    this.texts = texts;
  }

  /**
   * Continues texts.
   *
   * @param prompts one text each, without padding; their BOS, if they have one, is a token of them
   * @param options the same for all; the draws of text i begin with the seed plus i, so that equal
   *     prompts are continued differently
   * @throws FresnelException as {@link Generation#of}; and if there are no prompts, or the plan
   *     keeps activations and the longest text may fill the model's context
   */
  public static GenerationBatch of(
      Transformer model, List<Tokens> prompts, GenerationOptions options) {
    for (int i = 0; i < prompts.size(); i++) {
      if (prompts.get(i).batch() != 1 || prompts.get(i).isPadded()) {
        throw new FresnelException(
            "prompt %d must be one text without padding; give each text as a prompt of its own"
                .formatted(i));
      }
    }
    if (prompts.isEmpty()) {
      throw new FresnelException("there is no prompt to continue; give at least one");
    }
    var texts = new ArrayList<Generation>();
    for (int i = 0; i < prompts.size(); i++) {
      texts.add(new Generation(model, prompts.get(i), seeded(options, i), token -> {}));
    }
    var batch = new GenerationBatch(List.copyOf(texts));
    try {
      batch.run(model, prompts, options);
      return batch;
    } catch (RuntimeException e) {
      batch.close();
      throw e;
    }
  }

  private static GenerationOptions seeded(GenerationOptions options, int text) {
    return options.withSeed(options.seed() + text);
  }

  private void run(Transformer model, List<Tokens> prompts, GenerationOptions options) {
    int context = model.config().sizes().context();
    int longest = prompts.stream().mapToInt(Tokens::length).max().orElseThrow();
    long positions = (long) longest + options.maxNewTokens() - 1;
    if (positions > context) {
      oneByOne(model, prompts, options);
      return;
    }
    var padded = Tokens.leftPadded(prompts.stream().map(prompt -> prompt.ids(0)).toList(), 0);
    try (var past = Past.growing(model, (int) positions, padded)) {
      Tokens next = padded;
      while (!texts.stream().allMatch(Generation::ended)) {
        float[] logits = Generation.logits(model.run(next, options.plan(), past), runs);
        int width = logits.length / texts.size();
        var ids = new ArrayList<int[]>();
        for (int text = 0; text < texts.size(); text++) {
          var each = texts.get(text);
          float[] own = Arrays.copyOfRange(logits, text * width, (text + 1) * width);
          ids.add(new int[] {each.ended() ? each.last() : each.next(own, false)});
        }
        next = Tokens.ofRows(ids);
      }
    }
  }

  /** Where padding could fill the context before a text is as long as it may be. */
  private void oneByOne(Transformer model, List<Tokens> prompts, GenerationOptions options) {
    for (int text = 0; text < texts.size(); text++) {
      var each = texts.get(text);
      each.run(prompts.get(text));
      if (!each.runs().isEmpty()) {
        throw new FresnelException(
            "the longest text may fill the context of %d tokens, so texts are continued one by one, and have no runs in common; keep activations with Generation, or ask for fewer than %d new tokens"
                .formatted(model.config().sizes().context(), options.maxNewTokens()));
      }
    }
  }

  /** The texts, in the order of the prompts. Their own {@code runs} are empty. */
  public List<Generation> texts() {
    return texts;
  }

  /**
   * The runs of all steps [batch, ..], if the plan keeps activations; otherwise none. The first
   * read the prompts, with padding before the shorter ones.
   */
  public List<Run> runs() {
    return List.copyOf(runs);
  }

  @Override
  public void close() {
    runs.forEach(Run::close);
    texts.forEach(Generation::close);
  }

  @Override
  public String toString() {
    return "GenerationBatch of %d texts".formatted(texts.size());
  }
}
