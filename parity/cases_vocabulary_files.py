"""Byte-level tokenizers in vocab.json and merges.txt, without a tokenizer.json: what transformers makes of them."""

import json
import shutil

import common  # first: it sets the environment
import cases_tokenizers
import toy_tokenizers
from transformers import AutoTokenizer

END = "<|endoftext|>"
CASES = {
    "gpt2": {"tokenizer_class": "GPT2Tokenizer"},
    "unnamed": None,
    "opt": {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "bos_token": "</s>", "eos_token": "</s>",
            "unk_token": "</s>", "pad_token": "<pad>"},
    "space-first": {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True},
    "more-tokens": {"tokenizer_class": "GPT2Tokenizer", "pad_token": "<pad>",
                    "additional_special_tokens": ["<|user|>", "<s>"]},
    "qwen2": {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "pad_token": END, "bos_token": None},
}
MORE = {"literal": 321, "many     spaces": 320}


def golden(name, settings):
    where = common.GOLDEN / "vocabulary-files" / name
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    model = json.loads(toy_tokenizers.KINDS["gpt2"]()[0].to_str())["model"]
    common.write_json(where / "vocab.json", model["vocab"])
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (where / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    # Without a class transformers asks config.json for the family.
    common.write_json(where / "config.json", {"model_type": "gpt2"})
    if settings is not None:
        common.write_json(where / "tokenizer_config.json", settings)
    if name == "more-tokens":
        size = len(model["vocab"])
        common.write_json(where / "added_tokens.json", {token: size + i for i, token in enumerate(MORE)})
    tokenizer = AutoTokenizer.from_pretrained(where)
    rows = [{"text": text, "ids": tokenizer(text, add_special_tokens=False)["input_ids"],
             "ids_special": tokenizer(text)["input_ids"]} for text in cases_tokenizers.STRINGS]
    common.write_json(where / "golden.json", {
        "case": f"vocabulary-files/{name}", "made_by": common.made_by(__file__), "class": type(tokenizer).__name__,
        "bos_id": tokenizer.bos_token_id, "eos_id": tokenizer.eos_token_id, "pad_id": tokenizer.pad_token_id,
        "vocab_size": len(tokenizer), "rows": rows,
    })


if __name__ == "__main__":
    for name, settings in CASES.items():
        golden(name, settings)
