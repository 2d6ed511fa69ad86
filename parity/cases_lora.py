"""LoRA adapters as PEFT saves them, and what PEFT makes of them and their base: the logits of the merged model.

PEFT 0.14.0 is not among the environment's packages, since nothing else needs it: parity/README.md says how to add it.
"""

import json
import shutil

import torch

import common
import cases_gpt2
import cases_llama
from peft import LoraConfig, get_peft_model

BASES = {"gpt2": ["c_attn", "c_proj", "c_fc"], "llama": ["q_proj", "v_proj", "down_proj"]}
CASES = {
    "gpt2": dict(base="gpt2", r=4, lora_alpha=12),
    "llama": dict(base="llama", r=3, lora_alpha=6),
    "llama-rslora": dict(base="llama", r=4, lora_alpha=6, use_rslora=True),
    "llama-patterns": dict(base="llama", r=2, lora_alpha=4, rank_pattern={"q_proj": 3},
                           alpha_pattern={"layers.1.self_attn.v_proj": 9}),
}


def golden(name, base, **settings):
    where = common.GOLDEN / "lora" / name
    shutil.rmtree(where, ignore_errors=True)
    folder = common.GOLDEN / base / "model"
    from transformers import AutoModelForCausalLM
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    vocabulary = model.config.vocab_size
    config = LoraConfig(target_modules=BASES[base], task_type="CAUSAL_LM", fan_in_fan_out=base == "gpt2", **settings)
    adapted = get_peft_model(model, config)
    generator = torch.Generator().manual_seed(7)
    for parameter_name, parameter in sorted(adapted.named_parameters()):
        if "lora_" in parameter_name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.5
    adapted.save_pretrained(where)
    (where / "README.md").unlink(missing_ok=True)
    about = json.loads((where / "adapter_config.json").read_text())
    about["base_model_name_or_path"] = "maker/" + base
    about["target_modules"] = sorted(about["target_modules"])
    common.write_json(where / "adapter_config.json", about)
    merged = adapted.merge_and_unload().eval()
    tokens = common.tokens_for(11, vocabulary, 8)
    with torch.no_grad():
        logits = merged(tokens).logits
    common.write_tensors(where / "logits.safetensors", {"logits": logits})
    common.write_json(where / "golden.json", {
        "case": f"lora/{name}", "made_by": {**common.made_by(__file__), "peft": "0.14.0"}, "base": base,
        "tokens": tokens.tolist(),
    })


if __name__ == "__main__":
    for name, settings in CASES.items():
        golden(name, **settings)
