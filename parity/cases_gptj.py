"""GPT-J in the hub's layout: one norm for attention and MLP, rotary in adjacent pairs, biases in the MLP and the unembedding."""

import torch
from transformers import GPTJConfig, GPTJForCausalLM
from transformer_lens.pretrained.weight_conversions.gptj import convert_gptj_weights

import common
import families


def gptj(seed, **options):
    settings = dict(
        vocab_size=families.VOCAB, n_positions=13, n_embd=18, n_layer=2, n_head=3, n_inner=29, rotary_dim=4,
        bos_token_id=0, eos_token_id=0, attn_implementation="eager",
    )
    settings.update(options)
    return families.shake(GPTJForCausalLM(GPTJConfig(**settings)), seed)


def correct(config):
    return dict(d_mlp=config.n_inner or 4 * config.n_embd, eps=config.layer_norm_epsilon)


def case(name, reason, seed, length=8, tokens=None, model=None, run=None, **options):
    model = model or gptj(seed, **options)
    tokens = common.tokens_for(seed, families.VOCAB, length) if tokens is None else tokens
    return families.case(name, __file__, reason, model, convert_gptj_weights, correct, tokens, **(run or {}))


def old_buffers(model):
    """What the hub's older files of this family hold beside the weights."""
    n, buffers = model.config.n_positions, {}
    for i in range(model.config.n_layer):
        buffers[f"transformer.h.{i}.attn.bias"] = torch.tril(torch.ones(n, n, dtype=torch.bool)).view(1, 1, n, n)
        buffers[f"transformer.h.{i}.attn.masked_bias"] = torch.tensor(-1e9)
    return buffers


def main():
    case("gptj", "n_inner, rotary on 4 of 6 dimensions in adjacent pairs, layer_norm_epsilon large enough to be seen; processed "
         "weights.", 141, layer_norm_epsilon=0.01, run=dict(processed_weights=True, brief="default"))
    tokens, mask, alone = families.padded(142, short=4, long=7)
    model = gptj(144, n_embd=16, n_head=4, n_inner=None, activation_function="gelu")
    raw, _ = case("gptj-padded", "Two texts padded on the left, no n_inner, gelu, attn.bias and attn.masked_bias beside the weights.",
                  144, tokens=tokens, model=model, run=dict(
                      attention_mask=mask, brief="default", extra={"padding_side": "left"},
                      saved=dict(buffers=old_buffers(model))))
    families.assert_alone_is_the_same(model, raw, alone)


if __name__ == "__main__":
    main()
