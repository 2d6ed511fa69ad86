"""What each field of a HookedTransformerConfig changes: sets one at a time in tiny models and compares logits.

    parity/.venv/bin/python parity/tl_keys.py          # TransformerLens 2.16.1, the pinned one

Writes golden/keys/transformer_lens.json, in the form of keys.py's file: the weights are those of the goldens, and a model whose
weights no longer fit "fails".
"""

import json

import common  # first: it sets the environment
import torch

IDS = [1, 5, 9, 12, 9, 7, 3, 30, 22, 4]
BUFFERS = ("mask", "IGNORE", "rotary_sin", "rotary_cos")  # left out: the configuration decides
CASES = ["tl-mlp-gelu", "tl-rotary-rms", "tl-shortformer"]
VALUES = {
    "n_layers": [1], "d_model": [24], "n_ctx": [11], "d_head": [2], "n_heads": [1, 2], "d_mlp": [12], "act_fn": ["relu", "gelu_new", "solu"],
    "d_vocab": [36], "d_vocab_out": [36], "eps": [0.5], "use_attn_result": [True], "use_attn_scale": [False], "attn_scale": [3.0, -1.0],
    "use_split_qkv_input": [True], "use_hook_mlp_in": [True], "use_attn_in": [True], "use_qk_norm": [True], "use_local_attn": [True],
    "ungroup_grouped_query_attention": [True], "original_architecture": ["GPT2LMHeadModel", "GemmaForCausalLM", "LlamaForCausalLM"], "from_checkpoint": [True], "checkpoint_index": [1],
    "tokenizer_prepends_bos": [True], "window_size": [2], "attn_types": [["local", "local"]], "init_mode": ["xavier_uniform"],
    "normalization_type": ["LNPre", "LN", "RMS", "RMSPre", None], "attention_dir": ["bidirectional"], "attn_only": [True], "seed": [3],
    "initializer_range": [0.5], "init_weights": [True], "scale_attn_by_inverse_layer_idx": [True],
    "positional_embedding_type": ["standard", "rotary", "shortformer", "alibi"], "final_rms": [True], "parallel_attn_mlp": [True], "rotary_dim": [2],
    "use_hook_tokens": [True], "gated_mlp": [True], "default_prepend_bos": [False], "n_key_value_heads": [1, 3],
    "post_embedding_ln": [True], "rotary_base": [3], "trust_remote_code": [True], "rotary_adjacent_pairs": [True], "load_in_4bit": [True],
    "num_experts": [2], "experts_per_token": [1], "relative_attention_max_distance": [4], "relative_attention_num_buckets": [4],
    "decoder_start_token_id": [1], "tie_word_embeddings": [True], "use_normalization_before_and_after": [True], "attn_scores_soft_cap": [0.5],
    "output_logits_soft_cap": [0.5], "use_NTK_by_parts_rope": [True], "NTK_by_parts_low_freq_factor": [2.0], "NTK_by_parts_high_freq_factor": [8.0],
    "NTK_by_parts_factor": [2.0], "NTK_original_ctx_len": [4],
}


def logits(fields, state):
    """None where TransformerLens refuses the fields, or the weights do not fit them."""
    try:
        model = common.HookedTransformer(common.tl_config({**fields, "dtype": torch.float32}), move_to_device=False)
        missing, unexpected = model.load_state_dict(state, strict=False)
        weights = [name for name in [*missing, *unexpected] if not name.endswith(BUFFERS)]
        needless = [name for name in weights if name in missing and not name.rsplit(".", 1)[-1].lstrip("_").startswith("b")]
        if fields.get("positional_embedding_type") == "alibi":
            needless = [name for name in needless if name != "pos_embed.W_pos"]  # saved, never read
        if needless or [name for name in weights if name in unexpected]:
            return None
        with torch.no_grad():
            return model.eval()(torch.tensor([IDS]), prepend_bos=False)[0].double()
    except Exception:
        return None


def outcome(got, usual):
    if got is None or not torch.isfinite(got).all():
        return "fails"
    if got.shape == usual.shape and ((got - usual).abs() / (1 + usual.abs())).max() < 1e-5:
        return "same"
    return [round(float(x), 5) for x in got[-1]]


def main():
    families = {}
    for case in CASES:
        folder = common.GOLDEN / case / "model"
        fields = json.loads((folder / "config.json").read_text())
        state = torch.load(folder / "model.pth", map_location="cpu", weights_only=True)
        state = {k: v.float() for k, v in state.get("state_dict", state.get("model_state_dict", state.get("model", state))).items() if not k.endswith(BUFFERS)}
        usual = logits(dict(fields), state)
        assert usual is not None, case
        rows = [{"key": key, "value": value, "pinned": outcome(logits({**fields, key: value}, state), usual)}
                for key, values in VALUES.items() for value in values if fields.get(key) != value]
        families[case] = {"logits": [round(float(x), 5) for x in usual[-1]], "rows": rows}
        print(case, len(rows), flush=True)
    text = json.dumps({"ids": IDS, "pinned": "transformer-lens 2.16.1", "families": families}, ensure_ascii=False)
    file = common.GOLDEN / "keys" / "transformer_lens.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace('{"key"', '\n{"key"').replace('"families"', '\n"families"') + "\n")


if __name__ == "__main__":
    main()
