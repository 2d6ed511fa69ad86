"""
Greedy continuations by TransformerLens's generate, on models of other cases (which have to be there), and the logits that
its sample_logits draws from. The repetition penalty is transformers' own, which later versions of sample_logits apply first.

    python parity/cases_generation.py                       writes golden/generation/
    python parity/cases_generation.py --gguf SmolLM2….gguf  writes golden/smollm2/generation.json, by transformers' generate
"""

import argparse
import json
import os
import types

import common  # first: it sets the environment
import torch
from transformer_lens import utils
from transformers import AutoModelForCausalLM, RepetitionPenaltyLogitsProcessor

import cases_gradients

NEW_TOKENS = 9
# generate asks its tokenizer for the padding alone; no token of a prompt is padding.
TOKENIZER = types.SimpleNamespace(eos_token_id=None, bos_token_id=None, pad_token_id=-1, padding_side="right")
SMOLLM2_PROMPTS = ["The capital of France is", "Once upon a time, there was a"]
# Its penalty is applied to the stored weights' logits: a centred unembedding moves their zero.
SMOLLM2_PENALIZED = [("When Mary and John went to the store, John gave a drink to", 1.3), ("Once upon a time, there was a", 1.1)]
SAMPLING = [
    dict(temperature=0.7),
    dict(temperature=1.5, frequency_penalty=0.5),
    dict(top_k=5),
    dict(temperature=2.0, top_k=5, repetition_penalty=1.3),
    dict(top_p=0.6),
    dict(temperature=0.5, top_p=0.9, frequency_penalty=0.2),
    dict(temperature=3.0, top_p=0.35, repetition_penalty=2.0, frequency_penalty=1.1),
    dict(top_p=0.01),
]


def greedy(name, load):
    golden = common.GOLDEN / name
    fields, weights = load(golden / "model")
    model = common.tl_model(fields, weights, tokenizer=None)
    model.tokenizer = TOKENIZER
    prompt = torch.tensor(json.loads((golden / "case.json").read_text())["tokens"])[:1, :4]
    found = model.generate(prompt, max_new_tokens=NEW_TOKENS, stop_at_eos=False, do_sample=False, prepend_bos=False, verbose=False)
    best = model(found)[0, prompt.shape[1] - 1:-1].topk(2).values
    margin = (best[:, 0] - best[:, 1]).min().item()
    assert margin > 1e-3, (name, margin)  # so that rounding cannot change a token
    return {"model": name, "prompt": prompt[0].tolist(), "ids": found[0, prompt.shape[1]:].tolist(), "margin": float(f"{margin:.2g}")}


def filtered(logits, text, temperature=1.0, top_k=None, top_p=None, frequency_penalty=0.0, repetition_penalty=1.0):
    """The logits of the distribution that sample_logits makes at its end."""
    seen = []

    class Watched:
        def __init__(self, logits):
            seen.append(logits)

        def sample(self):
            return seen[0].argmax(-1)

    original = torch.distributions.categorical.Categorical
    torch.distributions.categorical.Categorical = Watched
    try:
        penalized = RepetitionPenaltyLogitsProcessor(repetition_penalty)(text, logits.clone())
        utils.sample_logits(penalized, top_k=top_k, top_p=top_p, temperature=temperature, freq_penalty=frequency_penalty, tokens=text)
    finally:
        torch.distributions.categorical.Categorical = original
    return [None if x == float("-inf") else float(f"{x:.7g}") for x in seen[0][0].tolist()]


def sampling():
    generator = torch.Generator().manual_seed(7)
    logits = (3 * torch.randn(1, 24, generator=generator)).round(decimals=4)
    text = torch.tensor([[2, 5, 5, 11, 23, 5]])
    return {"logits": [float(f"{x:.6g}") for x in logits[0].tolist()], "text": text[0].tolist(),
            "cases": [{**options, "filtered": filtered(logits, text, **options)} for options in SAMPLING]}


def smollm2(path):
    where, name = os.path.split(path)
    model = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, torch_dtype=torch.float32).eval()
    about = json.loads((common.GOLDEN / "smollm2/golden.json").read_text())
    import gguf
    import smollm2 as original
    _, tokenizer = original.tokenizer_of(original.metadata(gguf.GGUFReader(path)))
    def continued(prompt, **options):
        ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False).input_ids
        found = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False, **options)[0, ids.shape[1]:]
        return {"prompt": prompt, **options, "prompt_ids": ids[0].tolist(), "ids": found.tolist(), "text": tokenizer.decode(found)}

    common.write_json(common.GOLDEN / "smollm2/generation.json",
                      {"case": "smollm2/generation", "truth": "transformers", "made_by": common.made_by(__file__), "file": about["file"],
                       "greedy": [continued(prompt) for prompt in SMOLLM2_PROMPTS],
                       "penalized": [continued(prompt, repetition_penalty=penalty) for prompt, penalty in SMOLLM2_PENALIZED]})


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--gguf")
    gguf = options.parse_args().gguf
    if gguf:
        return smollm2(gguf)
    where = common.GOLDEN / "generation"
    where.mkdir(parents=True, exist_ok=True)
    common.write_json(where / "case.json", {
        "case": "generation", "truth": "transformer_lens", "made_by": common.made_by(__file__),
        "reason": "Greedy continuations, and the logits that a token is drawn from.",
        "greedy": [greedy("gpt2", cases_gradients.gpt2), greedy("llama", cases_gradients.llama),
                   greedy("tl-shortformer", cases_gradients.shortformer)],
        "sampling": sampling(),
    })


if __name__ == "__main__":
    main()
