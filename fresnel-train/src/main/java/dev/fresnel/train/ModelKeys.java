package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys that may stand under a recipe's {@code model}: the fields of HookedTransformerConfig in
 * TransformerLens 2.16.1, and those of other versions that its published models have. Whatever else
 * is there is a mistake, since it would change nothing.
 */
final class ModelKeys {
  /** What a configuration is read from, or refused by. */
  private static final Set<String> READ =
      Set.of(
          words(
              """
              model_name n_layers d_model n_ctx d_head n_heads n_key_value_heads d_mlp act_fn d_vocab
              d_vocab_out eps attn_only gated_mlp parallel_attn_mlp normalization_type final_rms
              post_embedding_ln use_normalization_before_and_after positional_embedding_type rotary_dim
              rotary_base rotary_adjacent_pairs use_NTK_by_parts_rope NTK_by_parts_factor
              NTK_by_parts_low_freq_factor NTK_by_parts_high_freq_factor NTK_original_ctx_len
              use_attn_scale attn_scale scale_attn_by_inverse_layer_idx attn_scores_soft_cap
              output_logits_soft_cap use_local_attn window_size attn_types attention_dir use_qk_norm
              num_experts load_in_4bit default_prepend_bos original_architecture
              normalization shortformer_pos architecture rotary_scaling_factor use_yarn_rope
              rotary_base_local"""));

  /** What changes no number of a model that is trained here. */
  private static final Set<String> HARMLESS =
      Set.of(
          words(
              """
              use_attn_result use_split_qkv_input use_hook_mlp_in use_attn_in use_hook_tokens
              ungroup_grouped_query_attention from_checkpoint checkpoint_index checkpoint_label_type
              checkpoint_value tokenizer_name tokenizer_prepends_bos device n_devices init_weights
              n_params trust_remote_code experts_per_token relative_attention_max_distance
              relative_attention_num_buckets decoder_start_token_id"""));

  /**
   * What the recipe says elsewhere, or training cannot do: the values that are accepted, and what
   * to do with another one.
   */
  private static final Map<String, Elsewhere> ELSEWHERE =
      Map.of(
          "seed", new Elsewhere(List.of(), "give \"seed\" under \"training\""),
          "init_mode", new Elsewhere(List.of("gpt2"), "give \"initialization\" beside \"model\""),
          "initializer_range", new Elsewhere(List.of("-1.0", "-1"), "leave it out"),
          "dtype",
              new Elsewhere(
                  List.of("float32", "torch.float32"), "leave it out: training is in float32"),
          "tie_word_embeddings",
              new Elsewhere(List.of("false"), "leave it out: weights are not tied in training"));

  private record Elsewhere(List<String> accepted, String advice) {}

  private ModelKeys() {}

  /** All keys. */
  static Set<String> known() {
    var known = new TreeSet<>(READ);
    known.addAll(HARMLESS);
    known.addAll(ELSEWHERE.keySet());
    return known;
  }

  /**
   * @throws FresnelException if a key is unknown, or says what the recipe says elsewhere
   */
  static void require(Map<String, Object> model) {
    model.forEach(
        (key, value) -> {
          if (READ.contains(key) || HARMLESS.contains(key) || value == null && isKnown(key)) {
            return;
          }
          if (!isKnown(key)) {
            throw new FresnelException(
                "\"model\" has the unknown key \""
                    + key
                    + "\"; the nearest are "
                    + String.join(", ", NearestNames.of(key, known())));
          }
          var elsewhere = ELSEWHERE.get(key);
          if (!elsewhere.accepted.contains(value.toString())) {
            throw new FresnelException(
                "\"model\" has \"" + key + "\": " + value + "; " + elsewhere.advice);
          }
        });
  }

  private static boolean isKnown(String key) {
    return READ.contains(key) || HARMLESS.contains(key) || ELSEWHERE.containsKey(key);
  }

  private static String[] words(String text) {
    return text.split("\\s+");
  }
}
