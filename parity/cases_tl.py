"""Models in TransformerLens's own format: a configuration and a .pth state dict, in the forms such files have taken."""

import inspect

import torch

import common

VOCAB = 37
NAMES = [
    "W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O",
]


def fields(**options):
    return {
        **dict(n_layers=2, d_model=12, d_head=4, n_heads=3, n_ctx=16, d_vocab=VOCAB, attention_dir="causal",
               normalization_type="LN"),
        **options,
    }


def weights_for(settings, seed, biases=True):
    """Every parameter of the HookedTransformer, shaken. `biases=False` leaves them at zero, as in the workshop's toy."""
    generator = torch.Generator().manual_seed(seed)
    model = common.HookedTransformer(common.tl_config(settings), move_to_device=False)
    weights = {}
    for name, t in common.weights_of(model).items():
        value = common.shaken(generator, name, t.shape)
        zero = not biases and ".b_" in name.replace("._b_", ".b_")
        weights[name] = torch.zeros(t.shape) if zero else value
    return weights


def config_json(settings, spelling):
    """As TransformerLens's to_dict gives it, or with the few keys of its author's published models."""
    config = common.tl_config(settings)
    if spelling == "neel":
        return {
            "d_model": config.d_model, "n_layers": config.n_layers, "d_mlp": config.d_mlp, "d_head": config.d_head,
            "n_heads": config.n_heads, "n_ctx": config.n_ctx, "d_vocab": config.d_vocab, "act_fn": config.act_fn,
            "attn_only": config.attn_only, "normalization": config.normalization_type,
            "shortformer_pos": config.positional_embedding_type == "shortformer",
            "batch_size": 8, "lr": 0.001, "seed": 398,
        }
    if spelling == "minimal":
        return {name: value for name, value in settings.items()}
    full = config.to_dict()
    full["dtype"] = "float32"
    full["attn_scale"] = float(full["attn_scale"])
    full["initializer_range"] = float(full["initializer_range"])
    if spelling == "shortformer_pos":
        full["shortformer_pos"] = full.pop("positional_embedding_type") == "shortformer"
    return full


def state_dict(settings, weights, buffers, half=None):
    """`buffers`: none, full ([n_ctx, n_ctx] masks), old (full, with IGNORE -1e5) or small ([1, 1] masks)."""
    stored = dict(weights)
    if buffers != "none":
        model = common.HookedTransformer(common.tl_config(settings), move_to_device=False)
        for name, t in model.state_dict().items():
            if name.endswith(".mask"):
                stored[name] = torch.ones(1, 1, dtype=torch.bool) if buffers == "small" else t
            elif name.endswith(".IGNORE"):
                stored[name] = torch.tensor(-1e5) if buffers == "old" else t
            elif name.endswith((".rotary_sin", ".rotary_cos")):
                stored[name] = t
    if half:
        stored = {name: t.to(half) if t.is_floating_point() and not t.dim() == 0 else t for name, t in stored.items()}
    return stored


def case(name, reason, seed, biases=True, buffers="full", spelling="full", half=None, legacy=False, wrap=None,
         views=False, processed_weights=False, fold_ln=True, length=9, tokens=None, bos=True, extra=None,
         no_default=None, **options):
    settings = fields(**options)
    weights = weights_for(settings, seed, biases)
    where = common.folder(name)
    common.write_json(where / "model/config.json", config_json(settings, spelling))
    stored = state_dict(settings, weights, buffers, half)
    if half:
        weights = {key: t.to(half).float() for key, t in weights.items()}
    if views:
        stored = as_views(stored)
    if wrap:
        stored = {wrap: stored, "epoch": 3, "loss": 2.5}
    save = save_legacy if legacy else torch.save
    save(stored, where / "model/model.pth")
    if tokens is None:
        tokens = common.tokens_for(seed, options.get("d_vocab_out", VOCAB), length)
    return common.write_case(
        name, __file__, reason, settings, weights, tokens, "transformer_lens", processed_weights=processed_weights,
        fold_ln=fold_ln, bos=bos, extra=extra, no_default=no_default,
    )


def save_legacy(stored, path):
    """torch's own legacy writer; it names storages by their addresses, which here become running numbers."""
    source = inspect.getsource(torch.serialization._legacy_save)
    assert source.count("str(storage._cdata)") >= 1
    numbers = {}
    names = dict(vars(torch.serialization), number_of=lambda s: f"{numbers.setdefault(s._cdata, len(numbers)):06d}")
    exec(source.replace("str(storage._cdata)", "number_of(storage)"), names)
    with open(path, "wb") as file:
        names["_legacy_save"](stored, file, torch.serialization.pickle, torch.serialization.DEFAULT_PROTOCOL)


def as_views(stored):
    """Transposed matrices, and the biases of all layers as slices of one storage."""
    out = {name: t.t().contiguous().t() if t.dim() == 2 else t for name, t in stored.items()}
    for kind in ("b_Q", "b_K"):
        names = [name for name in stored if name.endswith(kind)]
        together = torch.stack([stored[name] for name in names])
        for i, name in enumerate(names):
            out[name] = together[i]
    return out


def main():
    toy = dict(attn_only=True, normalization_type=None, positional_embedding_type="shortformer")
    case("tl-shortformer", "The workshop's toy in small: attention only, no norm, shortformer positions, biases zero.", 41,
         biases=False, n_layers=2, d_model=20, n_heads=4, d_head=5, length=11, **toy)
    case("tl-shortformer-pos", "The same kind with `shortformer_pos` in the configuration, masks and IGNORE of old files, half "
         "precision, biases that are not zero.", 42, buffers="old", spelling="shortformer_pos", half=torch.float16, **toy)
    case("tl-shortformer-neel", "The keys of published models: normalization null, shortformer_pos true; small masks.", 43,
         biases=False, buffers="small", spelling="neel", act_fn="solu_ln", d_mlp=48, **toy)
    case("tl-shortformer-ln", "Shortformer with LayerNorm, whose scale is that of the residual stream without positions.", 44,
         attn_only=True, positional_embedding_type="shortformer")
    case("tl-attn-only-ln", "Attention only, standard positions, LayerNorm; processed weights; tensors stored as views that share storages.", 45,
         attn_only=True, views=True, processed_weights=True)
    case("tl-attn-only-none", "Attention only, standard positions, no norm; no buffers in the file; bare configuration.", 46,
         attn_only=True, normalization_type=None, buffers="none", spelling="minimal")
    case("tl-lnpre", "LNPre in the file: nothing to fold, but centring and value biases remain.", 47, act_fn="gelu",
         normalization_type="LNPre")
    case("tl-mlp-gelu", "LayerNorm and a gelu MLP of odd size; processed weights; legacy .pth.", 48, act_fn="gelu", d_mlp=29,
         legacy=True, processed_weights=True)
    case("tl-mlp-relu", "relu, state dict nested under `model`; default_prepend_bos false.", 49, act_fn="relu", wrap="model",
         default_prepend_bos=False, bos=False)
    case("tl-solu-ln", "solu with its LayerNorm (mlp.ln, hook_mid).", 50, act_fn="solu_ln", spelling="neel", d_mlp=20)
    case("tl-d-head", "d_head times heads is not d_model, a d_vocab_out of its own, bfloat16 weights, an attn_scale of its own.", 51,
         act_fn="gelu_new", d_head=5, d_vocab_out=23, half=torch.bfloat16, attn_scale=3.5)
    case("tl-bidirectional", "attention_dir bidirectional.", 52, act_fn="gelu_fast", attention_dir="bidirectional")
    rotary = dict(positional_embedding_type="rotary", act_fn="silu", gated_mlp=True, d_mlp=17)
    case("tl-rotary-rms", "RMS, rotary on half of each head, grouped heads with biases, gated MLP, state dict under `state_dict`.", 53,
         normalization_type="RMS", final_rms=True, n_heads=4, d_model=20, d_head=8, rotary_dim=4, n_key_value_heads=2,
         wrap="state_dict", **rotary)
    case("tl-rotary-adjacent", "Rotary in adjacent pairs, LayerNorm, attention and MLP in parallel.", 54, rotary_adjacent_pairs=True,
         rotary_dim=6, d_head=6, rotary_base=100, parallel_attn_mlp=True, positional_embedding_type="rotary", act_fn="gelu_new")
    case("tl-rmspre", "RMSPre with standard positions, relu.", 55, normalization_type="RMSPre", final_rms=True, act_fn="relu")
    case("tl-softcap", "Soft caps on scores and logits, RMS.", 56, normalization_type="RMS", final_rms=True, act_fn="gelu_pytorch_tanh",
         attn_scores_soft_cap=2.0, output_logits_soft_cap=3.0, **{k: v for k, v in rotary.items() if k != "act_fn"})
    case("tl-local", "A sliding window of 3 in layer 1.", 57, use_local_attn=True, window_size=3, attn_types=["global", "local"],
         act_fn="gelu_new", use_attn_scale=False)
    case("tl-alibi", "ALiBi positions.", 58, positional_embedding_type="alibi", act_fn="gelu_new")
    case("tl-final-rms", "LayerNorm in the blocks, RMS at the end.", 59, final_rms=True, act_fn="gelu_new",
         no_default="TransformerLens centres the folded unembedding over d_model although RMS does not centre its input, "
                    "which changes the log-probabilities. Leaving that centring out keeps them.")
    case("tl-solu", "solu without a norm after it.", 60, act_fn="solu",
         no_default="TransformerLens's fold_layer_norm looks for mlp.ln here and stops with a KeyError.")
    case("workshop-toy", "The model that the workshop's code runs on in workshop/toy.json: a text twice, after a bos.", 61,
         tokens=common.repeated_tokens(61, VOCAB, 14), biases=False, n_ctx=40, **toy)


if __name__ == "__main__":
    main()
