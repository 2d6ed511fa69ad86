"""
Runs the solutions of the ML4Good workshop on induction heads and records what they find.

The workshop's code is not part of this repository: give a copy of its public notebook
(EffiSciencesResearch/ML4G-2.0, workshops/induction_heads/induction_heads_hard.ipynb) with --notebook.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Callable

import common  # first: it sets the environment
import torch
from jaxtyping import Float, Int
from safetensors.torch import load_file
from torch import Tensor
from transformer_lens import ActivationCache, HookedTransformer
from transformer_lens.pretrained.weight_conversions.gpt2 import convert_gpt2_weights
from transformers import GPT2LMHeadModel

import analyses
import cases_gpt2

POSITIONS = [0, 5, 14, 20, 27]
THRESHOLDS = [0.1, 0.2, 0.35, 0.5]


def solutions(path):
    """The text of the fenced Python blocks that define the detectors and the attribution."""
    text = Path(path).read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        text = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    blocks = re.findall(r"```python\n(.*?)\n```", text, re.S)
    found = [
        next(b for b in blocks if f"def {name}(" in b) for name in ("average_over_condition", "logit_attribution")
    ]
    return found


class Workshop:
    """The workshop's own functions, with every score that its detectors average on the way."""

    def __init__(self, path):
        self.scores = []
        self.names = {
            "Callable": Callable, "Float": Float, "Int": Int, "Tensor": Tensor, "torch": torch,
            "ActivationCache": ActivationCache, "HookedTransformer": HookedTransformer,
            "typechecked": lambda f: f, "cache": None, "tokens": None, "model": None,
        }
        for name in ("average_over_condition", "current_attn_detector", "first_attn_detector", "prev_attn_detector",
                     "induction_attn_detector", "logit_attribution"):
            self.names["test_" + name] = lambda *args: None  # its tests need its models
        for block in solutions(path):
            # A block ends in calls that run tests and a report: definitions and constants are all that is wanted.
            kept = re.sub(r"(?m)^(test_\w+|print\w*)\(.*\)\s*$", "", block)
            exec(kept, self.names)
        average = self.names["average_over_condition"]

        def recorded(tensor, condition):
            result = average(tensor, condition)
            self.scores.append(result)
            return result

        self.names["average_over_condition"] = recorded

    def detect(self, name, *args, **options):
        """The scores [layer][head] and the heads named at each threshold (the workshop counts layers from 1)."""
        self.scores.clear()
        self.names[name](*args, **options)
        scores = torch.stack(self.scores)
        named = {str(t): self.names[name](*args, threshold=t, **options) for t in THRESHOLDS}
        return {"scores": analyses.rounded(scores), "named": named}

    def detectors(self, cache, tokens):
        return {
            "current": self.detect("current_attn_detector", cache),
            "previous": self.detect("prev_attn_detector", cache),
            "first": self.detect("first_attn_detector", cache),
            "duplicate": self.detect("induction_attn_detector", cache, tokens, off_by_one=False),
            "induction": self.detect("induction_attn_detector", cache, tokens),
        }

    def attribution(self, tokens, model, cache, position):
        return analyses.rounded(self.names["logit_attribution"](tokens, model, cache, position))


def load(case, processed):
    where = common.GOLDEN / case
    about = json.loads((where / "case.json").read_text())
    if about["format"] == "hf":
        hf = GPT2LMHeadModel.from_pretrained(where / "model").eval()
        fields = cases_gpt2.fields_of(hf.config)
        weights = convert_gpt2_weights(hf, common.tl_config(fields))
    else:
        fields = json.loads((where / "model/config.json").read_text())
        fields = {k: v for k, v in fields.items() if k not in ("dtype", "n_params")}
        stored = torch.load(where / "model/model.pth")
        weights = {k: t for k, t in stored.items() if not k.endswith((".mask", ".IGNORE"))}
    return common.tl_model(fields, weights, processed), torch.tensor(about["tokens"])


def golden(workshop, case, processed):
    model, tokens = load(case, processed)
    _, cache = model.run_with_cache(tokens)
    _, flat = model.run_with_cache(tokens, remove_batch_dim=True)
    found = workshop.detectors(flat, tokens)
    for name, scores in analyses.detector_scores(cache, tokens, model.cfg.n_layers).items():
        assert common.worst(torch.tensor(found[name]["scores"]), scores) < 1e-6, name
    attribution = {str(p): workshop.attribution(tokens, model, flat, p) for p in POSITIONS}
    for p in POSITIONS:  # smollm2.py uses these two of ours: here they are held against the workshop's own
        ours = analyses.workshop_attribution(model, cache, tokens, p)
        assert common.worst(torch.tensor(attribution[str(p)]), ours) < 1e-6, p
    return {
        "case": case, "processing": "default" if processed else "raw", "made_by": common.made_by(__file__),
        "tokens": tokens.tolist(), "repeats": {str(k): v for k, v in workshop.names["find_repeating_rows"](tokens).items()},
        "detectors": found,
        "attribution": attribution,
        "direct_attribution": [analyses.direct_attribution(model, cache, tokens, p) for p in POSITIONS],
        "logit_lens": {str(p): analyses.logit_lens(model, cache, p) for p in (14, tokens.shape[1] - 1)},
    }


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--notebook", required=True)
    workshop = Workshop(options.parse_args().notebook)
    where = common.GOLDEN / "workshop"
    where.mkdir(exist_ok=True)
    common.write_json(where / "toy.json", golden(workshop, "workshop-toy", processed=False))
    common.write_json(where / "gpt2.json", golden(workshop, "workshop-gpt2", processed=True))
    print("workshop: toy and gpt2", common.size(where), "bytes")


if __name__ == "__main__":
    main()
