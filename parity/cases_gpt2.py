"""GPT-2 in the hub's layout: every option of its configuration that changes the forward pass, and both key spellings."""

import json

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel
from transformer_lens.pretrained.weight_conversions.gpt2 import convert_gpt2_weights

import common

VOCAB = 37
DEFAULTED = (
    "n_inner activation_function resid_pdrop embd_pdrop attn_pdrop layer_norm_epsilon initializer_range summary_type "
    "summary_use_proj summary_activation summary_first_dropout summary_proj_to_labels scale_attn_weights use_cache "
    "scale_attn_by_inverse_layer_idx reorder_and_upcast_attn torch_dtype"
).split()


def gpt2(seed, **options):
    settings = dict(
        vocab_size=VOCAB, n_positions=16, n_embd=12, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=0,
        attn_implementation="eager",
    )
    settings.update(options)
    model = GPT2LMHeadModel(GPT2Config(**settings)).eval()
    common.shake(model, seed)
    model.tie_weights()
    return model


def fields_of(config):
    return dict(
        n_layers=config.n_layer,
        d_model=config.n_embd,
        d_head=config.n_embd // config.n_head,
        n_heads=config.n_head,
        d_mlp=config.n_inner or 4 * config.n_embd,
        n_ctx=config.n_positions,
        d_vocab=config.vocab_size,
        eps=config.layer_norm_epsilon,
        act_fn=config.activation_function,
        use_attn_scale=config.scale_attn_weights,
        scale_attn_by_inverse_layer_idx=config.scale_attn_by_inverse_layer_idx,
        normalization_type="LN",
    )


def save_model(where, model, config_changes=None, prefix=True, buffers=False, stored_head=False,
               pickled=False):
    config = model.config.to_diff_dict()
    config.pop("_attn_implementation_autoset", None)
    config["architectures"] = ["GPT2LMHeadModel"]
    config["torch_dtype"] = "float32"
    config.update(config_changes or {})
    config = {name: value for name, value in config.items() if value != "DROP"}
    common.write_json(where / "model/config.json", config)
    tensors = {}
    for name, t in model.state_dict().items():
        if name == "lm_head.weight":
            if stored_head:
                tensors[name] = t.clone()
            continue
        tensors[name if prefix else name.removeprefix("transformer.")] = t.clone().contiguous()
    if buffers:
        n = model.config.n_positions
        for layer in range(model.config.n_layer):
            at = ("transformer." if prefix else "") + f"h.{layer}.attn."
            tensors[at + "bias"] = torch.tril(torch.ones(n, n)).view(1, 1, n, n)
            tensors[at + "masked_bias"] = torch.tensor(-1e4)
    if pickled:
        torch.save(tensors, where / "model/pytorch_model.bin")
        return
    save_file(tensors, where / "model/model.safetensors", metadata={"format": "pt"})


def case(name, reason, seed, tokens=None, save=None, attention_mask=None, processed_weights=False, extra=None, **options):
    model = gpt2(seed, **options)
    where = common.folder(name)
    save_model(where, model, **(save or {}))
    reloaded = None
    if not (save or {}).get("buffers") and not (save or {}).get("config_changes"):
        reloaded = GPT2LMHeadModel.from_pretrained(where / "model", attn_implementation="eager").eval()
    tokens = common.tokens_for(seed, VOCAB, 9) if tokens is None else tokens
    config = common.tl_config(fields_of(model.config))
    hf = reloaded or model
    positions = None
    if attention_mask is not None:
        positions = (attention_mask.cumsum(-1) - 1).clamp(min=0)
    truth = hf(tokens, attention_mask=attention_mask, position_ids=positions).logits
    return common.write_case(
        name, __file__, reason, fields_of(model.config), convert_gpt2_weights(hf, config), tokens, "hf", truth,
        attention_mask, processed_weights, extra=extra,
    )


def main():
    case(
        "gpt2", "The plain case, three layers, with the weights that processing gives.", 1,
        tokens=common.tokens_for(1, VOCAB, 11), processed_weights=True, n_embd=20, n_head=4, n_layer=3, n_positions=13,
    )
    case(
        "gpt2-bare", "As the hub's own gpt2 file: names without `transformer.`, buffers attn.bias and attn.masked_bias, "
        "a stored lm_head beside the tied embedding, n_ctx in the configuration.", 2,
        save=dict(prefix=False, buffers=True, stored_head=True,
                  config_changes={"n_ctx": 16, "n_inner": None, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
                                 "resid_pdrop": 0.1, "initializer_range": 0.02, "task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}}}),
    )
    case("gpt2-prefix-buffers", "Names with `transformer.` and the buffers, no stored lm_head; configuration in "
         "transformers-5 spelling (dtype).", 3,
         save=dict(buffers=True, config_changes={"torch_dtype": "DROP", "dtype": "float32", "transformers_version": "5.0.0"}))
    case("gpt2-inner-gelu", "n_inner that is not 4 n_embd, exact gelu.", 4, n_inner=29, activation_function="gelu")
    case("gpt2-inner-relu", "n_inner smaller than n_embd, relu.", 5, n_inner=7, activation_function="relu")
    case("gpt2-silu", "silu.", 6, activation_function="silu")
    case("gpt2-gelu-tanh", "gelu_pytorch_tanh, n_inner 33.", 7, n_inner=33, activation_function="gelu_pytorch_tanh")
    case("gpt2-no-attn-scale", "scale_attn_weights false: scores are not divided by sqrt(d_head).", 8, scale_attn_weights=False)
    case("gpt2-inverse-layer", "scale_attn_by_inverse_layer_idx: scores divided by layer + 1 as well.", 9, n_layer=3,
         scale_attn_by_inverse_layer_idx=True)
    case("gpt2-eps", "layer_norm_epsilon large enough to be seen.", 10, layer_norm_epsilon=0.03)

    case("gpt2-bin", "pytorch_model.bin instead of safetensors, with the buffers.", 15, save=dict(pickled=True, buffers=True))

    short, long = common.tokens_for(11, VOCAB, 5), common.tokens_for(12, VOCAB, 8)
    padded = torch.cat([torch.cat([torch.zeros(1, 3, dtype=torch.long), short], 1), long])
    mask = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 1], [1] * 8])
    save = dict(prefix=False)
    raw, default = case(
        "gpt2-padded", "Two texts of different length padded on the left, with TransformerLens's attention mask; the same "
        "weights as gpt2-padded-short and gpt2-padded-long, which hold the texts alone.", 13, padded, save, mask,
        extra={"padding_side": "left", "alone": ["gpt2-padded-short", "gpt2-padded-long"]},
    )
    alone = [
        case("gpt2-padded-short", "The first text of gpt2-padded, alone.", 13, short, save),
        case("gpt2-padded-long", "The second text of gpt2-padded, alone.", 13, long, save),
    ]
    assert common.worst(alone[0][0]["logits"], raw["logits"][:1, 3:]) < 1e-4
    assert common.worst(alone[1][0]["logits"], raw["logits"][1:]) < 1e-4
    case("gpt2-batch", "Two texts of equal length in one batch; a configuration that leaves every default out.", 14,
         common.tokens_for(14, VOCAB, 9, batch=2), save=dict(config_changes=dict.fromkeys(DEFAULTED, "DROP")))
    case("workshop-gpt2", "The model that the workshop's code runs on in workshop/gpt2.json: a text twice, after a bos.", 16,
         common.repeated_tokens(16, VOCAB, 14), n_layer=3, n_positions=40)


if __name__ == "__main__":
    main()
