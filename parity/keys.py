"""What each key of a config.json changes, in every family: sets one key at a time in a tiny model's configuration and compares logits.

    parity/.venv/bin/python parity/keys.py            # transformers 4.49, the pinned one
    PYTHON5 parity/keys.py                            # the newest transformers: pip install transformers==5.24.0

Each run writes its half of golden/keys/config.json; families may be named as arguments. A key is "same" (no logit moves by more than float32's rounding, 1e-5), "fails" (the original
refuses it, or its weights no longer fit), or it has the logits of the last position. Where the two versions differ the newer wins;
the golden keeps both. Every family gets the keys of all families, since a key may be read under another family's name.
"""

import json, logging, os, pathlib, shutil, sys, tempfile, warnings

os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TRANSFORMERS_VERBOSITY="critical", TOKENIZERS_PARALLELISM="false")
warnings.filterwarnings("ignore")
import torch
import transformers

logging.disable(logging.CRITICAL)
os.environ["TQDM_DISABLE"] = "1"
torch.set_num_threads(1)
GOLDEN = pathlib.Path(os.environ.get("FRESNEL_GOLDEN") or pathlib.Path(__file__).parents[1] / "fresnel-core/src/test/resources/golden")
FAMILIES = ["gpt2", "llama", "neox", "gptj", "opt", "bloom", "gemma2-one-kv"]
IDS = [1, 5, 9, 12, 9, 7, 3, 30, 22, 4]

ROPE = {"rope_type": "linear", "factor": 2.0}
LLAMA3 = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8}
# Values to try: what a model's own code reads, in any family and in either version, then what no code of these families reads.
VALUES = {
    "vocab_size": [36, 38], "hidden_size": [6], "n_embd": [6], "n_embed": [6], "d_model": [6], "word_embed_proj_dim": [6, None],
    "num_hidden_layers": [1], "n_layer": [4], "n_layers": [1], "num_layers": [1],
    "num_attention_heads": [1, 2], "n_head": [1, 2], "n_heads": [2], "num_heads": [2], "num_key_value_heads": [1, 6], "head_dim": [2, 12],
    "intermediate_size": [12], "n_inner": [12], "ffn_dim": [12],
    "max_position_embeddings": [11, 64], "n_positions": [11, 64], "n_ctx": [11], "seq_length": [11, 64], "max_length": [11],
    "activation_function": ["gelu", "tanh"], "hidden_act": ["gelu_new", "tanh"],
    "hidden_activation": ["relu", "gelu", None],
    "layer_norm_epsilon": [0.5], "layer_norm_eps": [0.5], "rms_norm_eps": [0.5], "norm_eps": [0.5],
    "scale_attn_weights": [False], "scale_attn_by_inverse_layer_idx": [True], "reorder_and_upcast_attn": [True], "scale_attention": [False],
    "attention_bias": [True, False], "mlp_bias": [True], "enable_bias": [False], "bias": [False], "use_bias": [False],
    "rope_theta": [3.0], "rotary_emb_base": [3.0], "rope_scaling": [ROPE, LLAMA3, {"type": "linear", "factor": 2.0}, {"rope_type": "dynamic", "factor": 2.0}],
    "rope_parameters": [{**ROPE, "rope_theta": 3.0}, {"rope_type": "default", "rope_theta": 3.0}, {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5},
                        {"rope_theta": 3.0}],
    "rotary_pct": [0.25, 1.0], "partial_rotary_factor": [0.25, 0.5, 1.0], "rotary_dim": [2, None], "rope_interleaved": [True], "rotary": [False],
    "original_max_position_embeddings": [8],
    "use_parallel_residual": [False], "do_layer_norm_before": [False], "_remove_final_layer_norm": [True], "layer_norm_elementwise_affine": [False],
    "apply_residual_connection_post_layernorm": [True], "pretraining_tp": [2], "slow_but_exact": [True], "alibi": [False],
    "attn_logit_softcapping": [0.5, None], "final_logit_softcapping": [0.5, None], "query_pre_attn_scalar": [3], "sliding_window": [2, None],
    "use_sliding_window": [True, False], "layer_types": [["full_attention"] * 2, ["full_attention"] * 3, ["sliding_attention"] * 2, ["sliding_attention"] * 3],
    "sliding_window_pattern": [1], "max_window_layers": [1], "attention_chunk_size": [2], "use_bidirectional_attention": [True], "is_causal": [False],
    "tie_word_embeddings": [True, False], "is_decoder": [True, False], "add_cross_attention": [True], "is_encoder_decoder": [True],
    "cross_attention_hidden_size": [8], "pruned_heads": [{"0": [1]}], "per_layer_config": [{"0": {"layer_norm_epsilon": 0.5, "rms_norm_eps": 0.5}}],
    "quantization_config": [{"quant_method": "bitsandbytes", "load_in_8bit": True}], "logit_scale": [2.0], "residual_multiplier": [2.0],
    "embedding_multiplier": [2.0], "attention_multiplier": [2.0], "logits_scaling": [2.0], "num_local_experts": [2], "num_experts": [2],
    "use_qk_norm": [True], "qk_layernorm": [True], "clip_qkv": [0.1], "scale_embedding": [True], "normalize_before": [False], "attn_config": [{"alibi": True}],
    "resid_pdrop": [0.5], "embd_pdrop": [0.5], "attn_pdrop": [0.5], "hidden_dropout": [0.5], "attention_dropout": [0.5], "dropout": [0.5],
    "activation_dropout": [0.5], "layerdrop": [0.5], "classifier_dropout": [0.5], "summary_type": ["last"], "summary_use_proj": [False],
    "summary_activation": ["tanh"], "summary_proj_to_labels": [False], "summary_first_dropout": [0.5], "initializer_range": [0.5], "init_std": [0.5],
    "use_cache": [False], "cache_implementation": ["static"], "output_attentions": [True], "output_hidden_states": [True], "return_dict": [True],
    "use_return_dict": [True], "torchscript": [True], "chunk_size_feed_forward": [2], "bos_token_id": [3], "eos_token_id": [3], "pad_token_id": [3],
    "sep_token_id": [3], "decoder_start_token_id": [3], "unk_token_id": [3], "torch_dtype": ["float16"], "dtype": ["float16"],
    "problem_type": ["regression"], "num_labels": [3], "id2label": [{"0": "a"}], "label2id": [{"a": 0}], "finetuning_task": ["x"],
    "task_specific_params": [{}], "tokenizer_class": ["GPT2Tokenizer"], "prefix": ["x"], "name_or_path": ["x"], "_name_or_path": ["x"],
    "_commit_hash": ["x"], "transformers_version": ["4.0.0"], "gradient_checkpointing": [True], "temperature": [0.5], "top_k": [3], "top_p": [0.5],
    "do_sample": [True], "repetition_penalty": [2.0], "num_beams": [2], "attn_implementation": ["eager"], "_attn_implementation": ["eager"],
    "_attn_implementation_autoset": [True], "masked_softmax_fusion": [False], "attention_softmax_in_fp32": [False], "skip_bias_add": [False],
    "bias_dropout_fusion": [False], "offset_alibi": [100], "hidden_size_per_head": [4], "tf_legacy_loss": [True], "use_bfloat16": [True],
    "a_key_that_nobody_reads": [1],
}


def base(family):
    folder = GOLDEN / family / "model"
    return folder, json.loads((folder / "config.json").read_text())


def logits(folder):
    """The logits of all positions; None where the original refuses the folder, or its weights do not fit."""
    try:
        model, info = transformers.AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True, torch_dtype=torch.float32, attn_implementation="eager")
        left = [key for kind in ("missing_keys", "mismatched_keys", "error_msgs") for key in info.get(kind, [])]
        unread = [key for key in info.get("unexpected_keys", []) if not key.endswith(("attn.bias", "masked_bias", "inv_freq"))]
        if left or unread:
            return None
        with torch.no_grad():
            return model.float().eval()(torch.tensor([IDS]), return_dict=True).logits[0].double()
    except Exception:
        return None


def outcome(here, config, changed, usual):
    (here / "config.json").write_text(json.dumps(changed))
    got = logits(here)
    if got is None or not torch.isfinite(got).all():
        return "fails"
    if got.shape == usual.shape and ((got - usual).abs() / (1 + usual.abs())).max() < 1e-5:
        return "same"
    return [round(float(x), 5) for x in got[-1]]


def measure(family):
    folder, config = base(family)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        here = pathlib.Path(temporary)
        for file in folder.iterdir():
            shutil.copy(file, here / file.name)
        usual = logits(here)
        assert usual is not None, family
        for key, values in VALUES.items():
            for value in values:
                if key in config and config[key] == value:
                    continue
                rows.append({"key": key, "value": value, "outcome": outcome(here, config, {**config, key: value}, usual)})
    print(family, len(rows), flush=True)
    return {"logits": [round(float(x), 5) for x in usual[-1]], "rows": rows}


def main():
    major = "newest" if transformers.__version__.startswith("5.") else "pinned"
    file = GOLDEN / "keys" / "config.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    all_measured = {family: measure(family) for family in sys.argv[1:] or FAMILIES}
    known = json.loads(file.read_text()) if file.exists() else {"ids": IDS, "families": {}}
    known[major] = "transformers " + transformers.__version__
    for family, measured in all_measured.items():
        entry = known["families"].setdefault(family, {"logits": measured["logits"], "rows": []})
        rows = {(r["key"], json.dumps(r["value"])): r for r in entry["rows"]}
        for row in measured["rows"]:
            rows.setdefault((row["key"], json.dumps(row["value"])), {"key": row["key"], "value": row["value"]})[major] = row["outcome"]
        entry["rows"] = list(rows.values())
    text = json.dumps(known, ensure_ascii=False)
    file.write_text(text.replace('{"key"', '\n{"key"').replace('"families"', '\n"families"') + "\n")


if __name__ == "__main__":
    main()
