"""
Gemma 2 in the hub's layout: soft caps, windows in every other layer, norms before and behind, scaled embedding, 1 + w.
TransformerLens goes by the model's name here: it gets the settings of its gemma-2-2b with the sizes of the configuration.
"""

import torch
from transformers import Gemma2Config, Gemma2ForCausalLM
from transformer_lens.loading_from_pretrained import convert_hf_model_config
from transformer_lens.pretrained.weight_conversions.gemma import convert_gemma_weights

import common
import families


def gemma2(seed, **options):
    settings = dict(
        vocab_size=families.VOCAB, hidden_size=12, intermediate_size=17, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, max_position_embeddings=16, query_pre_attn_scalar=10, sliding_window=3,
        attn_logit_softcapping=2.0, final_logit_softcapping=3.0, attn_implementation="eager",
    )
    settings.update(options)
    return families.shake(Gemma2ForCausalLM(Gemma2Config(**settings)), seed, embedding=0.4, norm_mean=0.0)


def own_fields(config):
    """TransformerLens's settings of gemma-2-2b, at the sizes of this configuration."""
    fields = convert_hf_model_config("google/gemma-2-2b")
    del fields["original_architecture"], fields["tokenizer_name"]
    return {
        **fields, "d_model": config.hidden_size, "d_head": config.head_dim, "n_heads": config.num_attention_heads,
        "d_mlp": config.intermediate_size, "n_layers": config.num_hidden_layers,
        "n_ctx": config.max_position_embeddings, "d_vocab": config.vocab_size,
        "n_key_value_heads": config.num_key_value_heads, "window_size": config.sliding_window,
        "attn_types": fields["attn_types"][: config.num_hidden_layers],
    }


def correct(config):
    """Layers 0, 2, … see a window; TransformerLens has it the other way round."""
    return dict(
        attn_types=[("local", "global")[i % 2] for i in range(config.num_hidden_layers)],
        attn_scale=config.query_pre_attn_scalar**0.5,
        attn_scores_soft_cap=config.attn_logit_softcapping or -1.0,
        output_logits_soft_cap=config.final_logit_softcapping or -1.0,
        rotary_base=config.rope_theta,
        eps=config.rms_norm_eps,
        act_fn=config.hidden_activation,
    )


def case(name, reason, seed, length=9, tokens=None, model=None, run=None, **options):
    model = model or gemma2(seed, **options)
    tokens = common.tokens_for(seed, families.VOCAB, length) if tokens is None else tokens
    return families.case(name, __file__, reason, model, convert_gemma_weights, correct, tokens,
                         own=own_fields(model.config), **(run or {}))


def main():
    case("gemma2", "Three layers (window, no window, window), grouped heads, head_dim that is not hidden_size / heads, rope_theta 500, "
         "rms_norm_eps large enough to be seen.", 131, hidden_size=18, intermediate_size=23, num_hidden_layers=3,
         num_attention_heads=4, num_key_value_heads=2, head_dim=6, sliding_window=4, rope_theta=500.0, rms_norm_eps=0.01,
         run=dict(brief="default"))
    case("gemma2-one-kv", "One key head for all queries; processed weights.", 132, run=dict(processed_weights=True))
    case("gemma2-no-caps", "attn_logit_softcapping and final_logit_softcapping null, a window as wide as the context, untied "
         "unembedding, gelu.", 133, attn_logit_softcapping=None, final_logit_softcapping=None, sliding_window=16,
         tie_word_embeddings=False, hidden_activation="gelu", run=dict(brief="default"))
    absent = ("attention_bias attention_dropout attn_logit_softcapping cache_implementation final_logit_softcapping head_dim "
              "hidden_activation initializer_range max_position_embeddings pad_token_id query_pre_attn_scalar rms_norm_eps "
              "rope_theta sliding_window use_cache").split()
    defaults = dict(head_dim=256, attn_logit_softcapping=50.0, final_logit_softcapping=30.0, query_pre_attn_scalar=256,
                    sliding_window=4096, max_position_embeddings=8192)
    case("gemma2-defaults", "bfloat16, names without `model.`, a configuration without its defaults: head_dim 256, caps 50 and 30, "
         "window 4096.", 134, hidden_size=4, num_attention_heads=2, intermediate_size=7, **defaults,
         run=dict(brief="both", saved=dict(
             names=lambda name: name.removeprefix("model."), dtype=torch.bfloat16,
             changes={**dict.fromkeys(absent, "DROP"), "hidden_act": "gelu_pytorch_tanh"})))
    tokens, mask, alone = families.padded(135, short=4, long=7)
    model = gemma2(137)
    raw, _ = case("gemma2-padded", "Two texts padded on the left; the window of 3 reaches into the padding.", 137, tokens=tokens,
                  model=model, run=dict(attention_mask=mask, brief="default", extra={"padding_side": "left"}))
    families.assert_alone_is_the_same(model, raw, alone)


if __name__ == "__main__":
    main()
