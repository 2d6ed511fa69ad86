"""GPT-NeoX (Pythia) in the hub's layout: parallel and sequential blocks, partial rotary, every activation, padding."""

import torch
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM
from transformer_lens.pretrained.weight_conversions.neox import convert_neox_weights

import common
import families
from cases_llama import linear_rotary

# Embeddings this small let a wrong layer_norm_eps be seen.
SMALL = 0.02
# Left out of a configuration to see that transformers' defaults are taken.
DEFAULTED = (
    "attention_bias attention_dropout classifier_dropout hidden_act hidden_dropout initializer_range layer_norm_eps "
    "partial_rotary_factor rope_scaling rope_theta tie_word_embeddings use_cache _attn_implementation_autoset"
).split()


def neox(seed, embedding=0.8, **options):
    settings = dict(
        vocab_size=families.VOCAB, hidden_size=24, intermediate_size=29, num_hidden_layers=2, num_attention_heads=3,
        max_position_embeddings=16, rotary_pct=0.5, bos_token_id=0, eos_token_id=0, attn_implementation="eager",
    )
    settings.update(options)
    return families.shake(GPTNeoXForCausalLM(GPTNeoXConfig(**settings)), seed, embedding)


def correct(config):
    return dict(
        parallel_attn_mlp=config.use_parallel_residual,
        rotary_base=config.rotary_emb_base,
        rotary_dim=int(config.rotary_pct * (config.hidden_size // config.num_attention_heads)),
    )


def tl_weights(model, config):
    """TransformerLens's conversion, which needs biases: zeros where the configuration has none."""
    for layer in model.gpt_neox.layers:
        for module in (layer.attention.query_key_value, layer.attention.dense):
            if module.bias is None:
                module.bias = torch.nn.Parameter(torch.zeros(module.out_features))
    return convert_neox_weights(model, config)


def case(name, reason, seed, length=9, tokens=None, model=None, run=None, **options):
    model = model or neox(seed, **options)
    tokens = common.tokens_for(seed, families.VOCAB, length) if tokens is None else tokens
    return families.case(name, __file__, reason, model, tl_weights, correct, tokens, **(run or {}))


def old_buffers(model):
    """What the hub's files of this family hold beside the weights."""
    n, buffers = model.config.max_position_embeddings, {}
    for i in range(model.config.num_hidden_layers):
        at = f"gpt_neox.layers.{i}.attention."
        buffers[at + "bias"] = torch.tril(torch.ones(n, n, dtype=torch.bool)).view(1, 1, n, n)
        buffers[at + "masked_bias"] = torch.tensor(-1e9)
        buffers[at + "rotary_emb.inv_freq"] = model.gpt_neox.rotary_emb.inv_freq.half()
    return buffers


def main():
    case("neox", "Attention and MLP in parallel, rotary on half of each head, rotary_emb_base 500, untied unembedding.", 101,
         rotary_emb_base=500, length=8)
    case("neox-sequential", "use_parallel_residual false, gelu_new, a rotary_pct whose product with d_head is cut to 4 (4.8), "
         "another layer_norm_eps; processed weights.", 102, length=7, use_parallel_residual=False, rotary_pct=0.6,
         hidden_act="gelu_new", layer_norm_eps=0.01, intermediate_size=19,
         run=dict(processed_weights=True, brief="default"))
    case("neox-linear-rope", "rope_scaling linear, attention_bias false, tied unembedding; TransformerLens with the scaled rotary "
         "tables put in.", 103, length=8, rope_scaling={"rope_type": "linear", "factor": 2.5}, attention_bias=False,
         tie_word_embeddings=True, run=dict(adjust=linear_rotary(2.5), brief="default"))
    old = neox(104, SMALL, rotary_pct=0.25)
    case("neox-hub", "As the hub's Pythia files: attention.bias, attention.masked_bias and rotary_emb.inv_freq beside the "
         "weights, float16, a configuration without its defaults, rotary_pct 0.25; embeddings so small that a wrong epsilon is seen.", 104, model=old,
         run=dict(brief="both", saved=dict(buffers=old_buffers(old), dtype=torch.float16,
                                           changes=dict.fromkeys(DEFAULTED, "DROP"))))
    tokens, mask, alone = families.padded(105)
    model = neox(107, hidden_size=16, num_attention_heads=2, intermediate_size=21, hidden_act="gelu_fast", rotary_emb_base=100)
    raw, _ = case("neox-padded", "Two texts padded on the left, gelu_fast.", 107, tokens=tokens, model=model,
                  run=dict(attention_mask=mask, brief="default", extra={"padding_side": "left"}))
    families.assert_alone_is_the_same(model, raw, alone)


if __name__ == "__main__":
    main()
