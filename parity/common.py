"""What every golden script shares: seeded weights, a TransformerLens run, and the files a case consists of."""

import json
import logging
import math
import os
import re
import shutil
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("WANDB_MODE", "disabled")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
import transformers
from importlib.metadata import version
from safetensors.torch import save_file
from transformer_lens import HookedTransformer, HookedTransformerConfig

torch.set_grad_enabled(False)
torch.set_num_threads(1)  # one thread: the same sums in the same order, so the same bytes each time
logging.getLogger().setLevel(logging.ERROR)
transformers.logging.set_verbosity_error()

REPOSITORY = Path(__file__).resolve().parent.parent
GOLDEN = Path(
    os.environ.get("FRESNEL_GOLDEN", REPOSITORY / "fresnel-core/src/test/resources/golden")
)

# To keep the folder small, runs that repeat what other cases show in full keep only the logits, the losses, the patterns
# and the residual stream: the processed run of cases that test one option, and both runs of cases that test a spelling.
BRIEF_DEFAULT = (
    "gpt2-inner-relu gpt2-silu gpt2-gelu-tanh gpt2-eps gpt2-no-attn-scale gpt2-batch gpt2-padded-short gpt2-padded-long "
    "llama-one-kv llama-llama3-rope llama-padded-short tl-shortformer-neel tl-mlp-relu tl-rmspre tl-local tl-alibi "
    "tl-bidirectional workshop-toy gguf-f32 gguf-q4-1 gpt2-text"
).split()
BRIEF = (
    "gpt2-bare gpt2-prefix-buffers gpt2-bin llama-llama3-rope-v5 llama-linear-rope-old llama-bare llama-prefix-buffers "
    "gpt2-text-padded llama-v5 llama-bf16-shards gguf-f16 gguf-bf16 gguf-q8-0 gguf-q4-0 gguf-rope-freqs gguf-tokenizer llama-text"
).split()
BRIEF_RAW = ["workshop-gpt2"]

CONFIG_FIELDS = (
    "n_layers n_heads n_key_value_heads d_model d_head d_mlp d_vocab d_vocab_out n_ctx eps act_fn attn_only gated_mlp "
    "normalization_type final_rms positional_embedding_type rotary_dim rotary_base rotary_adjacent_pairs "
    "use_NTK_by_parts_rope NTK_by_parts_factor NTK_by_parts_low_freq_factor NTK_by_parts_high_freq_factor "
    "NTK_original_ctx_len use_attn_scale attn_scale scale_attn_by_inverse_layer_idx attention_dir "
    "default_prepend_bos"
).split()


def made_by(script):
    return {
        "script": f"parity/{Path(script).name}",
        "torch": torch.__version__.split("+")[0],
        "transformer_lens": version("transformer-lens"),
        "transformers": version("transformers"),
    }


def folder(case):
    """The case's folder, emptied."""
    where = GOLDEN / case
    if where.exists():
        shutil.rmtree(where)
    (where / "model").mkdir(parents=True)
    return where


def write_json(path, value):
    """Indented, but a row of scalars on one line."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    text = re.sub(r"\[\s+((?:[-\w.+]+,\s+)*[-\w.+]+)\s+\]", lambda m: "[" + re.sub(r",\s+", ", ", m[1]) + "]", text)
    assert json.loads(text) == value
    Path(path).write_text(text + "\n", encoding="utf-8")


def write_tensors(path, tensors):
    """float32 (integers as they are), contiguous, each with a storage of its own."""
    save_file(
        {
            name: (t.detach().float() if t.is_floating_point() else t.detach()).clone().contiguous()
            for name, t in tensors.items()
        },
        path,
    )


def normal(generator, shape, scale, mean=0.0):
    return torch.randn(*shape, generator=generator) * scale + mean


def shake(module, seed):
    """
    Gives every parameter of a transformers model seeded values that leave nothing trivial: biases that are not zero,
    norm weights away from one, attention far from uniform.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(module.named_parameters()):
        parameter.data = shaken(generator, name, parameter.shape)


def shaken(generator, name, shape):
    return normal(generator, shape, *spread_of(name, shape))


def spread_of(name, shape):
    """The standard deviation and the mean of a weight's values, which its name decides."""
    lower = name.lower()
    is_norm = any(part in lower for part in ("ln_", "ln1", "ln2", "layernorm", ".norm.", "mlp.ln", "ln_final"))
    if is_norm:
        return 0.3, 0.0 if lower.endswith((".bias", ".b")) else 1.0
    if lower.endswith("bias") or ".b_" in lower or "._b_" in lower:
        return 0.3, 0.0
    if any(part in lower for part in ("wte", "embed_tokens", "w_e")):
        return 0.8, 0.0
    if "wpe" in lower or "w_pos" in lower:
        return 0.5, 0.0
    if "w_u" in lower or "lm_head" in lower:
        return 0.6, 0.0
    if any(part in lower for part in ("c_attn", "q_proj", "k_proj", "w_q", "w_k")):
        return 1.3 / math.sqrt(inputs_of(lower, shape)), 0.0
    return 0.9 / math.sqrt(inputs_of(lower, shape)), 0.0


def inputs_of(lower, shape):
    """How many inputs a weight matrix sums over, in transformers' and in TransformerLens's layouts."""
    if "_proj" in lower:
        return shape[-1]
    if "w_o" in lower:
        return shape[0] * shape[1]
    return shape[-2]


def tokens_for(seed, vocab, length, batch=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, vocab, (batch, length), generator=generator)


def repeated_tokens(seed, vocab, half):
    """A bos (0), then a text twice: what induction heads are looked for on."""
    text = tokens_for(seed, vocab, half)
    return torch.cat([torch.zeros(1, 1, dtype=torch.long), text, text], 1)


def tl_config(fields):
    return HookedTransformerConfig(**{"device": "cpu", "init_weights": False, **fields})


def tl_model(fields, weights, processed=False, fold_ln=True, tokenizer=None, dtype=torch.float32):
    """
    The HookedTransformer that from_pretrained would give for these weights: `processed` with from_pretrained's
    defaults, otherwise as from_pretrained_no_processing. As there, a shortformer is neither folded nor centred.
    """
    fields = dict(fields, dtype=dtype)
    norm = fields.get("normalization_type", "LN")
    shortformer = fields.get("positional_embedding_type") == "shortformer"
    fold_ln = fold_ln and processed and not shortformer and norm in ("LN", "RMS")
    if fold_ln:
        fields["normalization_type"] = norm + "Pre"
    model = HookedTransformer(tl_config(fields), tokenizer, move_to_device=False)
    model.load_and_process_state_dict(
        {name: t.detach().clone().to(dtype) for name, t in weights.items()},
        fold_ln=fold_ln,
        center_writing_weights=processed and not shortformer,
        center_unembed=processed and not shortformer and not fields.get("output_logits_soft_cap", 0) > 0,
        fold_value_biases=processed,
    )
    model.set_use_attn_result(True)
    return model.eval()


def run(model, tokens, attention_mask=None):
    """Everything that run_with_cache caches, then logits, loss_per_token and loss."""
    logits, cache = model.run_with_cache(tokens, attention_mask=attention_mask)
    out = dict(cache.items())
    out["logits"] = logits
    out["loss_per_token"] = model.loss_fn(logits, tokens, attention_mask, per_token=True)
    out["loss"] = model.loss_fn(logits, tokens, attention_mask)
    return out


def worst(a, b):
    """|a - b| / (1 + |a|), the worst cell."""
    return ((a - b).abs() / (1 + a.abs())).max().item()


def check_same_log_probs(raw, default, attention_mask=None, tolerance=2e-4):
    """Processing changes no log-probability: a test of the golden itself."""
    a, b = raw["logits"].log_softmax(-1), default["logits"].log_softmax(-1)
    if attention_mask is not None:
        a, b = a[attention_mask.bool()], b[attention_mask.bool()]
    assert worst(a, b) < tolerance, worst(a, b)


def weights_of(model):
    """The state dict under TransformerLens's names, without its buffers."""
    buffers = (".mask", ".IGNORE", ".rotary_sin", ".rotary_cos")
    return {name: t for name, t in model.state_dict().items() if not name.endswith(buffers)}


def write_case(
    case,
    script,
    reason,
    fields,
    weights,
    tokens,
    format,
    truth_logits=None,
    attention_mask=None,
    processed_weights=False,
    fold_ln=True,
    adjust=None,
    extra=None,
    bos=True,
    no_default=None,
):
    """
    Runs TransformerLens raw and processed and writes everything but the model's own files. `no_default` says why
    TransformerLens's processed numbers are not to be had, where they are not.
    """
    where = GOLDEN / case
    raw_model = tl_model(fields, weights)
    if adjust:
        adjust(raw_model)
    raw = run(raw_model, tokens, attention_mask)
    default = None
    if not no_default:
        default_model = tl_model(fields, weights, processed=True, fold_ln=fold_ln)
        if adjust:
            adjust(default_model)
        default = run(default_model, tokens, attention_mask)
        check_same_log_probs(raw, default, attention_mask)
    about = {
        "case": case,
        "format": format,
        "truth": "transformer_lens",
        "made_by": made_by(script),
        "reason": reason,
        "tokens": tokens.tolist(),
        "bos": bos,
    }
    if attention_mask is not None:
        about["attention_mask"] = attention_mask.tolist()
    if truth_logits is not None:
        real = attention_mask.bool() if attention_mask is not None else torch.ones_like(tokens).bool()
        difference = worst(truth_logits[real], raw["logits"][real])
        assert difference < 1e-4, (case, difference)
        about["transformers_logits_worst_difference"] = float(f"{difference:.1e}")
    about["processing"] = {"raw": []}
    if no_default:
        about["no_default"] = no_default
    else:
        about["processing"]["default"] = processing_steps(fields, fold_ln)
    about["complete"] = {"raw": case not in BRIEF + BRIEF_RAW}
    if not no_default:
        about["complete"]["default"] = case not in BRIEF + BRIEF_DEFAULT
    about["config"] = {name: getattr(raw_model.cfg, name) for name in CONFIG_FIELDS}
    about["config"]["attn_scale"] = float(about["config"]["attn_scale"])
    if extra:
        about.update(extra)
    write_tensors(where / "raw.safetensors", brief(raw) if case in BRIEF + BRIEF_RAW else raw)
    if default:
        write_tensors(where / "default.safetensors", brief(default) if case in BRIEF + BRIEF_DEFAULT else default)
    if processed_weights:
        write_tensors(where / "default-weights.safetensors", weights_of(default_model))
    write_json(where / "case.json", about)
    print(f"{case}: {len(raw)} tensors, {size(where) / 1024:.0f} KiB", flush=True)
    return raw, default


def brief(activations):
    kept = ("logits", "loss", "loss_per_token", "hook_pattern", "hook_resid_pre", "hook_resid_post")
    return {name: t for name, t in activations.items() if name.endswith(kept)}


def processing_steps(fields, fold_ln=True):
    norm = fields.get("normalization_type", "LN")
    if fields.get("positional_embedding_type") == "shortformer":
        return ["fold_value_biases"]
    steps = []
    if fold_ln and norm in ("LN", "RMS"):
        steps.append("fold_ln")
    if norm in ("LN", "LNPre") and not fields.get("final_rms"):
        steps.append("center_writing_weights")
    if not fields.get("output_logits_soft_cap", 0) > 0:
        steps.append("center_unembed")
    return steps + ["fold_value_biases"]


def size(where):
    return sum(f.stat().st_size for f in Path(where).rglob("*") if f.is_file())
