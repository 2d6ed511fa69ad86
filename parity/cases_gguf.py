"""GGUF files as llama.cpp's converter writes them, and what their quantized blocks hold."""

import math
import tempfile

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, quants

import common
import cases_gpt2
import cases_llama
import toy_tokenizers
from transformer_lens.pretrained.weight_conversions.gpt2 import convert_gpt2_weights

LLAMA_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}
GPT2_NAMES = {
    "ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
}
FILE_TYPES = {"F32": 0, "F16": 1, "BF16": 32, "Q8_0": 7, "Q4_0": 2, "Q4_1": 3}


def permute(w, heads):
    """From halves (the hub's rotary layout) to adjacent pairs (ggml's), row by row within each head."""
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def unpermute(w, heads):
    return w.reshape(heads, w.shape[0] // heads // 2, 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def llama_name(name):
    fixed = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
             "lm_head.weight": "output.weight"}
    if name in fixed:
        return fixed[name]
    _, _, layer, rest = name.split(".", 3)
    stem, _, kind = rest.rpartition(".")
    return f"blk.{layer}.{LLAMA_NAMES[stem]}.{kind}"


def write_llama(path, model, quantization="F32", tokenizer=None, rope_freqs=None):
    """Writes the file and gives the weights that a reader will find in it, under transformers' names."""
    config = model.config
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("Fresnel parity")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_file_type(FILE_TYPES[quantization])
    if tokenizer:
        add_tokenizer(writer, tokenizer)
    if rope_freqs is not None:
        writer.add_tensor("rope_freqs.weight", rope_freqs)
    found = {}
    for name, t in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        w = t.numpy().astype(np.float32)
        heads = {"q_proj.weight": config.num_attention_heads, "k_proj.weight": config.num_key_value_heads}
        count = heads.get(".".join(name.split(".")[-2:]))
        w = permute(w, count) if count else w
        stored, back = store(w, "F32" if w.ndim == 1 else quantization)
        if stored.dtype == np.uint8:
            writer.add_tensor(llama_name(name), stored, raw_dtype=GGMLQuantizationType[quantization])
        else:
            writer.add_tensor(llama_name(name), stored)
        found[name] = torch.from_numpy(np.ascontiguousarray(unpermute(back, count) if count else back))
    finish(writer)
    return found


def store(w, quantization):
    kind = GGMLQuantizationType[quantization]
    stored = quants.quantize(np.ascontiguousarray(w), kind)
    back = quants.dequantize(stored, kind)
    return stored, np.ascontiguousarray(back.reshape(w.shape)).astype(np.float32)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer, tokenizer):
    """The metadata of a byte-level BPE as SmolLM2's file has it."""
    import json

    model = json.loads(tokenizer.to_str())
    vocab = tokenizer.get_vocab(with_added_tokens=True)
    special = {t["content"] for t in model["added_tokens"]}
    tokens = sorted(vocab, key=vocab.get)
    writer.add_add_space_prefix(False)
    writer.add_add_bos_token(False)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if t in special else 1 for t in tokens])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in model["model"]["merges"]])
    writer.add_bos_token_id(vocab["<|im_start|>"])
    writer.add_eos_token_id(vocab["<|im_end|>"])
    writer.add_unk_token_id(vocab["<|endoftext|>"])
    writer.add_pad_token_id(vocab["<|im_end|>"])


def fields_of(config):
    """eps as the file keeps it: a float32."""
    return {**cases_llama.fields_of(config), "eps": float(np.float32(config.rms_norm_eps))}


def llama_case(name, reason, seed, quantization="F32", kind=None, tokens=None, rope_freqs=None, text=None, extra=None,
               processed_weights=False, **options):
    model = cases_llama.llama(seed, **options)
    where = common.folder(name)
    tokenizer = toy_tokenizers.KINDS[kind]()[0] if kind else None
    found = write_llama(where / "model/model.gguf", model, quantization, tokenizer, rope_freqs)
    if model.config.tie_word_embeddings:
        found["lm_head.weight"] = found["model.embed_tokens.weight"]
    model.load_state_dict(found)
    extra = dict(extra or {}, quantization=quantization)
    bos = True
    if kind:
        bos = False
        extra["text"] = text
        tokens = torch.tensor([tokenizer.encode(text, add_special_tokens=False).ids])
        extra["str_tokens"] = [tokenizer.decode([i], skip_special_tokens=False) for i in tokens[0].tolist()]
    if tokens is None:
        tokens = common.tokens_for(seed, model.config.vocab_size, 9)
    return common.write_case(
        name, __file__, reason, fields_of(model.config), cases_llama.tl_weights(model), tokens, "gguf",
        cases_llama.truth_of(model, tokens), extra=extra, bos=bos, processed_weights=processed_weights,
    )


def gpt2_case(name, reason, seed):
    model = cases_gpt2.gpt2(seed)
    config = model.config
    where = common.folder(name)
    writer = gguf.GGUFWriter(str(where / "model/model.gguf"), "gpt2")
    writer.add_name("Fresnel parity")
    writer.add_block_count(config.n_layer)
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_feed_forward_length(4 * config.n_embd)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    writer.add_file_type(0)
    fixed = {"wte.weight": "token_embd.weight", "wpe.weight": "position_embd.weight", "ln_f.weight": "output_norm.weight",
             "ln_f.bias": "output_norm.bias"}
    for key, t in model.transformer.state_dict().items():
        if key in fixed:
            target = fixed[key]
        else:
            _, layer, rest = key.split(".", 2)
            stem, _, kind = rest.rpartition(".")
            target = f"blk.{layer}.{GPT2_NAMES[stem]}.{kind}"
        transposed = key.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight"))
        writer.add_tensor(target, np.ascontiguousarray((t.T if transposed else t).numpy()))
    finish(writer)
    tokens = common.tokens_for(seed, cases_gpt2.VOCAB, 9)
    fields = {**cases_gpt2.fields_of(config), "eps": float(np.float32(config.layer_norm_epsilon))}
    common.write_case(name, __file__, reason, fields, convert_gpt2_weights(model, common.tl_config(fields)), tokens, "gguf",
                      model(tokens).logits, extra={"quantization": "F32"})


def llama3_factors(config):
    """rope_freqs.weight: by what each frequency is divided."""
    scaling = config.rope_scaling
    old, low, high = (scaling[key] for key in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor"))
    out = []
    for i in range(0, config.head_dim, 2):
        wavelength = 2 * math.pi * config.rope_theta ** (i / config.head_dim)
        if wavelength < old / high:
            out.append(1.0)
        elif wavelength > old / low:
            out.append(scaling["factor"])
        else:
            smooth = (old / wavelength - low) / (high - low)
            out.append(1 / ((1 - smooth) / scaling["factor"] + smooth))
    return np.array(out, dtype=np.float32)


def dequantization():
    """Blocks of every kind and the float32 that gguf reads from them, bit for bit."""
    where = common.GOLDEN / "dequantization"
    where.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(71)
    tensors, shapes = {}, {}
    halves = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
              "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
    for name, at in halves.items():
        kind = GGMLQuantizationType[name]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        count = 6 if block == 32 else 3
        data = random.integers(0, 256, (count, size), dtype=np.uint8)
        for offset in at:  # finite scales of both signs; one zero and one subnormal
            scales = (random.normal(size=count) * 0.1).astype(np.float16)
            scales[0], scales[1] = 0.0, np.float16(3e-7)
            data[:, offset:offset + 2] = scales.view(np.uint8).reshape(count, 2)
        add(tensors, shapes, name, data, kind)
    special = np.array([0.0, -0.0, 1.0, -1.5, 65504.0, 6e-8, -5.9e-5, np.inf, -np.inf], dtype=np.float16)
    data = np.concatenate([special, random.normal(size=23).astype(np.float16)]).view(np.uint8)
    add(tensors, shapes, "F16", data.reshape(1, -1), GGMLQuantizationType.F16)
    wide = np.concatenate([special.astype(np.float32), [1e-40, 3e38], random.normal(size=21)]).astype(np.float32)
    data = (wide.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    add(tensors, shapes, "BF16", data.reshape(1, -1), GGMLQuantizationType.BF16)
    matrix = random.normal(size=(4, 64)).astype(np.float32)  # quantized by gguf itself: a matrix of realistic values
    for name in ("Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"):
        kind = GGMLQuantizationType[name]
        add(tensors, shapes, name + ".matrix", quants.quantize(matrix, kind), kind)
    common.write_tensors(where / "dequantization.safetensors", tensors)
    common.write_json(where / "case.json", {
        "case": "dequantization",
        "made_by": {**common.made_by(__file__), "gguf": common.version("gguf"), "numpy": np.__version__},
        "reason": "For each kind NAME: NAME.bytes (U8, as in the file) and NAME.values (F32, exact).",
        "kinds": list(shapes),
    })
    print(f"dequantization: {len(shapes)} kinds")


def add(tensors, shapes, name, data, kind):
    values = quants.dequantize(data.view(np.float16) if kind == GGMLQuantizationType.F16 else data, kind)
    tensors[name + ".bytes"] = torch.from_numpy(np.ascontiguousarray(data).reshape(-1))
    tensors[name + ".values"] = torch.from_numpy(np.ascontiguousarray(values.astype(np.float32)).reshape(-1))
    shapes[name] = list(values.shape)


def main():
    llama_case("gguf-f32", "F32, grouped heads, no tokenizer metadata; the numbers of the case llama.", 21,
               tokens=common.tokens_for(21, cases_llama.VOCAB, 11), extra={"numerically_equal_to": "llama"})
    sizes = dict(hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2, vocab_size=40)
    for seed, name in enumerate(("F16", "BF16", "Q8_0", "Q4_0", "Q4_1"), 61):
        tied = name in ("F16", "Q4_0")
        llama_case("gguf-" + name.lower().replace("_", "-"), f"{name}{', tied: no output.weight' if tied else ''}; TransformerLens runs "
                   "the dequantized weights.", seed, name, tie_word_embeddings=tied, **sizes)
    rotary = dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, rope_theta=50.0, intermediate_size=17,
                  rope_scaling=cases_llama.LLAMA3)
    llama_case("gguf-rope-freqs", "rope_freqs.weight, as Llama 3.1 has it; the numbers of the case llama-llama3-rope.", 25,
               rope_freqs=llama3_factors(cases_llama.llama(25, **rotary).config),
               extra={"numerically_equal_to": "llama-llama3-rope"}, **rotary)
    llama_case("gguf-tokenizer", "Tokenizer metadata as in SmolLM2's file: gpt2 model, smollm pre-tokenizer, no bos. The tokenizer is "
               "tokenizers/smollm.", 67, kind="smollm", text=" I can't repeat 2024 früh 🙂.",
               hidden_size=12, intermediate_size=11, num_attention_heads=3, num_key_value_heads=1, vocab_size=340,
               max_position_embeddings=64, tie_word_embeddings=True)
    gpt2_case("gguf-gpt2", "The gpt2 architecture: one attn_qkv, rows not permuted, tied.", 68)
    dequantization()


if __name__ == "__main__":
    main()
