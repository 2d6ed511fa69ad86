"""
Attribution patching by TransformerLens's backward hooks, and edge attribution patching (EAP, Syed et al. 2023; with
integrated gradients, Hanna et al. 2024) by the published formulas, on models of other cases (which have to be there).
"""

import json

import common  # first: it sets the environment
import torch

import cases_gradients

KINDS = ["hook_resid_pre", "hook_attn_out", "hook_mlp_out", "attn.hook_z", "attn.hook_q", "attn.hook_k", "attn.hook_v"]
STEPS = 3


def run(model, tokens, metric, fwd_hooks=(), backward=True):
    """The metric, every activation, and its gradient at each hook point."""
    values, grads = {}, {}

    def keep(value, hook):
        values[hook.name] = value.detach()

    def keep_grad(grad, hook):
        grads[hook.name] = grad.clone()

    with model.hooks(fwd_hooks=[*fwd_hooks, (lambda name: True, keep)], bwd_hooks=[(lambda name: ".ln" not in name, keep_grad)] if backward else []):
        with torch.enable_grad():
            result = metric(model(tokens))
            if backward:
                result.backward()
    model.zero_grad()
    return result.item(), values, grads


def nodes(clean, corrupted, grads, layers, kinds):
    """[layer][position][head]: the difference of the activations times the gradient, summed over what a position or head holds."""
    out = {}
    for kind in kinds:
        names = [f"blocks.{layer}.{kind}" for layer in range(layers)]
        effect = torch.stack([((clean[n] - corrupted[n]) * grads[n]).sum((0, -1)) for n in names])
        out[kind] = rounded(effect if effect.dim() == 3 else effect.unsqueeze(-1))
    return out


def rounded(t):
    return [rounded(x) for x in t] if t.dim() else float(f"{t.item():.6g}")


def writers(values, cfg):
    """What each component writes [batch, pos, d_model], by label."""
    out = {"embed": values["blocks.0.hook_resid_pre"]}
    for layer in range(cfg.n_layers):
        for head in range(cfg.n_heads):
            out[f"L{layer}H{head}"] = values[f"blocks.{layer}.attn.hook_result"][:, :, head]
        if not cfg.attn_only:
            out[f"MLP{layer}"] = values[f"blocks.{layer}.hook_mlp_out"]
    return out


def readers(grads, cfg):
    """The gradient of what each component reads, by label, with the writers before it."""
    before, out = ["embed"], {}
    for layer in range(cfg.n_layers):
        for letter in "qkv":
            grad = grads[f"blocks.{layer}.hook_{letter}_input"]
            for head in range(grad.shape[2]):
                out[f"L{layer}H{head}.{letter}"] = (grad[:, :, head], list(before))
        before += [f"L{layer}H{head}" for head in range(cfg.n_heads)]
        if not cfg.attn_only:
            out[f"MLP{layer}"] = (grads[f"blocks.{layer}.hook_mlp_in"], list(before))
            before.append(f"MLP{layer}")
    out["logits"] = (grads[f"blocks.{cfg.n_layers - 1}.hook_resid_post"], list(before))
    return out


def edges(clean, corrupted, all_grads, cfg):
    """EAP: each writer's difference times each reader's gradient; the mean over the runs of `all_grads`."""
    one, other = writers(clean, cfg), writers(corrupted, cfg)
    out = {}
    for grads in all_grads:
        for reader, (grad, before) in readers(grads, cfg).items():
            for writer in before:
                label = f"{writer}->{reader}"
                out[label] = out.get(label, 0) + ((one[writer] - other[writer]) * grad).sum().item() / len(all_grads)
    return {label: float(f"{effect:.6g}") for label, effect in out.items()}


def between(clean, corrupted, share):
    """Replaces the input of the first layer by a point between the two runs' inputs."""
    name = "blocks.0.hook_resid_pre"
    return [(name, lambda value, hook: (corrupted[name] + share * (clean[name] - corrupted[name])).requires_grad_())]


def case(name, load, edge=True, mlp=True):
    golden = common.GOLDEN / name
    fields, weights = load(golden / "model")
    model = common.tl_model(fields, weights, processed=True)
    model.set_use_split_qkv_input(True)
    if mlp:
        model.set_use_hook_mlp_in(True)
    tokens = torch.tensor(json.loads((golden / "case.json").read_text())["tokens"])[:1, :9]
    other = tokens.clone()
    other[0, 3] = (other[0, 3] + 5) % fields["d_vocab"]
    other[0, 6] = (other[0, 6] + 9) % fields["d_vocab"]
    plus, minus = cases_gradients.furthest_apart(model, tokens)
    metric = lambda logits: logits[0, -1, plus] - logits[0, -1, minus]
    clean_value, clean, _ = run(model, tokens, metric, backward=False)
    corrupted_value, corrupted, grads = run(model, other, metric)
    kinds = [kind for kind in KINDS if mlp or kind != "hook_mlp_out"]
    found = {"model": name, "clean": tokens[0].tolist(), "corrupted": other[0].tolist(), "plus": plus, "minus": minus,
             "clean_metric": clean_value, "corrupted_metric": corrupted_value, "nodes": nodes(clean, corrupted, grads, model.cfg.n_layers, kinds)}
    if edge:
        found["eap"] = edges(clean, corrupted, [grads], model.cfg)
        steps = [run(model, other, metric, between(clean, corrupted, k / STEPS))[2] for k in range(1, STEPS + 1)]
        found["eap_ig"] = edges(clean, corrupted, steps, model.cfg)
    return found


def main():
    where = common.GOLDEN / "attribution"
    where.mkdir(parents=True, exist_ok=True)
    common.write_json(where / "case.json", {
        "case": "attribution", "truth": "transformer_lens", "made_by": common.made_by(__file__),
        "reason": "Attribution patching of activations and of edges, toward the clean run.", "steps": STEPS,
        "cases": [case("gpt2", cases_gradients.gpt2), case("llama", cases_gradients.llama),
                  case("tl-shortformer", cases_gradients.shortformer, mlp=False)],
    })


if __name__ == "__main__":
    main()
