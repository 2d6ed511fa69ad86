package dev.fresnel.model;

import java.util.List;

/**
 * Where a model came from and how it was processed, for {@code inspect} and the footer of reports.
 *
 * @param source the file, directory or name it was loaded from
 * @param architecture the architecture as the model's own configuration names it: {@code
 *     LlamaForCausalLM}
 * @param processing the weight-processing steps that were applied, in order; empty for weights as
 *     stored
 * @param format the file format of the weights: {@code safetensors}, {@code GGUF Q4_1}
 * @param bytes the size of the weight files
 */
public record Provenance(
    String source, String architecture, List<String> processing, String format, long bytes) {
  public Provenance {
    processing = List.copyOf(processing);
  }
}
