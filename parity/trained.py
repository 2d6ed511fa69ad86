"""What `fresnel train` writes, opened by TransformerLens: trained/NAME/ holds the folder's config.json and model.safetensors, and
trained/cases.json the recipe and TransformerLens's losses on a few tokens.

usage: trained.py

It runs ./fresnel, or the command that FRESNEL names, so it needs a JDK, and it is no part of make_all: training rounds
differently on other processors. It fails where TransformerLens misses a weight or has no place for one, or where its own
processing changes the losses. TrainedFilesTest compares the losses with Fresnel's own.
"""

import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformer_lens import HookedTransformer, HookedTransformerConfig

import common

WHERE = common.GOLDEN / "trained"
TEXT = common.GOLDEN / "vocabulary/corpus.txt"
VOCABULARY = 300
SIZES = dict(n_layers=2, d_model=12, d_head=4, n_ctx=10)
ROTARY = dict(positional_embedding_type="rotary")

# A model's fields, and the recipe's other keys. Together they name every field that `fresnel train --help` lists.
CASES = {
    "shortformer": (dict(attn_only=True, normalization_type=None, positional_embedding_type="shortformer"),
                    dict(initialization="sinusoids", biases=False)),
    "gpt2": (dict(act_fn="gelu_new", n_heads=2, d_mlp=20, eps=1e-4), {}),
    "grouped": (dict(ROTARY, d_model=16, n_heads=4, n_key_value_heads=2, act_fn="silu", gated_mlp=True, d_mlp=20, rotary_dim=4,
                     normalization_type="RMS", final_rms=True), dict(initialization="kaiming_normal")),
    "all-heads-own-keys": (dict(ROTARY, n_key_value_heads=3, rotary_adjacent_pairs=True, rotary_base=100, parallel_attn_mlp=True,
                                act_fn="gelu"), dict(initialization="xavier_normal")),
    "one-key-head": (dict(ROTARY, n_key_value_heads=1, attn_only=True, use_NTK_by_parts_rope=True, NTK_by_parts_factor=4,
                          NTK_by_parts_low_freq_factor=1, NTK_by_parts_high_freq_factor=3, NTK_original_ctx_len=8), {}),
    "alibi": (dict(positional_embedding_type="alibi", normalization_type="LNPre", act_fn="relu"), {}),
    "local": (dict(use_local_attn=True, attn_types=["local", "global"], window_size=3, use_attn_scale=False,
                   normalization_type="RMSPre", act_fn="gelu_fast"), {}),
    "soft-caps": (dict(attn_scores_soft_cap=2.0, output_logits_soft_cap=3.0, use_normalization_before_and_after=True,
                       normalization_type="RMS", act_fn="gelu_pytorch_tanh", gated_mlp=True), {}),
    "embedding-norm": (dict(post_embedding_ln=True, n_heads=2, act_fn="solu", d_vocab=310, d_vocab_out=320), dict(biases=False)),
    "embedding-norm-alone": (dict(post_embedding_ln=True, attn_only=True, normalization_type=None, eps=1e-3), {}),
    "by-layer": (dict(n_layers=3, scale_attn_by_inverse_layer_idx=True, attn_scale=3.0, act_fn="gelu", default_prepend_bos=False,
                      model_name="by layer"), {}),
    "wide-head": (dict(d_head=20, attn_only=True, parallel_attn_mlp=True, attn_scale=None, act_fn=None, rotary_dim=None,
                       device="cuda", init_mode="gpt2"), {}),
}


def train(folder, model, others):
    recipe = {"model": {**SIZES, **model}, **others,
              "training": dict(seed=3, steps=3, batch=4, length=10, rate=0.01, every=3)}
    folder.mkdir()
    (folder / "recipe.json").write_text(json.dumps(recipe))
    command = os.environ.get("FRESNEL", str(common.REPOSITORY / "fresnel"))
    subprocess.run([command, "train", "--config", "recipe.json", "--text", str(TEXT), "--vocabulary", str(VOCABULARY), "--output",
                    "out", "--quiet"], cwd=folder, check=True, stdout=subprocess.PIPE)
    return recipe


def opened(folder, **processing):
    """As TransformerLens's documentation opens a model of one's own."""
    config = HookedTransformerConfig.from_dict({**json.loads((folder / "config.json").read_text()), "device": "cpu"})
    model = HookedTransformer(config, move_to_device=False)
    weights = load_file(folder / "model.safetensors")
    report = HookedTransformer(config, move_to_device=False).load_state_dict(weights, strict=False)
    assert not report.unexpected_keys, report.unexpected_keys
    buffers = (".mask", ".IGNORE", ".rotary_sin", ".rotary_cos")
    missing = [name for name in report.missing_keys if not name.endswith(buffers) and "b_" not in name.split(".")[-1]]
    if config.positional_embedding_type == "alibi":
        missing.remove("pos_embed.W_pos")  # which TransformerLens makes and never reads
    assert not missing, missing
    model.load_and_process_state_dict(weights, **processing)
    return model


def can_be_folded(model):
    """
    TransformerLens's own processing stops with a KeyError for norms without weights, and for solu, and centres an unembedding
    whose logits have a soft cap, which changes the losses.
    """
    pre = str(model.get("normalization_type")).endswith("Pre")
    return model.get("act_fn") != "solu" and not pre and "output_logits_soft_cap" not in model


def losses(model, ids):
    return model(torch.tensor([ids]), return_type="loss", loss_per_token=True)[0].tolist()


def main():
    shutil.rmtree(WHERE, ignore_errors=True)
    ids = [0, 5, 9, 40, 33, 9, 5, 250, 7, 33]
    cases = {}
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(4) as pool:
        folders = {name: Path(temporary) / name for name in CASES}
        recipes = {name: pool.submit(train, folders[name], *CASES[name]) for name in CASES}
        for name, (model, _) in CASES.items():
            folder, recipe = folders[name], recipes[name].result()
            raw = losses(opened(folder / "out", fold_ln=False, center_writing_weights=False, center_unembed=False,
                                fold_value_biases=False), ids)
            processed = losses(opened(folder / "out"), ids) if can_be_folded(model) else raw
            moved = max(abs(a - b) for a, b in zip(raw, processed, strict=True))
            print(f"{name:22} opens; TransformerLens's processing moves the losses by {moved:.1e}", flush=True)
            assert moved < 1e-4, (raw, processed)
            (WHERE / name).mkdir(parents=True)
            for file in ("config.json", "model.safetensors"):
                shutil.copy(folder / "out" / file, WHERE / name)
            cases[name] = {"recipe": recipe, "tokens": ids, "losses": raw}
    fields = [field for field in HookedTransformerConfig.__dataclass_fields__]
    common.write_json(WHERE / "cases.json", {"made_by": common.made_by(__file__), "fields": fields, "cases": cases})


if __name__ == "__main__":
    main()
