"""
Gradients of two metrics at every hook point, from TransformerLens's backward hooks, on models of other cases (which
have to be there): golden/gradients/CASE/ holds the numbers, golden/CASE/model/ the model.
"""

import json
import shutil

import torch
from safetensors.torch import load_file
from transformers import GPT2LMHeadModel, LlamaForCausalLM
from transformer_lens.pretrained.weight_conversions.gpt2 import convert_gpt2_weights

import cases_gpt2
import cases_llama
import cases_tl
import common

# Hook points that exist only with an option of TransformerLens's. Its two options for attention exclude each other.
SPLIT = {"hook_q_input": "use_split_qkv_input", "hook_k_input": "use_split_qkv_input", "hook_v_input": "use_split_qkv_input"}
ATTENTION_IN = {"hook_attn_in": "use_attn_in"}
MLP_IN = {"hook_mlp_in": "use_hook_mlp_in"}


def gpt2(where):
    model = GPT2LMHeadModel.from_pretrained(where, attn_implementation="eager").eval()
    fields = cases_gpt2.fields_of(model.config)
    return fields, convert_gpt2_weights(model, common.tl_config(fields))


def llama(where):
    model = LlamaForCausalLM.from_pretrained(where, attn_implementation="eager").eval()
    return cases_llama.fields_of(model.config), cases_llama.tl_weights(model)


def shortformer(where):
    fields = cases_tl.fields(n_layers=2, d_model=20, n_heads=4, d_head=5, attn_only=True, normalization_type=None,
                             positional_embedding_type="shortformer")
    stored = torch.load(where / "model.pth", weights_only=True)
    return fields, {name: t for name, t in stored.items() if not name.endswith((".mask", ".IGNORE"))}


def metrics(plus, minus):
    """The logit of one token less that of another, at the last position; the mean loss of the next token."""

    def logit_difference(model, tokens):
        logits = model(tokens)
        return logits[0, -1, plus] - logits[0, -1, minus]

    return {"logit-difference": logit_difference, "loss": lambda model, tokens: model(tokens, return_type="loss")}


def furthest_apart(model, tokens):
    """The likeliest and the least likely next token: a difference of close logits would lose digits."""
    logits = model(tokens)[0, -1]
    return logits.argmax().item(), logits.argmin().item()


def gradients(model, metric, tokens, without=None):
    """
    The metric's value, and its gradient at each hook point that takes part, but for those that have `without` in their
    names. TransformerLens runs the norm before
    attention three times, for queries, keys and values: the gradients of these are added, which is the gradient with
    respect to the one value that all three share.
    """
    out = {}

    def add(grad, hook):
        out[hook.name] = out[hook.name] + grad if hook.name in out else grad.clone()

    for name, point in model.hook_dict.items():
        if without is None or without not in name:
            point.add_hook(add, dir="bwd")
    with torch.enable_grad():
        value = metric(model, tokens)
        value.backward()
    model.reset_hooks()
    model.zero_grad()
    return value.item(), out


def check_by_perturbation(model, metric, tokens, found):
    """A second way to the same numbers: the gradient of what is added to each activation, wherever it is used."""
    added = {name: torch.zeros_like(grad, requires_grad=True) for name, grad in found.items()}
    for name in found:
        model.hook_dict[name].add_hook(lambda value, hook: value + added[hook.name])
    with torch.enable_grad():
        metric(model, tokens).backward()
    model.reset_hooks()
    model.zero_grad()
    for name, grad in found.items():
        assert relative(added[name].grad, grad) < 1e-5, (name, relative(added[name].grad, grad))


def relative(a, b):
    """The largest |a - b| by the largest |a| of the tensor; where the tensor is zero, both have to be."""
    return ((a - b).abs().max() / a.abs().max().clamp(min=1e-30)).item()


def kind_of(name):
    return name.split(".", 2)[2] if name.startswith("blocks.") else name


def input_gradients(make, metric, tokens, options, base):
    """
    At the hook points that exist only with an option; the others have the same gradients as without it. The norm
    before attention has other dimensions then, an input for each head, and is left out.
    """
    out = {}
    for kinds in options:
        model = make()
        for option in kinds.values():
            getattr(model, f"set_{option}")(True)
        _, found = gradients(model, metric, tokens, without=".ln1.")
        for name, grad in found.items():
            if kind_of(name) in kinds:
                out[name] = grad
            else:
                assert relative(base[name], grad) < 1e-4, (name, relative(base[name], grad))
    return out


def case(name, load, options, left_out=None):
    golden = common.GOLDEN / name
    tokens = torch.tensor(json.loads((golden / "case.json").read_text())["tokens"])
    fields, weights = load(golden / "model")
    where = common.GOLDEN / "gradients" / name
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    model = common.tl_model(fields, weights)
    assert common.worst(load_file(golden / "raw.safetensors")["logits"], model(tokens)) < 1e-5
    plus, minus = furthest_apart(model, tokens)
    values, differences = {"logit-difference": {}, "loss": {}}, {}
    for run, processed in (("raw", False), ("default", True)):

        def make(dtype=torch.float32):
            return common.tl_model(fields, weights, processed, dtype=dtype)

        for metric_name, metric in metrics(plus, minus).items():
            value, found = gradients(make(), metric, tokens)
            check_by_perturbation(make(), metric, tokens, found)
            _, exact = gradients(make(torch.float64), metric, tokens)
            inputs = input_gradients(make, metric, tokens, options, found)
            exact.update(input_gradients(lambda: make(torch.float64), metric, tokens, options, exact))
            for hook, grad in {**found, **inputs}.items():
                kind = kind_of(hook)
                differences[kind] = max(differences.get(kind, 0.0), relative(exact[hook], grad.double()))
            values[metric_name][run] = float(f"{value:.9g}")
            common.write_tensors(where / f"{run}-{metric_name}.safetensors", found)
            common.write_tensors(where / f"{run}-{metric_name}-inputs.safetensors", inputs)
    for by_run in values.values():
        assert abs(by_run["raw"] - by_run["default"]) < 1e-4, values
    about = {
        "case": f"gradients/{name}",
        "model": name,
        "truth": "transformer_lens",
        "made_by": common.made_by(__file__),
        "reason": "Gradients of two metrics at every hook point, from backward hooks.",
        "tokens": tokens.tolist(),
        "metrics": {
            "logit-difference": {"plus": plus, "minus": minus, "position": tokens.shape[1] - 1, "values": values["logit-difference"]},
            "loss": {"values": values["loss"]},
        },
        "processing": {"raw": [], "default": common.processing_steps(fields)},
        "options": {kind: option for kinds in options for kind, option in kinds.items()},
    }
    if left_out:
        about["left_out"] = left_out
    about["float32_worst_difference"] = {kind: float(f"{worst:.1e}") for kind, worst in differences.items()}
    common.write_json(where / "case.json", about)
    print(f"gradients/{name}: {len(found)} + {len(inputs)} tensors, {common.size(where) / 1024:.0f} KiB", flush=True)


def main():
    case("gpt2", gpt2, [{**SPLIT, **MLP_IN}, ATTENTION_IN])
    case("llama", llama, [{**SPLIT, **MLP_IN}], left_out={
        "hook_attn_in": "TransformerLens refuses use_attn_in where heads share keys."})
    case("tl-shortformer", shortformer, [SPLIT, ATTENTION_IN])


if __name__ == "__main__":
    main()
