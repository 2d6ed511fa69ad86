package dev.fresnel.load.internal.family;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Keys of published files that change no number of a forward pass: what a file is called and where
 * it came from, training, generation, other tasks, and how fast the original computes. {@code
 * parity/keys.py} shows it for those of config.json, by setting each to another value.
 */
final class HarmlessKeys {
  private static final Set<String> HUB =
      words(
          """
          _commit_hash _name_or_path _num_labels architectures auto_map model_type name_or_path
          output_past prefix vocab_size_or_config_json_file
          task_specific_params tokenizer_class tokenizer_name transformers_version
          transformers.js_config language license

          activation_dropout attention_dropout attention_probs_dropout_prob attn_dropout attn_pdrop
          classifier_dropout classifier_dropout_prob dropout embd_pdrop embed_dropout ffn_dropout
          gradient_checkpointing hidden_dropout hidden_dropout_prob init_std initializer_factor
          initializer_range layerdrop resid_pdrop summary_first_dropout bias_dropout_fusion
          masked_softmax_fusion attention_softmax_in_fp32 skip_bias_add skip_bias_add_qkv
          pretraining_tp offset_alibi

          bad_words_ids begin_suppress_tokens bos_token_id cache_implementation decoder_start_token_id
          diversity_penalty do_sample early_stopping encoder_no_repeat_ngram_size eos_token_id
          exponential_decay_length_penalty forced_bos_token_id forced_eos_token_id length_penalty
          max_length min_length no_repeat_ngram_size num_beam_groups num_beams num_return_sequences
          output_scores pad_token_id remove_invalid_values repetition_penalty
          return_dict_in_generate sep_token_id suppress_tokens temperature top_k top_p typical_p
          unk_token_id use_cache

          finetuning_task id2label label2id num_labels problem_type summary_activation
          summary_proj_to_labels summary_type summary_use_proj cross_attention_hidden_size
          tie_encoder_decoder

          _attn_implementation _attn_implementation_autoset _attn_implementation_internal
          attn_implementation chunk_size_feed_forward dtype flash_attention output_attentions
          output_hidden_states reorder_and_upcast_attn return_dict slow_but_exact tf_legacy_loss
          torch_dtype torchscript use_bfloat16 use_return_dict""");

  /** Keys that published models of one family have, and that its own code does not read. */
  private static final Map<String, Set<String>> OF_A_FAMILY =
      Map.of(
          "gpt2", words("is_decoder n_ctx"),
          "gptj", words("gradient_checkpointing is_decoder n_ctx rotary scale_attn_weights"),
          "gpt_neox", words("is_decoder partial_rotary_factor rope_theta"),
          "llama", words("is_decoder is_llama_config max_sequence_length rope_interleaved"),
          "opt", words("is_decoder"),
          "bloom",
              words(
                  """
                  attention_softmax_in_fp32 hidden_dropout_rate is_decoder n_inner
                  unk_token_id"""),
          "gemma2", words("hidden_act is_decoder use_bidirectional_attention_mask"));

  /**
   * Fields of HookedTransformerConfig that only its hooks, its training or its loader read; those
   * that a model without the part that they describe may have too; and what its author's published
   * models say of their training.
   */
  private static final Set<String> TRANSFORMER_LENS =
      words(
          """
          use_attn_result use_split_qkv_input use_hook_mlp_in use_attn_in use_hook_tokens
          ungroup_grouped_query_attention from_checkpoint checkpoint_index checkpoint_label_type
          checkpoint_value tokenizer_name tokenizer_prepends_bos device n_devices init_mode
          init_weights initializer_range seed n_params trust_remote_code dtype experts_per_token
          relative_attention_max_distance relative_attention_num_buckets decoder_start_token_id
          tie_word_embeddings original_architecture

          act_fn attn_scale attn_types d_mlp eps final_rms gated_mlp NTK_by_parts_factor
          NTK_by_parts_high_freq_factor NTK_by_parts_low_freq_factor NTK_original_ctx_len
          rotary_adjacent_pairs rotary_base rotary_dim shortformer_pos use_NTK_by_parts_rope
          window_size

          apply_anthropic_hyperparams batch_size batch_size_per_device batches_per_step beta1 beta2
          dataset_name debug debug_batch grad_norm_clip lr lr_schedule max_steps max_tokens
          right_multiply_matrices save_checkpoints save_checkpoints_2 shuffled_data
          tokens_per_step train_loss_ewma_beta truncate_tokens use_bfloat16 use_bfloat16_matmul
          version warmup_tokens weight_decay""");

  /** What follows a GGUF file's architecture in a key's name. */
  private static final Set<String> GGUF =
      words(
          """
          expert_used_count rope.scaling.original_context_length rope.scaling.finetuned
          tensor_data_layout pooling_type""");

  private HarmlessKeys() {}

  static Predicate<String> hub(String modelType) {
    return key -> HUB.contains(key) || OF_A_FAMILY.getOrDefault(modelType, Set.of()).contains(key);
  }

  static Predicate<String> transformerLens() {
    return TRANSFORMER_LENS::contains;
  }

  /** {@code general.…} says where a file came from, {@code split.…} which part of a model it is. */
  static Predicate<String> gguf(String architecture) {
    String prefix = architecture + ".";
    return key ->
        key.startsWith("general.")
            || key.startsWith("split.")
            || key.startsWith("quantize.")
            || key.startsWith(prefix) && GGUF.contains(key.substring(prefix.length()));
  }

  private static Set<String> words(String text) {
    return Set.of(Arrays.stream(text.strip().split("\\s+")).distinct().toArray(String[]::new));
  }
}
