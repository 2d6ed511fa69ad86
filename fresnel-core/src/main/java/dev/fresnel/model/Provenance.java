package dev.fresnel.model;

import java.util.List;

/**
 * Where a model came from and what was done to it: for {@code inspect} and for a report's footer.
 *
 * @param source the file, directory or name it was loaded from
 * @param architecture the family, in the words of its own configuration: {@code LlamaForCausalLM}
 * @param processing the weight-processing steps that were applied, in order; empty for weights as
 *     stored
 * @param format how the weights were stored: {@code safetensors}, {@code GGUF Q4_1}
 * @param bytes how large the weight files are
 */
public record Provenance(
    String source, String architecture, List<String> processing, String format, long bytes) {
  public Provenance {
    processing = List.copyOf(processing);
  }
}
