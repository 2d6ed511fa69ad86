"""Llama in the hub's layout: grouped heads, rotary variants, biases, both key spellings, both configuration spellings."""

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformer_lens.pretrained.weight_conversions.llama import convert_llama_weights

import common

VOCAB = 37


def llama(seed, **options):
    settings = dict(
        vocab_size=VOCAB, hidden_size=24, intermediate_size=29, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, max_position_embeddings=16, rope_theta=500.0, rms_norm_eps=1e-5, bos_token_id=1,
        eos_token_id=2, attn_implementation="eager",
    )
    settings.update(options)
    model = LlamaForCausalLM(LlamaConfig(**settings)).eval()
    common.shake(model, seed)
    model.tie_weights()
    return model


def fields_of(config):
    fields = dict(
        n_layers=config.num_hidden_layers,
        d_model=config.hidden_size,
        d_head=config.head_dim,
        n_heads=config.num_attention_heads,
        n_key_value_heads=(
            config.num_key_value_heads if config.num_key_value_heads != config.num_attention_heads else None
        ),
        d_mlp=config.intermediate_size,
        n_ctx=config.max_position_embeddings,
        d_vocab=config.vocab_size,
        eps=config.rms_norm_eps,
        act_fn=config.hidden_act,
        normalization_type="RMS",
        positional_embedding_type="rotary",
        rotary_adjacent_pairs=False,
        rotary_dim=config.head_dim,
        rotary_base=config.rope_theta,
        final_rms=True,
        gated_mlp=True,
    )
    scaling = config.rope_scaling
    if scaling and scaling["rope_type"] == "llama3":
        fields.update(
            use_NTK_by_parts_rope=True,
            NTK_by_parts_factor=scaling["factor"],
            NTK_by_parts_low_freq_factor=scaling["low_freq_factor"],
            NTK_by_parts_high_freq_factor=scaling["high_freq_factor"],
            NTK_original_ctx_len=scaling["original_max_position_embeddings"],
        )
    return fields


def tl_weights(model):
    """TransformerLens's conversion; attention biases, which it leaves out, are put where its forward pass reads them."""
    config = model.config
    weights = convert_llama_weights(model, common.tl_config(fields_of(config)))
    if config.attention_bias:
        grouped = "_" if config.num_key_value_heads != config.num_attention_heads else ""
        for layer, block in enumerate(model.model.layers):
            at, attention = f"blocks.{layer}.attn.", block.self_attn
            weights[at + "b_Q"] = attention.q_proj.bias.view(config.num_attention_heads, config.head_dim)
            weights[at + grouped + "b_K"] = attention.k_proj.bias.view(config.num_key_value_heads, config.head_dim)
            weights[at + grouped + "b_V"] = attention.v_proj.bias.view(config.num_key_value_heads, config.head_dim)
            weights[at + "b_O"] = attention.o_proj.bias
    return weights


def config_json(model, spelling=4, changes=None):
    config = model.config.to_diff_dict()
    config.pop("_attn_implementation_autoset", None)
    config["architectures"] = ["LlamaForCausalLM"]
    config["torch_dtype"] = "float32"
    if spelling == 5:
        scaling = config.pop("rope_scaling", None) or {}
        theta = config.pop("rope_theta")
        config["rope_parameters"] = {"rope_theta": theta, "rope_type": "default", **scaling}
        config["dtype"] = config.pop("torch_dtype")
        config["transformers_version"] = "5.0.0"
    config.update(changes or {})
    return {name: value for name, value in config.items() if value != "DROP"}


def save_model(where, model, spelling=4, changes=None, prefix=True, buffers=False, stored_head=False, shards=False,
               dtype=None):
    common.write_json(where / "model/config.json", config_json(model, spelling, changes))
    tensors = {}
    for name, t in model.state_dict().items():
        if name == "lm_head.weight":
            if stored_head or not model.config.tie_word_embeddings:
                tensors[name] = t.clone()
            continue
        tensors[name if prefix else name.removeprefix("model.")] = t.clone().contiguous()
    if buffers:
        for layer in range(model.config.num_hidden_layers):
            at = ("model." if prefix else "") + f"layers.{layer}.self_attn.rotary_emb.inv_freq"
            tensors[at] = model.model.rotary_emb.inv_freq.clone()
    if dtype:
        tensors = {name: t.to(dtype) for name, t in tensors.items()}
    if not shards:
        save_file(tensors, where / "model/model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(tensors)
    halves = [names[::2], names[1::2]]
    weight_map = {}
    for number, half in enumerate(halves, 1):
        file = f"model-{number:05d}-of-{len(halves):05d}.safetensors"
        save_file({name: tensors[name] for name in half}, where / "model" / file, metadata={"format": "pt"})
        weight_map.update(dict.fromkeys(half, file))
    total = sum(t.numel() * t.element_size() for t in tensors.values())
    common.write_json(
        where / "model/model.safetensors.index.json",
        {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))},
    )


def truth_of(model, tokens, attention_mask=None):
    positions = None if attention_mask is None else (attention_mask.cumsum(-1) - 1).clamp(min=0)
    return model(tokens, attention_mask=attention_mask, position_ids=positions).logits


def case(name, reason, seed, tokens=None, save=None, attention_mask=None, processed_weights=False, adjust=None,
         extra=None, model=None, **options):
    model = model or llama(seed, **options)
    where = common.folder(name)
    save_model(where, model, **(save or {}))
    if not save:
        model = LlamaForCausalLM.from_pretrained(where / "model", attn_implementation="eager").eval()
    tokens = common.tokens_for(seed, VOCAB, 9) if tokens is None else tokens
    return common.write_case(
        name, __file__, reason, fields_of(model.config), tl_weights(model), tokens, "hf",
        truth_of(model, tokens, attention_mask), attention_mask, processed_weights, adjust=adjust, extra=extra,
    )


def case_by_transformers(name, reason, seed, **options):
    """For what TransformerLens has no place for: the residual stream and the logits, from transformers itself."""
    model = llama(seed, **options)
    where = common.folder(name)
    save_model(where, model)
    tokens = common.tokens_for(seed, VOCAB, 9)
    out = {}
    hooks = []
    for layer, block in enumerate(model.model.layers):
        hooks.append(block.register_forward_pre_hook(
            lambda module, args, kwargs, i=layer: out.__setitem__(
                f"blocks.{i}.hook_resid_pre", (args[0] if args else kwargs["hidden_states"]).clone()),
            with_kwargs=True))
        hooks.append(block.register_forward_hook(
            lambda module, args, result, i=layer: out.__setitem__(f"blocks.{i}.hook_resid_post", result[0].clone())))
    logits = model(tokens).logits
    for hook in hooks:
        hook.remove()
    out["logits"] = logits
    log_probs = logits.log_softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0]
    out["loss_per_token"] = -log_probs
    out["loss"] = -log_probs.mean()
    common.write_tensors(where / "raw.safetensors", out)
    common.write_json(where / "case.json", {
        "case": name, "format": "hf", "truth": "transformers", "made_by": common.made_by(__file__), "reason": reason,
        "tokens": tokens.tolist(), "bos": True, "processing": {"raw": []}, "complete": {"raw": False},
        "config": {key: value for key, value in fields_of(model.config).items()},
    })
    print(f"{name}: {len(out)} tensors", flush=True)


def linear_rotary(factor):
    """TransformerLens has no linear scaling: its rotary tables are replaced by those of positions / factor."""

    def adjust(model):
        config = model.cfg
        dims = torch.arange(0, config.rotary_dim, 2).float() / config.rotary_dim
        angles = (torch.arange(config.n_ctx).float() / factor)[:, None] / (config.rotary_base ** dims)[None]
        angles = torch.cat([angles, angles], -1)
        for block in model.blocks:
            block.attn.rotary_sin, block.attn.rotary_cos = angles.sin(), angles.cos()

    return adjust


LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


def main():
    case("llama", "Grouped heads (6 queries, 2 keys), untied unembedding, rope_theta 500, with the processed weights.", 21,
         tokens=common.tokens_for(21, VOCAB, 11), processed_weights=True)
    case("llama-tied", "As many key heads as query heads, tied unembedding, another rms_norm_eps, gelu.", 22,
         hidden_size=20, num_attention_heads=5, num_key_value_heads=5, tie_word_embeddings=True, rms_norm_eps=0.01,
         hidden_act="gelu")
    case("llama-head-dim", "head_dim that is not hidden_size / heads.", 23, hidden_size=20, num_attention_heads=4,
         num_key_value_heads=2, head_dim=6)
    case("llama-one-kv", "One key head for all queries.", 24, hidden_size=18, num_attention_heads=3, num_key_value_heads=1)
    rotary = dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, rope_theta=50.0, intermediate_size=17,
                  rope_scaling=LLAMA3)
    case("llama-llama3-rope", "rope_scaling llama3, frequencies in all three ranges.", 25, **rotary)
    case("llama-llama3-rope-v5", "rope_scaling llama3 in transformers-5 spelling (rope_parameters).", 26,
         save=dict(spelling=5), **rotary)
    case("llama-linear-rope", "rope_scaling linear; TransformerLens with the scaled rotary tables put in.", 27,
         adjust=linear_rotary(4.0), rope_scaling={"rope_type": "linear", "factor": 4.0})
    case("llama-linear-rope-old", "rope_scaling linear, written with the older key `type`.", 28,
         adjust=linear_rotary(2.5), save=dict(changes={"rope_scaling": {"type": "linear", "factor": 2.5}}),
         rope_scaling={"rope_type": "linear", "factor": 2.5})
    case("llama-attention-bias", "attention_bias: biases on q, k, v and o, grouped heads. TransformerLens's own loader drops them; "
         "here they are put where its forward pass reads them.", 29, attention_bias=True)
    case_by_transformers("llama-mlp-bias", "mlp_bias: TransformerLens's gated MLP has no bias before its activation.", 30,
                         mlp_bias=True)
    case("llama-bare", "Names without `model.`, rotary_emb.inv_freq buffers, tied, no stored lm_head.", 31,
         save=dict(prefix=False, buffers=True), tie_word_embeddings=True)
    case("llama-prefix-buffers", "Names with `model.`, the buffers, an lm_head stored beside tied embeddings; no head_dim, "
         "no num_key_value_heads, no rope_theta, no rms_norm_eps in the configuration.", 32,
         save=dict(buffers=True, stored_head=True, changes=dict.fromkeys(
             "head_dim num_key_value_heads rope_theta rms_norm_eps hidden_act attention_bias mlp_bias rope_scaling "
             "attention_dropout pretraining_tp initializer_range".split(), "DROP")),
         tie_word_embeddings=True, num_key_value_heads=6, rope_theta=10000.0, rms_norm_eps=1e-6)
    case("llama-v5", "The configuration in transformers-5 spelling.", 33, save=dict(spelling=5))

    half = llama(34)
    for parameter in half.parameters():
        parameter.data = parameter.data.bfloat16().float()
    case("llama-bf16-shards", "Two shards with an index, weights stored as bfloat16, run as float32.", 34, model=half,
         save=dict(shards=True, dtype=torch.bfloat16, changes={"torch_dtype": "bfloat16"}))

    short, long = common.tokens_for(35, VOCAB, 5), common.tokens_for(36, VOCAB, 8)
    padded = torch.cat([torch.cat([torch.zeros(1, 3, dtype=torch.long), short], 1), long])
    mask = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 1], [1] * 8])
    raw, _ = case("llama-padded", "Two texts padded on the left; the same weights as llama-padded-short.", 37, padded,
                  attention_mask=mask, extra={"padding_side": "left", "alone": ["llama-padded-short", None]})
    alone, _ = case("llama-padded-short", "The first text of llama-padded, alone.", 37, short)
    assert common.worst(alone["logits"], raw["logits"][:1, 3:]) < 1e-4


if __name__ == "__main__":
    main()
