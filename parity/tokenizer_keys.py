"""What each key of the small files beside a tokenizer.json changes: sets one key at a time and compares ids.

    parity/.venv/bin/python parity/tokenizer_keys.py   # transformers 4.49, the pinned one
    PYTHON5 parity/tokenizer_keys.py                   # the newest transformers: pip install transformers==5.24.0

Each run writes its half of golden/keys/tokenizers.json: the ids of TEXTS, without and with the tokens that the original puts around
a text; "fails" where it refuses; "same" where all ids are those of the unchanged files. Where the two differ the newer wins.
"""

import json, logging, os, pathlib, shutil, tempfile, warnings

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="critical", TOKENIZERS_PARALLELISM="false")
warnings.filterwarnings("ignore")
import transformers

logging.disable(logging.CRITICAL)
GOLDEN = pathlib.Path(os.environ.get("FRESNEL_GOLDEN") or pathlib.Path(__file__).parents[1] / "fresnel-core/src/test/resources/golden")
KINDS = {"gpt2": "gpt2", "llama": "llama", "smollm": "llama", "no-bos": "gpt2"}
TEXTS = ["the light", "the lens bends light [PAD] there", "The River river<|endoftext|> the", "café  lens"]
NEW = {"content": "lens", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False, "special": True}
VALUES = {
    "add_prefix_space": [True, False], "add_bos_token": [True, False], "add_eos_token": [True, False], "legacy": [True, False],
    "clean_up_tokenization_spaces": [True, False], "split_special_tokens": [True], "model_max_length": [3], "max_length": [3],
    "padding_side": ["left"], "truncation_side": ["left"], "do_lower_case": [True], "strip_accents": [True], "tokenize_chinese_chars": [False],
    "trim_offsets": [False], "errors": ["strict"], "use_fast": [False], "spaces_between_special_tokens": [False],
    "additional_special_tokens": [["lens"]], "extra_special_tokens": [["lens"]], "image_token": ["lens"], "pad_token": ["[PAD]", "lens"],
    "bos_token": ["lens"], "eos_token": ["lens"], "unk_token": ["lens"], "sep_token": ["lens"], "mask_token": ["lens"],
    "chat_template": ["x"], "stride": [1],
    "pad_to_multiple_of": [8], "truncation_strategy": ["longest_first"], "model_input_names": [["input_ids"]], "name_or_path": ["x"],
    "sp_model_kwargs": [{}], "use_default_system_prompt": [True], "from_slow": [False], "remove_space": [False], "keep_accents": [False],
    "return_token_type_ids": [True], "special_tokens_map_file": ["x"], "processor_class": ["x"], "fix_mistral_regex": [True],
    "a_key_that_nobody_reads": [True],
}
FILES = {"special_tokens_map.json": [{"pad_token": "[PAD]"}, {"additional_special_tokens": ["lens"]}], "added_tokens.json": [{"lens": 900}]}


def ids(folder):
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        return [[tokenizer(text, add_special_tokens=special)["input_ids"] for text in TEXTS] for special in (False, True)]
    except Exception:
        return "fails"


def measure(kind, family):
    folder = GOLDEN / "tokenizers" / kind
    usual_config = json.loads((folder / "tokenizer_config.json").read_text())

    def changed(file, value):
        with tempfile.TemporaryDirectory() as temporary:
            here = pathlib.Path(temporary)
            shutil.copy(folder / "tokenizer.json", here)
            (here / "config.json").write_text(json.dumps({"model_type": family}))
            (here / "tokenizer_config.json").write_text(json.dumps(usual_config))
            if file:
                (here / file).write_text(json.dumps(value))
            return ids(here)

    usual = changed(None, None)
    # added_tokens_decoder lists all: the file's own tokens, and behind them a new one
    listed = json.loads((folder / "tokenizer.json").read_text())
    size = max([*listed["model"]["vocab"].values(), *(t["id"] for t in listed["added_tokens"])]) + 1
    own = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in listed["added_tokens"]}
    decoders = [{**own, str(size): NEW}, {**own, str(size): {**NEW, "special": False, "lstrip": False}},
                {i: {**t, "rstrip": True} for i, t in own.items()}]

    rows = []
    for key, values in {**VALUES, "added_tokens_decoder": decoders}.items():
        for value in values:
            if usual_config.get(key) != value or key not in usual_config:
                got = changed("tokenizer_config.json", {**usual_config, key: value})
                rows.append({"key": key, "value": value, "outcome": "same" if got == usual else got})
    for file, values in FILES.items():
        for value in values:
            got = changed(file, value)
            rows.append({"key": file, "value": value, "outcome": "same" if got == usual else got})
    print(kind, len(rows), flush=True)
    return usual, rows


def main():
    major = "newest" if transformers.__version__.startswith("5.") else "pinned"
    measured = {kind: measure(kind, family) for kind, family in KINDS.items()}
    file = GOLDEN / "keys" / "tokenizers.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(file.read_text()) if file.exists() else {"texts": TEXTS, "kinds": {}}
    known[major] = "transformers " + transformers.__version__
    for kind, (usual, measured_rows) in measured.items():
        entry = known["kinds"].setdefault(kind, {"rows": []})
        entry[major] = usual
        rows = {(r["key"], json.dumps(r["value"])): r for r in entry["rows"]}
        for row in measured_rows:
            rows.setdefault((row["key"], json.dumps(row["value"])), {"key": row["key"], "value": row["value"]})[major] = row["outcome"]
        entry["rows"] = list(rows.values())
    text = json.dumps(known, ensure_ascii=False)
    file.write_text(text.replace('{"key"', '\n{"key"').replace('"kinds"', '\n"kinds"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
