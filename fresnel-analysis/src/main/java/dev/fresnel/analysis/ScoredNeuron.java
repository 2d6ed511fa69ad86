package dev.fresnel.analysis;

/**
 * A neuron of an MLP with a number, such as its share of a logit. Layers and neurons count from 0.
 */
public record ScoredNeuron(int layer, int neuron, double score) {
  /** {@code L5N301}, as in TransformerLens. */
  public String label() {
    return "L" + layer + "N" + neuron;
  }
}
