"""
Models 384 wide, where fast kernels take over from plain operations, at 2, 29 and 130 tokens. A formula makes their
weights here and in the tests (`seeded.py`), so no weights are stored. Short runs are stored whole, long ones sampled.
"""

import math

import numpy
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformer_lens.pretrained.weight_conversions.gpt2 import convert_gpt2_weights

import cases_gpt2
import cases_llama
import common
import seeded

VOCAB = 97
CONTEXT = 256
WHOLE = [2]
SAMPLED = [29, 130]

# Values kept of a sampled tensor. A faulty row, column or block of a product holds several of them.
MOST = 2048

# Standard deviations for this width, where those of the small cases would make the logits some 15 apart.
SPREADS = {"wte": 0.2, "wpe": 0.2, "lm_head": 0.15, "W_U": 0.15}


def spread_of(name, shape):
    for part, spread in SPREADS.items():
        if part in name:
            return spread, 0.0
    return common.spread_of(name, shape)


def seeded_weights(shapes):
    """The tensors by name, and the JSON that lets another program compute them."""
    tensors, about = {}, {}
    for name, shape in shapes.items():
        spread, mean = spread_of(name, shape)
        scale = float(f"{spread * math.sqrt(3):.3g}")  # of a uniform distribution of this standard deviation
        values = seeded.weight(name, shape, scale, mean)
        tensors[name] = torch.from_numpy(values)
        about[name] = {"shape": list(shape), "scale": scale, "mean": mean, "crc32": seeded.crc32(values)}
    return tensors, about


def shapes_of(tensors, without=()):
    return {name: tuple(t.shape) for name, t in tensors.items() if name not in without}


def load(model, weights):
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    model.tie_weights()
    return model.eval()


def hub_config(model, architecture):
    config = model.config.to_diff_dict()
    config.pop("_attn_implementation_autoset", None)
    return {**config, "architectures": [architecture], "torch_dtype": "float32"}


def sampled(activations):
    """What is kept of a long run: samples, and for each tensor its shape and its moments over the finite values."""
    kept, about = {}, {}
    for name, t in activations.items():
        indices = torch.from_numpy(seeded.sample(name, t.numel(), MOST))
        kept[name] = t.reshape(-1)[indices]
        finite = t.double()[t.isfinite()].numpy()
        about[name] = {
            "shape": list(t.shape),
            "finite": finite.size,
            "mean": float(f"{finite.mean():.12g}"),
            "mean_square": float(f"{numpy.square(finite).mean():.12g}"),
        }
    return kept, about


def kind_of(name):
    """The hook's name without its block."""
    return name.split(".", 2)[2] if name.startswith("blocks.") else name


def keep_worst(differences, single, double):
    """Per kind of hook, the worst |a - b| / (1 + |a|) between a run in float32 and one in float64."""
    assert single.keys() == double.keys()
    for name, t in single.items():
        finite = t.isfinite()
        assert torch.equal(finite, double[name].isfinite()), name
        worst = common.worst(double[name][finite], t.double()[finite])
        kind = kind_of(name)
        differences[kind] = max(differences.get(kind, 0.0), worst)


def case(name, reason, seed, format, config, fields, tl_weights, weights_about, truth=None):
    where = common.folder(f"wide/{name}")
    common.write_json(where / "model/config.json", config)
    texts = {length: common.tokens_for(seed + length, VOCAB, length) for length in WHOLE + SAMPLED}
    differences, moments, raw, truth_difference = {}, {}, {}, 0.0
    for run, processed in (("raw", False), ("default", True)):
        single = common.tl_model(fields, tl_weights, processed)
        double = common.tl_model(fields, tl_weights, processed, dtype=torch.float64)
        differences[run] = {}
        for length, tokens in texts.items():
            activations = common.run(single, tokens)
            keep_worst(differences[run], activations, common.run(double, tokens))
            if processed:
                common.check_same_log_probs(raw[length], activations)
            else:
                raw[length] = activations
                if truth:
                    truth_difference = max(truth_difference, common.worst(truth(tokens), activations["logits"]))
            file = f"{run}-{length}"
            if length in WHOLE:
                common.write_tensors(where / f"{file}.safetensors", activations)
            else:
                kept, moments[file] = sampled(activations)
                common.write_tensors(where / f"{file}.safetensors", kept)
    about = {
        "case": f"wide/{name}",
        "format": format,
        "truth": "transformer_lens",
        "made_by": common.made_by(__file__),
        "reason": reason,
        "bos": True,
        "tokens": {str(length): tokens.tolist() for length, tokens in texts.items()},
        "whole": WHOLE,
        "sampled": SAMPLED,
        "most": MOST,
        "processing": {"raw": [], "default": common.processing_steps(fields)},
    }
    if truth:
        assert truth_difference < 1e-4, truth_difference
        about["transformers_logits_worst_difference"] = float(f"{truth_difference:.1e}")
    about["float32_worst_difference"] = {
        run: {kind: float(f"{worst:.1e}") for kind, worst in kinds.items()} for run, kinds in differences.items()
    }
    about["weights"] = weights_about
    common.write_json(where / "case.json", about)
    common.write_json(where / "moments.json", moments)
    print(f"wide/{name}: {common.size(where) / 1024:.0f} KiB", flush=True)


def gpt2():
    model = GPT2LMHeadModel(GPT2Config(
        vocab_size=VOCAB, n_positions=CONTEXT, n_embd=384, n_layer=2, n_head=6, bos_token_id=0, eos_token_id=0,
        attn_implementation="eager"))
    weights, about = seeded_weights(shapes_of(model.state_dict(), without=["lm_head.weight"]))
    load(model, weights)
    fields = cases_gpt2.fields_of(model.config)
    case("gpt2", "GPT-2, 384 wide: six heads of 64, an MLP of 1,536.", 70, "hf", hub_config(model, "GPT2LMHeadModel"), fields,
         convert_gpt2_weights(model, common.tl_config(fields)), about, lambda tokens: model(tokens).logits)


def llama():
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=VOCAB, hidden_size=384, intermediate_size=1024, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, max_position_embeddings=CONTEXT, rope_theta=10000.0, rms_norm_eps=1e-5, bos_token_id=1,
        eos_token_id=2, attn_implementation="eager"))
    weights, about = seeded_weights(shapes_of(model.state_dict()))
    load(model, weights)
    case("llama", "Llama, 384 wide: six heads of 64 share two of keys and values, a gated MLP of 1,024.", 80, "hf",
         hub_config(model, "LlamaForCausalLM"), cases_llama.fields_of(model.config), cases_llama.tl_weights(model), about,
         lambda tokens: model(tokens).logits)


def shortformer():
    fields = dict(n_layers=2, d_model=384, d_head=64, n_heads=6, n_ctx=CONTEXT, d_vocab=VOCAB, attention_dir="causal",
                  attn_only=True, normalization_type=None, positional_embedding_type="shortformer")
    model = common.HookedTransformer(common.tl_config(fields), move_to_device=False)
    weights, about = seeded_weights(shapes_of(common.weights_of(model)))
    case("shortformer", "The workshop's toy, 384 wide: attention only, no norm, shortformer positions; biases that are not zero.",
         90, "transformer_lens", fields, fields, weights, about)


def formula():
    """Two small weights and two samples, for a test of the other side's formula by itself."""
    weights = [
        {"name": name, "shape": list(shape), "scale": scale, "mean": mean,
         "values": [float(x) for x in seeded.weight(name, shape, scale, mean).reshape(-1)]}
        for name, shape, scale, mean in (("a.weight", (2, 3), 0.75, 0.0), ("ä.norm.weight", (5,), 0.52, 1.0))
    ]
    samples = [
        {"name": name, "size": size, "most": most, "indices": seeded.sample(name, size, most).tolist()}
        for name, size, most in (("a.hook", 5, 8), ("a.hook", 1000, 8))
    ]
    common.write_json(common.GOLDEN / "wide/formula.json",
                      {"made_by": {"script": "parity/cases_wide.py"}, "weights": weights, "samples": samples})


def main():
    gpt2()
    llama()
    shortformer()
    formula()


if __name__ == "__main__":
    main()
