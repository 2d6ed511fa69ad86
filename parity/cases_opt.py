"""OPT in the hub's layout: learned positions with two rows before the first, relu, biases everywhere, tied unembedding."""

import torch
from transformers import OPTConfig, OPTForCausalLM
from transformer_lens.pretrained.weight_conversions.opt import convert_opt_weights

import common
import families


def opt(seed, embedding=0.8, **options):
    settings = dict(
        vocab_size=families.VOCAB, hidden_size=18, ffn_dim=29, num_hidden_layers=2, num_attention_heads=3,
        max_position_embeddings=13, pad_token_id=1, bos_token_id=2, eos_token_id=2, attn_implementation="eager",
    )
    settings.update(options)
    return families.shake(OPTForCausalLM(OPTConfig(**settings)), seed, embedding)


def correct(config):
    return {}


def case(name, reason, seed, length=8, tokens=None, model=None, run=None, **options):
    model = model or opt(seed, **options)
    tokens = common.tokens_for(seed, families.VOCAB, length) if tokens is None else tokens
    return families.case(
        name, __file__, reason, model, convert_opt_weights, correct, tokens, takes_positions=False, **(run or {}))


def main():
    case("opt", "relu, biases, positions that begin at row 2 of the table; processed weights.", 121,
         run=dict(processed_weights=True))
    old = {"activation_dropout": 0.0, "prefix": "</s>", "enable_bias": "DROP", "layer_norm_elementwise_affine": "DROP",
           "activation_function": "DROP", "word_embed_proj_dim": "DROP"}
    case("opt-hub", "As the hub's older files: names without `model.`, float16, a configuration without its defaults; "
         "embeddings so small that a wrong epsilon (always 1e-5) is seen.", 122, embedding=0.02,
         run=dict(brief="both", saved=dict(names=lambda name: name.removeprefix("model."), dtype=torch.float16, changes=old)))
    tokens, mask, alone = families.padded(123, short=4, long=7, pad=1)
    model = opt(125, hidden_size=16, num_attention_heads=4, ffn_dim=27, activation_function="gelu")
    raw, _ = case("opt-padded", "Two texts padded on the left: positions count what the mask lets through; gelu.", 125,
                  tokens=tokens, model=model, run=dict(attention_mask=mask, brief="default", extra={"padding_side": "left"}))
    families.assert_alone_is_the_same(model, raw, alone)


if __name__ == "__main__":
    main()
