"""
Ablation, attention knockout and path patching by hooks of TransformerLens, one run per cell, on the models and texts of
golden/patching (which have to be there): golden/interventions/CASE/ holds the numbers.
"""

import json
import shutil

import torch

import cases_gradients
import common

QUERIES, KEYS = [4, 5], [1, 2]
RECEIVER_HEAD = 1  # of the last layer


def run(model, tokens, hooks, metric):
    return metric(model.run_with_hooks(tokens, fwd_hooks=hooks)).item()


def cells(model, value, layers=None):
    """value(layer, head) for every head of the layers."""
    heads = range(model.cfg.n_heads)
    return torch.tensor([[value(layer, head) for head in heads] for layer in range(layers or model.cfg.n_layers)])


def ablated(model, tokens, fill, metric):
    """Each head's z replaced by fill(layer) [head, d_head], or by zeros."""

    def one(layer, head):
        def replace(z, hook):
            z[:, :, head] = 0 if fill is None else fill(layer)[head]
            return z

        return run(model, tokens, [(f"blocks.{layer}.attn.hook_z", replace)], metric)

    return cells(model, one)


def resampled_mlps(model, tokens, other, metric):
    _, cache = model.run_with_cache(other)
    found = []
    for layer in range(model.cfg.n_layers):
        name = f"blocks.{layer}.hook_mlp_out"
        found.append(run(model, tokens, [(name, lambda x, hook: cache[hook.name][:, :x.shape[1]])], metric))
    return torch.tensor(found)


def knocked_out(model, tokens, metric):
    def one(layer, head):
        def cut(scores, hook):
            for query in QUERIES:
                for key in KEYS:
                    scores[:, head, query, key] = -torch.inf
            return scores

        return run(model, tokens, [(f"blocks.{layer}.attn.hook_attn_scores", cut)], metric)

    return cells(model, one)


def paths(model, clean, corrupted, letter, through_mlps, metric):
    """From every head before the receiver's layer to one of its inputs."""
    layer_to, head_to = model.cfg.n_layers - 1, RECEIVER_HEAD
    shared = model.cfg.n_key_value_heads
    if letter != "q" and shared is not None:
        head_to //= model.cfg.n_heads // shared
    _, of_clean = model.run_with_cache(clean)
    _, of_corrupted = model.run_with_cache(corrupted)

    def direct(layer, head):
        z = f"blocks.{layer}.attn.hook_z"
        more = (of_clean[z] - of_corrupted[z])[:, :, head] @ model.W_O[layer, head]

        def add(x, hook):
            x[:, :, head_to] += more
            return x

        return run(model, corrupted, [(f"blocks.{layer_to}.hook_{letter}_input", add)], metric)

    def responding(layer, head):
        def frozen(z, hook):
            z = of_corrupted[hook.name].clone()
            if hook.layer() == layer:
                z[:, :, head] = of_clean[hook.name][:, :, head]
            return z

        name = f"blocks.{layer_to}.attn.hook_{letter}"
        seen = {}
        keep = lambda x, hook: seen.__setitem__("value", x.detach().clone())
        freeze = [(f"blocks.{before}.attn.hook_z", frozen) for before in range(layer, layer_to)]
        model.run_with_hooks(corrupted, fwd_hooks=[*freeze, (name, keep)])

        def receive(x, hook):
            x[:, :, head_to] = seen["value"][:, :, head_to]
            return x

        return run(model, corrupted, [(name, receive)], metric)

    return cells(model, responding if through_mlps else direct, layer_to)


@torch.no_grad()
def case(name, load):
    about = json.loads((common.GOLDEN / "patching" / name / "case.json").read_text())
    clean, corrupted = torch.tensor(about["tokens"]), torch.tensor(about["corrupted_tokens"])
    difference = lambda logits: logits[0, -1, about["answer"]] - logits[0, -1, about["wrong"]]
    loss = lambda logits: -logits[0, :-1].log_softmax(-1).gather(-1, clean[0, 1:, None]).mean()
    fields, weights = load(common.GOLDEN / name / "model")
    model = common.tl_model(fields, weights, processed=True)
    vocabulary = model.cfg.d_vocab
    data = [common.tokens_for(61, vocabulary, 7), common.tokens_for(62, vocabulary, 4)]
    found = {"heads.zero": ablated(model, clean, None, loss)}
    caches = [model.run_with_cache(text)[1] for text in data]
    mean = lambda layer: torch.cat([cache[f"blocks.{layer}.attn.hook_z"][0] for cache in caches]).mean(0)
    found["heads.mean"] = ablated(model, clean, mean, loss)
    found["mlps.resample"] = resampled_mlps(model, clean, data[0], loss)
    found["knockout"] = knocked_out(model, clean, difference)
    for letter in "qkv":
        found[f"path.{letter}.through-mlps"] = paths(model, clean, corrupted, letter, True, difference)
    if model.cfg.n_key_value_heads is None:  # TransformerLens has no input per key-value head
        model.set_use_split_qkv_input(True)
        for letter in "qkv":
            found[f"path.{letter}.direct"] = paths(model, clean, corrupted, letter, False, difference)
    where = common.GOLDEN / "interventions" / name
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    common.write_tensors(where / "values.safetensors", found)
    common.write_json(where / "case.json", {
        "case": f"interventions/{name}",
        "model": name,
        "truth": "transformer_lens",
        "made_by": common.made_by(__file__),
        "reason": "Ablation, attention knockout and path patching by hooks.",
        "tokens": clean.tolist(),
        "corrupted_tokens": corrupted.tolist(),
        "answer": about["answer"],
        "wrong": about["wrong"],
        "data": [text[0].tolist() for text in data],
        "queries": QUERIES,
        "keys": KEYS,
        "receiver": [model.cfg.n_layers - 1, RECEIVER_HEAD],
    })
    print(f"interventions/{name}: {common.size(where) / 1024:.0f} KiB", flush=True)


def main():
    case("gpt2", cases_gradients.gpt2)
    case("llama", cases_gradients.llama)


if __name__ == "__main__":
    main()
