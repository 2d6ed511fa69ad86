"""BLOOM in the hub's layout: ALiBi, a norm behind the embedding, fused queries, keys and values, tied unembedding."""

import torch
from transformers import BloomConfig, BloomForCausalLM
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformer_lens.pretrained.weight_conversions.bloom import convert_bloom_weights

import common
import families


def bloom(seed, embedding=0.8, **options):
    settings = dict(vocab_size=families.VOCAB, hidden_size=12, n_layer=2, n_head=4, seq_length=16,
                    attn_implementation="eager")
    settings.update(options)
    return families.shake(BloomForCausalLM(BloomConfig(**settings)), seed, embedding)


def correct(config):
    """The context is seq_length where the configuration has one (TransformerLens: always 2048)."""
    return dict(n_ctx=getattr(config, "seq_length", 2048))


def tl_weights(model, config):
    """TransformerLens's conversion, and zeros for what ALiBi never reads and would be left uninitialised."""
    weights = convert_bloom_weights(model, config)
    weights["pos_embed.W_pos"] = torch.zeros(config.n_ctx, config.d_model)
    return weights


def transformers_slopes(length):
    """
    ALiBi with transformers' slopes. TransformerLens's are the same where the number of heads is a power of two; its
    bias, slope * (key - query), differs from transformers' slope * key by a constant for each query.
    """

    def adjust(model):
        heads = model.cfg.n_heads
        by_key = build_alibi_tensor(torch.ones(1, 2), heads, torch.float32)  # [heads, 1, 2]: zero, then the slope
        distance = torch.arange(length)[None, :] - torch.arange(length)[:, None]
        for block in model.blocks:
            block.attn.alibi = by_key[:, :, 1:] * distance.clamp(max=0).float()

    return adjust


def case(name, reason, seed, length=9, tokens=None, model=None, run=None, **options):
    model = model or bloom(seed, **options)
    tokens = common.tokens_for(seed, families.VOCAB, length) if tokens is None else tokens
    return families.case(name, __file__, reason, model, tl_weights, correct, tokens, takes_positions=False, **(run or {}))


def main():
    case("bloom", "Four heads, seq_length 16, layer_norm_epsilon large enough to be seen; processed weights.", 111,
         layer_norm_epsilon=0.003, run=dict(processed_weights=True))
    case("bloom-heads", "Six heads: the slopes of ALiBi where that is no power of two. TransformerLens with transformers' slopes "
         "put in.", 112, length=11, hidden_size=18, n_head=6, run=dict(adjust=transformers_slopes(11), brief="default"))
    hub_names = {"n_embed": 12, "num_attention_heads": 4, "hidden_size": "DROP", "n_head": "DROP", "offset_alibi": 100,
                 "n_inner": None, "skip_bias_add": True, "attention_softmax_in_fp32": True, "seq_length": "DROP",
                 "apply_residual_connection_post_layernorm": "DROP", "layer_norm_epsilon": "DROP"}
    case("bloom-hub", "As the hub's own files: names without `transformer.`, n_embed and num_attention_heads in the configuration, "
         "no seq_length, float16; embeddings so small that a wrong epsilon is seen.", 113, embedding=0.02, run=dict(brief="both", saved=dict(
             names=lambda name: name.removeprefix("transformer."), dtype=torch.float16, changes=hub_names)))
    tokens, mask, alone = families.padded(114, short=4, long=7, pad=3)
    model = bloom(116)
    raw, _ = case("bloom-padded", "Two texts padded on the left: distances between real positions are the same.", 116, tokens=tokens,
                  model=model, run=dict(attention_mask=mask, extra={"padding_side": "left"}))
    families.assert_alone_is_the_same(model, raw, alone)


if __name__ == "__main__":
    main()
