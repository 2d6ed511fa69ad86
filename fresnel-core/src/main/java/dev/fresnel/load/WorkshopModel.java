package dev.fresnel.load;

import dev.fresnel.load.internal.family.Settings;
import java.util.HashMap;
import java.util.Map;

/**
 * The configuration of {@code attn_only_2L_half.pth}, which was published without one: the small
 * model of the ARENA course's chapter on mechanistic interpretability (Callum McDougall). Two
 * layers of attention alone, shortformer positions, no norm, no biases; its tokenizer is
 * GPT-NeoX's, and its texts begin with BOS.
 */
final class WorkshopModel {
  static final String FILE = "attn_only_2L_half.pth";

  private WorkshopModel() {}

  static Settings settings() {
    Map<String, Object> values = new HashMap<>();
    values.put("model_name", "attn-only-2l");
    values.put("d_model", 768);
    values.put("d_head", 64);
    values.put("n_heads", 12);
    values.put("n_layers", 2);
    values.put("n_ctx", 2048);
    values.put("d_vocab", 50278);
    values.put("attention_dir", "causal");
    values.put("attn_only", true);
    values.put("normalization_type", null);
    values.put("positional_embedding_type", "shortformer");
    values.put("default_prepend_bos", true);
    return Settings.of("the workshop model's configuration", values);
  }
}
