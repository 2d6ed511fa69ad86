"""What each key of a GGUF file's metadata changes: sets one key at a time and compares logits.

    parity/.venv/bin/python parity/gguf_keys.py

Writes golden/keys/gguf.json: what transformers 4.49 makes of golden/gguf-f32 with one key set to another
value: "same", "fails" (it refuses, or the weights no longer fit), or the logits of the last position. Transformers reads few of the keys
that llama.cpp reads; those that llama.cpp's own code reads and transformers does not are named in the test.
"""

import json, logging, os, pathlib, tempfile, warnings

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="critical", TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1")
warnings.filterwarnings("ignore")
import gguf
import numpy as np
import torch
import transformers

import gguf_file

logging.disable(logging.CRITICAL)
torch.set_num_threads(1)
GOLDEN = pathlib.Path(os.environ.get("FRESNEL_GOLDEN") or pathlib.Path(__file__).parents[1] / "fresnel-core/src/test/resources/golden")
MODELS = {"llama": "gguf-f32"}  # transformers reads no GPT-2 of another context than 1024
IDS = [1, 5, 9, 3, 9, 7]
# After the architecture's name, "llama." or "gpt2.".
VALUES = {
    "vocab_size": [36], "context_length": [5, 64], "embedding_length": [6], "block_count": [1], "feed_forward_length": [12],
    "attention.head_count": [1, 2], "attention.head_count_kv": [1], "attention.key_length": [2], "attention.value_length": [2],
    "attention.layer_norm_epsilon": [0.5], "attention.layer_norm_rms_epsilon": [0.5], "attention.causal": [False],
    "attention.sliding_window": [2], "attention.max_alibi_bias": [8.0], "attention.clamp_kqv": [0.1], "rope.dimension_count": [2],
    "rope.freq_base": [3.0], "rope.scaling.type": ["linear", "yarn"], "rope.scaling.factor": [2.0], "rope.scale_linear": [2.0],
    "rope.scaling.attn_factor": [2.0], "rope.scaling.original_context_length": [4], "rope.scaling.finetuned": [True],
    "expert_count": [2], "expert_used_count": [1], "nextn_predict_layers": [1], "logit_scale": [2.0], "residual_scale": [2.0],
    "embedding_scale": [2.0], "use_parallel_residual": [True], "attn_logit_softcapping": [0.5], "final_logit_softcapping": [0.5],
    "tensor_data_layout": ["x"], "pooling_type": [1], "a_key_that_nobody_reads": [1],
}
GENERAL = {"general.name": ["x"], "general.file_type": [7], "general.quantization_version": [2], "general.description": ["x"],
           "general.sampling.temp": [0.5]}


def read(path):
    """The metadata, by key, and the tensors."""
    reader = gguf.GGUFReader(path)
    metadata = {}
    for field in reader.fields.values():
        if not field.name.startswith("GGUF."):
            metadata[field.name] = field.contents()
    return metadata, [(t.name, np.array(t.data)) for t in reader.tensors]


def logits(metadata, tensors):
    with tempfile.TemporaryDirectory() as folder:
        gguf_file.write(pathlib.Path(folder) / "x.gguf", metadata, tensors)
        try:
            model, info = transformers.AutoModelForCausalLM.from_pretrained(
                folder, gguf_file="x.gguf", torch_dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
            if info.get("missing_keys") or info.get("mismatched_keys") or info.get("error_msgs"):
                return "fails"
            with torch.no_grad():
                return model.eval()(torch.tensor([IDS])).logits[0].double()
        except Exception:
            return "fails"


def measure(architecture, golden):
    metadata, tensors = read(next((GOLDEN / golden / "model").glob("*.gguf")))
    size = len(dict(tensors)["token_embd.weight"])
    metadata.setdefault(f"{architecture}.vocab_size", size)
    usual = logits(metadata, tensors)
    assert not isinstance(usual, str), (architecture, metadata)
    rows = []
    for key, values in {**{f"{architecture}.{key}": values for key, values in VALUES.items()}, **GENERAL}.items():
        for value in values:
            if metadata.get(key) == value:
                continue
            got = logits({**metadata, key: value}, tensors)
            if not isinstance(got, str):
                same = ((got - usual).abs() / (1 + usual.abs())).max() < 1e-5
                got = "same" if same else [round(float(x), 5) for x in got[-1]]
            rows.append({"key": key, "value": value, "outcome": got})
    print(architecture, len(rows), flush=True)
    return {"golden": golden, "logits": [round(float(x), 5) for x in usual[-1]], "rows": rows}


def main():
    known = {"original": "transformers " + transformers.__version__, "ids": IDS,
             "models": {architecture: measure(architecture, golden) for architecture, golden in MODELS.items()}}
    text = json.dumps(known, ensure_ascii=False)
    (GOLDEN / "keys" / "gguf.json").write_text(text.replace('{"key"', '\n{"key"').replace('"models"', '\n"models"') + "\n")


if __name__ == "__main__":
    main()
