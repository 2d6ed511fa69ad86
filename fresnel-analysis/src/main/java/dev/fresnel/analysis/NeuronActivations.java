package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Dims;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.Token;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How strongly each neuron of a model's MLPs fires at each token of some texts. Immutable; four
 * bytes per layer, neuron and token are in memory.
 *
 * <pre>{@code
 * var activations = NeuronActivations.of(model, List.of(model.tokens("A cat sat."), model.tokens("Dogs bark.")));
 * activations.strongest(0, 301, 5);
 * Figure.neurons(activations);
 * }</pre>
 */
public final class NeuronActivations {
  private final List<List<Token>> texts;
  private final int neurons;

  /** [layer][neuron * tokens + token], the tokens of all texts one after another. */
  private final float[][] values;

  /** Where each text begins, and behind the last where it ends. */
  private final int[] starts;

  /**
   * A token at which a neuron fires.
   *
   * @param text which text, counted from 0
   * @param position counted from 0, padding left out
   */
  public record Firing(int text, int position, Token token, double value) {}

  private NeuronActivations(List<List<Token>> texts, int layers, int neurons) {
    this.texts = texts.stream().map(List::copyOf).toList();
    this.neurons = neurons;
    if (texts.isEmpty() || layers == 0 || neurons == 0) {
      throw new FresnelException(
          "activations of neurons need at least one text, one layer and one neuron; got %d, %d and %d"
              .formatted(texts.size(), layers, neurons));
    }
    starts = new int[texts.size() + 1];
    for (int text = 0; text < texts.size(); text++) {
      starts[text + 1] = Math.addExact(starts[text], texts.get(text).size());
    }
    values = new float[layers][Math.multiplyExact(neurons, tokens())];
  }

  /**
   * What a run has to capture for {@link #of(Run)}: every layer's MLP_POST.
   *
   * @throws FresnelException if the model has no MLP
   */
  public static RunPlan plan(Transformer model) {
    requireNeurons(model);
    return RunPlan.capture(HookKind.MLP_POST);
  }

  /**
   * The activations of all texts of a run, padding left out.
   *
   * @throws FresnelException if the run did not capture MLP_POST everywhere, or the model has no
   *     MLP
   */
  public static NeuronActivations of(Run run) {
    requireNeurons(run.model());
    var texts = new ArrayList<List<Token>>();
    for (int text = 0; text < run.tokens().batch(); text++) {
      texts.add(Cells.all(run, text).tokens());
    }
    var found = new NeuronActivations(texts, run.model().layers(), neurons(run.model()));
    found.read(run, 0);
    return found;
  }

  /**
   * Runs the model on each batch of texts, one batch after the other, and keeps the activations.
   *
   * @throws FresnelException if there is no text, or the model has no MLP
   */
  public static NeuronActivations of(Transformer model, List<Tokens> batches) {
    requireNeurons(model);
    var texts = new ArrayList<List<Token>>();
    for (var batch : batches) {
      for (int text = 0; text < batch.batch(); text++) {
        texts.add(batch.row(text).subList(batch.padding(text), batch.length()));
      }
    }
    var found = new NeuronActivations(texts, model.layers(), neurons(model));
    int first = 0;
    for (var batch : batches) {
      try (var run = model.run(batch, plan(model))) {
        found.read(run, first);
      }
      first += batch.batch();
    }
    return found;
  }

  /**
   * Numbers from elsewhere, such as the features of a dictionary.
   *
   * @param values [text][layer][position][neuron]
   * @throws FresnelException if the numbers are not those of the texts' tokens
   */
  public static NeuronActivations of(List<List<Token>> texts, float[][][][] values) {
    if (texts.isEmpty() || values.length != texts.size() || texts.get(0).isEmpty()) {
      throw new FresnelException(
          "activations are [text][layer][position][neuron] of at least one text; got %d texts and %d"
              .formatted(texts.size(), values.length));
    }
    int layers = values[0].length;
    int neurons = layers == 0 || values[0][0].length == 0 ? 0 : values[0][0][0].length;
    var found = new NeuronActivations(texts, layers, neurons);
    for (int text = 0; text < values.length; text++) {
      for (int layer = 0; layer < layers; layer++) {
        float[] flat = new float[neurons * found.length(text)];
        int at = 0;
        for (float[] position : values[text][layer]) {
          for (int neuron = 0; neuron < position.length && at < flat.length; neuron++) {
            flat[at++] = position[neuron];
          }
        }
        if (at != flat.length || values[text][layer].length != found.length(text)) {
          throw new FresnelException(
              "text %d, layer %d: expected %d positions of %d neurons, got %d positions"
                  .formatted(text, layer, found.length(text), neurons, values[text][layer].length));
        }
        found.put(text, layer, flat);
      }
    }
    return found;
  }

  private static void requireNeurons(Transformer model) {
    if (model.config().attentionOnly()) {
      throw new FresnelException(
          model.config().name() + " has attention alone, so it has no neurons");
    }
  }

  private static int neurons(Transformer model) {
    var mlp = model.config().mlp();
    return mlp instanceof Mlp.Gated gated
        ? gated.dMlp()
        : mlp instanceof Mlp.Plain plain ? plain.dMlp() : 0;
  }

  private void read(Run run, int first) {
    for (int layer = 0; layer < layers(); layer++) {
      for (int text = 0; text < run.tokens().batch(); text++) {
        try (var scope = Scope.open()) {
          var cells = Cells.all(run, text);
          var kept = cells.of(HookKind.MLP_POST.at(layer), "NeuronActivations.plan(model)");
          put(first + text, layer, kept.order(Dims.POS, Dims.D_MLP).floats());
        }
      }
    }
  }

  /** Stores [position][neuron]. */
  private void put(int text, int layer, float[] flat) {
    for (int position = 0; position < length(text); position++) {
      for (int neuron = 0; neuron < neurons; neuron++) {
        values[layer][neuron * tokens() + starts[text] + position] =
            flat[position * neurons + neuron];
      }
    }
  }

  /** The texts, padding left out. */
  public List<List<Token>> texts() {
    return texts;
  }

  /** How many layers the model has. */
  public int layers() {
    return values.length;
  }

  /** The number of neurons in a layer. */
  public int neurons() {
    return neurons;
  }

  /** The number of tokens of all texts. */
  public int tokens() {
    return starts[starts.length - 1];
  }

  private int length(int text) {
    return starts[text + 1] - starts[text];
  }

  /**
   * A neuron's activations at the tokens of all texts, one text after the other; a copy.
   *
   * @throws FresnelException if there is no such neuron
   */
  public float[] of(int layer, int neuron) {
    if (layer < 0 || layer >= layers() || neuron < 0 || neuron >= neurons) {
      throw new FresnelException(
          "there is no neuron L%dN%d: layers are 0 to %d, neurons 0 to %d"
              .formatted(layer, neuron, layers() - 1, neurons - 1));
    }
    return Arrays.copyOfRange(values[layer], neuron * tokens(), (neuron + 1) * tokens());
  }

  /**
   * A neuron's activations at the tokens of one text.
   *
   * @throws FresnelException if there is no such neuron or text
   */
  public double[] of(int layer, int neuron, int text) {
    if (text < 0 || text >= texts.size()) {
      throw new FresnelException(
          "there is no text %d: texts are 0 to %d".formatted(text, texts.size() - 1));
    }
    float[] all = of(layer, neuron);
    return IntStream.range(starts[text], starts[text + 1]).mapToDouble(at -> all[at]).toArray();
  }

  /**
   * The tokens at which a neuron's activation is greatest, the greatest first; NaN is left out.
   *
   * @param count how many, 0 or more; fewer are given where there are fewer
   * @throws FresnelException if there is no such neuron, or the count is negative
   */
  public List<Firing> strongest(int layer, int neuron, int count) {
    if (count < 0) {
      throw new FresnelException("expected a number of tokens from 0 on, got " + count);
    }
    float[] all = of(layer, neuron);
    var firings = new ArrayList<Firing>();
    for (int text = 0; text < texts.size(); text++) {
      for (int position = 0; position < length(text); position++) {
        float value = all[starts[text] + position];
        if (!Float.isNaN(value)) {
          firings.add(new Firing(text, position, texts.get(text).get(position), value));
        }
      }
    }
    firings.sort(Comparator.comparingDouble(firing -> -firing.value()));
    return List.copyOf(firings.subList(0, Math.min(count, firings.size())));
  }

  @Override
  public String toString() {
    return "NeuronActivations[%d texts, %d tokens, %d layers of %d neurons]"
        .formatted(texts.size(), tokens(), layers(), neurons);
  }
}
