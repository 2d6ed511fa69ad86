"""
What the cases of GPT-NeoX, BLOOM, OPT, Gemma 2 and GPT-J share. TransformerLens gets the settings that its own loader
reads from the configuration, corrected where the configuration says otherwise; transformers is the judge of both.
"""

import contextlib
import json
import math

import torch
from safetensors.torch import load_file, save_file
from transformer_lens.loading_from_pretrained import convert_hf_model_config

import common

VOCAB = 37
CONFIG_FIELDS = common.CONFIG_FIELDS + (
    "parallel_attn_mlp post_embedding_ln use_local_attn window_size attn_types attn_scores_soft_cap "
    "output_logits_soft_cap use_normalization_before_and_after"
).split()
EMBEDDINGS = ("embed_in", "word_embeddings.", "embed_tokens", "embed_positions", "wte")
UNEMBEDDINGS = ("embed_out", "lm_head")


def shake(model, seed, embedding=0.8, unembedding=0.6, norm_mean=1.0):
    """Seeded values that leave nothing trivial; `norm_mean` is 0 where the norm multiplies by 1 + w."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        if "norm" in name or ".ln_" in name:
            value = common.normal(generator, parameter.shape, 0.3, 0.0 if name.endswith("bias") else norm_mean)
        elif name.endswith("bias"):
            value = common.normal(generator, parameter.shape, 0.3)
        elif any(part in name for part in EMBEDDINGS):
            value = common.normal(generator, parameter.shape, embedding)
        elif any(part in name for part in UNEMBEDDINGS):
            value = common.normal(generator, parameter.shape, unembedding)
        else:
            gain = 1.3 if any(part in name for part in ("query_key_value", "q_proj", "k_proj")) else 0.9
            value = common.normal(generator, parameter.shape, gain / math.sqrt(parameter.shape[-1]))
        parameter.data = value
    model.tie_weights()
    return model.eval()


def save(where, model, names=None, buffers=None, dtype=None, changes=None):
    """
    As transformers saves it, without generation_config.json. `names` renames a tensor, `buffers` are stored beside the
    weights, `changes` edits the configuration ("DROP" leaves a key out).
    """
    folder = where / "model"
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if changes or dtype:
        config = json.loads((folder / "config.json").read_text())
        if dtype:
            config["torch_dtype"] = str(dtype).removeprefix("torch.")
        config.update(changes or {})
        common.write_json(folder / "config.json", {key: value for key, value in config.items() if value != "DROP"})
    if names or buffers or dtype:
        tensors = load_file(folder / "model.safetensors")
        tensors = {(names or str)(name): t.to(dtype or t.dtype) for name, t in tensors.items()}
        save_file({**tensors, **(buffers or {})}, folder / "model.safetensors", metadata={"format": "pt"})


def own_fields(where):
    """What TransformerLens's loader makes of the configuration. It looks for families' names in the path, so this is short."""
    with contextlib.chdir(where):
        fields = convert_hf_model_config("model")
    del fields["original_architecture"], fields["tokenizer_name"]
    return fields


def truth_of(model, tokens, attention_mask, takes_positions=True):
    """transformers' logits, the residual stream before each block, and the patterns."""
    options = {}
    if takes_positions and attention_mask is not None:
        options["position_ids"] = (attention_mask.cumsum(-1) - 1).clamp(min=0)
    out = model(tokens, attention_mask=attention_mask, use_cache=False, output_hidden_states=True,
                output_attentions=True, **options)
    return out.logits, out.hidden_states[:-1], out.attentions


def case(name, script, reason, model, weights_of, correct, tokens, attention_mask=None, own=None, saved=None,
         adjust=None, processed_weights=False, brief=None, takes_positions=True, extra=None):
    """
    One folder. `weights_of(model, config)` is TransformerLens's conversion, `correct(config)` gives the settings that
    its loader gets wrong, `own` replaces that loader where it goes by the model's name, `brief` is "default" or "both".
    """
    if brief:
        (common.BRIEF if brief == "both" else common.BRIEF_DEFAULT).append(name)
    where = common.folder(name)
    save(where, model, **(saved or {}))
    model = type(model).from_pretrained(where / "model", attn_implementation="eager", torch_dtype=torch.float32).eval()
    theirs = own or own_fields(where)
    fields = {**theirs, **correct(model.config)}
    weights = weights_of(model, common.tl_config(fields))
    logits, hidden, patterns = truth_of(model, tokens, attention_mask, takes_positions)
    raw, default = common.write_case(
        name, script, reason, fields, weights, tokens, "hf", logits, attention_mask, adjust=adjust,
        bos=fields.get("default_prepend_bos", True),
    )
    about = json.loads((where / "case.json").read_text())
    real = attention_mask.bool() if attention_mask is not None else torch.ones_like(tokens).bool()
    about.update(differences(name, raw, hidden, patterns, real))
    corrected = corrections(theirs, fields)
    if corrected or adjust:
        about["corrected"] = corrected
        about["uncorrected_logits_worst_difference"] = uncorrected(
            theirs, weights_of(model, common.tl_config(theirs)), tokens, attention_mask, logits, real)
    about["config"] = {key: plain(getattr(common.tl_config(fields), key)) for key in CONFIG_FIELDS}
    about.update(extra or {})
    common.write_json(where / "case.json", about)
    if processed_weights:
        processed = common.weights_of(common.tl_model(fields, weights, processed=True))
        if fields.get("positional_embedding_type") == "alibi":
            del processed["pos_embed.W_pos"]  # nothing reads it
        common.write_tensors(where / "default-weights.safetensors", processed)
    assert common.size(where) < 120 * 1024, (name, common.size(where))
    return raw, default


def differences(name, raw, hidden, patterns, real):
    """The worst cells between transformers and TransformerLens on real positions, all below 1e-4."""
    streams = max(common.worst(t[real], raw[f"blocks.{i}.hook_resid_pre"][real]) for i, t in enumerate(hidden))
    rows = max(
        common.worst(t.transpose(1, 2)[real], raw[f"blocks.{i}.attn.hook_pattern"].transpose(1, 2)[real])
        for i, t in enumerate(patterns)
    )
    assert max(streams, rows) < 1e-4, (name, streams, rows)
    return {
        "transformers_residual_worst_difference": float(f"{streams:.1e}"),
        "transformers_patterns_worst_difference": float(f"{rows:.1e}"),
    }


def corrections(theirs, fields):
    """{setting: [TransformerLens's own, the configuration's]}."""
    a, b = common.tl_config(theirs), common.tl_config(fields)
    return {
        key: [plain(getattr(a, key)), plain(getattr(b, key))]
        for key in CONFIG_FIELDS if getattr(a, key) != getattr(b, key)
    }


def uncorrected(theirs, weights, tokens, attention_mask, logits, real):
    """How far TransformerLens is from transformers with its own loader's settings; null where it cannot run."""
    try:
        own = common.tl_model(theirs, weights)(tokens, attention_mask=attention_mask)
    except (RuntimeError, ValueError):
        return None
    return float(f"{common.worst(logits[real], own[real]):.1e}")


def plain(value):
    return float(value) if isinstance(value, float) else value


def padded(seed, short=5, long=8, pad=0):
    """Two texts of different length in one batch, padded on the left, with the mask and the shorter one alone."""
    first, second = common.tokens_for(seed, VOCAB, short), common.tokens_for(seed + 1, VOCAB, long)
    both = torch.cat([torch.cat([torch.full((1, long - short), pad), first], 1), second])
    mask = torch.ones(2, long, dtype=torch.long)
    mask[0, : long - short] = 0
    return both, mask, first


def assert_alone_is_the_same(model, raw, alone):
    """The shorter text of a padded batch gives the logits that it gives by itself."""
    length = alone.shape[1]
    difference = common.worst(model(alone, use_cache=False).logits, raw["logits"][:1, -length:])
    assert difference < 1e-4, difference
