"""
Every sweep of TransformerLens's patching.py, both ways round, on models of other cases (which have to be there):
golden/patching/CASE/ holds the numbers, golden/CASE/model/ the model.
"""

import json
import shutil

import torch
from transformer_lens import patching

import cases_gradients
import common

METRICS = ("logit-diff", "log-prob", "kl")

# Sweeps of one head's activation, as TransformerLens calls them and as Fresnel does.
HEADS = {"out": "head_out", "q": "head_q", "k": "head_k", "v": "head_v", "pattern": "head_pattern"}


def measures(answer, wrong, expected):
    """Of the last position. KL is that of the patched run from the clean run."""
    log_expected = expected.log_softmax(-1)
    return {
        "logit-diff": lambda logits: logits[0, -1, answer] - logits[0, -1, wrong],
        "log-prob": lambda logits: logits[0, -1].log_softmax(-1)[answer],
        "kl": lambda logits: (log_expected.exp() * (log_expected - logits[0, -1].log_softmax(-1))).sum(),
    }


def sweeps(model, tokens, cache, metric):
    """Every sweep of patching.py, by Fresnel's names, in TransformerLens's order of axes."""
    out = {}
    for what in ("resid_pre", "resid_mid", "attn_out", "mlp_out"):
        out[f"{what}.position"] = getattr(patching, f"get_act_patch_{what}")(model, tokens, cache, metric)
    for theirs, ours in HEADS.items():
        if theirs in ("k", "v") and model.cfg.n_key_value_heads is not None:
            out[f"{ours}.position"], out[f"{ours}.head"] = shared(model, tokens, cache, metric, theirs)
            continue
        out[f"{ours}.position"] = getattr(patching, f"get_act_patch_attn_head_{theirs}_by_pos")(model, tokens, cache, metric)
        out[f"{ours}.head"] = getattr(patching, f"get_act_patch_attn_head_{theirs}_all_pos")(model, tokens, cache, metric)
    out["head_pattern.source"] = patching.get_act_patch_attn_head_pattern_dest_src_pos(model, tokens, cache, metric)
    return out


def shared(model, tokens, cache, metric, activation):
    """Keys or values that heads share: TransformerLens's own sweeps count query heads, and fail. Its general one takes the cells."""
    layers, heads, length = model.cfg.n_layers, model.cfg.n_key_value_heads, tokens.shape[1]
    by_position = patching.make_df_from_ranges([layers, length, heads], ["layer", "pos", "head"])
    by_head = patching.make_df_from_ranges([layers, heads], ["layer", "head"])

    def swept(setter, cells):
        return patching.generic_activation_patch(model, tokens, cache, metric, setter, activation, index_df=cells)

    return (swept(patching.layer_pos_head_vector_patch_setter, by_position).reshape(layers, length, heads),
            swept(patching.layer_head_vector_patch_setter, by_head).reshape(layers, heads))


def check_every(model, tokens, cache, metric, found):
    """TransformerLens's "every" sweeps are stacks of the others."""
    blocks = patching.get_act_patch_block_every(model, tokens, cache, metric)
    for got, what in zip(blocks, ("resid_pre", "attn_out", "mlp_out"), strict=True):
        assert torch.equal(got, found[f"{what}.position"])
    if model.cfg.n_key_value_heads is None:
        for got, what in zip(patching.get_act_patch_attn_head_all_pos_every(model, tokens, cache, metric), HEADS.values(), strict=True):
            assert torch.equal(got, found[f"{what}.head"])


def case(name, load, seed):
    golden = common.GOLDEN / name
    vocabulary = json.loads((golden / "case.json").read_text())["config"]["d_vocab"]
    fields, weights = load(golden / "model")
    where = common.GOLDEN / "patching" / name
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    model = common.tl_model(fields, weights, processed=True)
    clean = common.tokens_for(seed, vocabulary, 6)
    corrupted = clean.clone()
    corrupted[0, 2] = (corrupted[0, 2] + 7) % vocabulary  # position 0 and 1 stay the same
    corrupted[0, 4] = (corrupted[0, 4] + 3) % vocabulary
    logits = {"clean": model(clean), "corrupted": model(corrupted)}
    answer, wrong = logits["clean"][0, -1].argmax().item(), logits["corrupted"][0, -1].argmax().item()
    if answer == wrong:
        wrong = logits["clean"][0, -1].argmin().item()
    unpatched = {}
    for direction, base, source in (("clean-into-corrupted", corrupted, clean), ("corrupted-into-clean", clean, corrupted)):
        _, cache = model.run_with_cache(source)
        for metric_name, metric in measures(answer, wrong, logits["clean"][0, -1]).items():
            unpatched[metric_name] = {run: float(f"{metric(of).item():.9g}") for run, of in logits.items()}
            if metric_name != "logit-diff" and direction != "clean-into-corrupted":
                continue
            found = sweeps(model, base, cache, metric)
            if metric_name != "logit-diff":  # the sweeps are the same; two show that the metric is
                found = {kept: found[kept] for kept in ("resid_pre.position", "head_out.head")}
            else:
                check_every(model, base, cache, metric, found)
            common.write_tensors(where / f"{direction}.{metric_name}.safetensors", found)
    common.write_json(where / "case.json", {
        "case": f"patching/{name}",
        "model": name,
        "truth": "transformer_lens",
        "made_by": common.made_by(__file__),
        "reason": "Every sweep of patching.py.",
        "tokens": clean.tolist(),
        "corrupted_tokens": corrupted.tolist(),
        "answer": answer,
        "wrong": wrong,
        "unpatched": unpatched,
    })
    print(f"patching/{name}: {common.size(where) / 1024:.0f} KiB", flush=True)


def main():
    case("gpt2", cases_gradients.gpt2, 41)
    case("llama", cases_gradients.llama, 42)


if __name__ == "__main__":
    main()
