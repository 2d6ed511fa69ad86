package dev.fresnel.load.internal.family;

import java.util.List;

/**
 * Keys of GGUF files that llama.cpp reads and that are not built, after the architecture's name:
 * each is refused unless it has the value that changes nothing.
 */
final class GgufRefusals {
  private record Refusal(String key, Object harmless, String meaning) {}

  private static final List<Refusal> ALL =
      List.of(
          new Refusal("expert_count", 0, "a mixture of experts"),
          new Refusal("nextn_predict_layers", 0, "layers that predict tokens after the next"),
          new Refusal("attention.causal", true, "attention to later positions"),
          new Refusal("attention.sliding_window", 0, "attention to the last few positions only"),
          new Refusal("attention.max_alibi_bias", 0, "ALiBi positions"),
          new Refusal("attention.clamp_kqv", 0, "clamped queries, keys and values"),
          new Refusal("use_parallel_residual", false, "attention and MLP in parallel"),
          new Refusal("swin_norm", false, "norms behind attention and MLP"),
          new Refusal("logit_scale", 1, "scaled logits"),
          new Refusal("embedding_scale", 1, "scaled embeddings"),
          new Refusal("residual_scale", 1, "scaled residuals"),
          new Refusal("attn_logit_softcapping", 0, "a soft cap on attention scores"),
          new Refusal("final_logit_softcapping", 0, "a soft cap on logits"),
          new Refusal("rope.scaling.attn_factor", 1, "scaled rotary positions"),
          new Refusal("rope.scaling.yarn_log_multiplier", 0, "YaRN's rotary scaling"),
          new Refusal("rope.dimension_sections", List.of(), "rotary positions of several axes"));

  private GgufRefusals() {}

  static void check(Settings settings, String architecture) {
    for (Refusal refusal : ALL) {
      settings.refuseUnless(architecture + "." + refusal.key, refusal.harmless, refusal.meaning);
    }
  }
}
