"""
TransformerLens's side of bench/compare: does the work that each line of standard input names, and answers with
its milliseconds: elapsed time, then processor time. fresnel-bench's Worker does the same work with Fresnel.

    tl_worker.py prepare FOLDER GGUF   makes gpt2/ (random weights) and smollm2/ (from the GGUF) in the hub's layout
    tl_worker.py serve FOLDER
    tl_worker.py heads FOLDER/small    a 2-layer model's heads, as `fresnel heads` prints them: for start-up
"""

import os
import sys
import time
from importlib.metadata import version

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error",
                  HF_HUB_DISABLE_PROGRESS_BARS="1")

import torch
from transformers import AutoModelForCausalLM, GgufConfig, GPT2Config, GPT2LMHeadModel

import transformer_lens
from torch_training import Training

OLD = version("transformer-lens").startswith("2.")  # 4.0 removed HookedTransformer
torch.set_grad_enabled(False)
WARM = 0.3  # seconds: shorter work is done for this time before it counts, as on Fresnel's side
SHORT = 0.05  # seconds: shorter work is repeated for this time, and the mean counts, as there
VOCABULARY = 40_000
PATCHED_PASSES = 60  # cells of a sweep that are run, at most: all take the same time; bench/compare knows the number too
NEW_TOKENS = 32  # what a generation adds to its prompt; Worker.java and bench/compare know the number too


class Padding:
    """A tokenizer that only says that no token is padding."""

    eos_token_id = bos_token_id = None
    pad_token_id, padding_side = -1, "right"


def prepare(folder, gguf):
    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config(tie_word_embeddings=True)).save_pretrained(f"{folder}/gpt2")
    GPT2LMHeadModel(GPT2Config(n_layer=2, n_embd=64, n_head=4, n_positions=64, vocab_size=100)).save_pretrained(f"{folder}/small")
    where, name = os.path.split(gguf)
    model = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.float32,
                                                 quantization_config=GgufConfig(dequantize=True))
    model.hf_quantizer = None  # transformers 5 refuses to save a model that came from a GGUF file, dequantized or not
    model.save_pretrained(f"{folder}/smollm2")


def old_config(config):
    """The configuration that TransformerLens 2 would look up by the model's name."""
    from transformer_lens import HookedTransformerConfig

    if config.model_type == "gpt2":
        return HookedTransformerConfig(
            n_layers=config.n_layer, d_model=config.n_embd, n_heads=config.n_head, d_head=config.n_embd // config.n_head,
            d_mlp=4 * config.n_embd, n_ctx=config.n_positions, d_vocab=config.vocab_size, eps=config.layer_norm_epsilon,
            act_fn=config.activation_function, normalization_type="LN", device="cpu")
    return HookedTransformerConfig(
        n_layers=config.num_hidden_layers, d_model=config.hidden_size, n_heads=config.num_attention_heads,
        d_head=config.hidden_size // config.num_attention_heads, n_key_value_heads=config.num_key_value_heads,
        d_mlp=config.intermediate_size, n_ctx=512, d_vocab=config.vocab_size, eps=config.rms_norm_eps, act_fn="silu",
        normalization_type="RMS", positional_embedding_type="rotary", rotary_adjacent_pairs=False,
        rotary_dim=config.hidden_size // config.num_attention_heads, rotary_base=int(config.rope_parameters["rope_theta"]), final_rms=True,
        gated_mlp=True, device="cpu")


def load(path, processed=True):
    if not OLD:
        from tokenizers import Tokenizer
        from tokenizers.models import BPE
        from transformer_lens.model_bridge import TransformerBridge
        from transformers import PreTrainedTokenizerFast

        backend = Tokenizer(BPE({"a": 0, "<|endoftext|>": 1}, []))  # required, but nothing here reads text
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|endoftext|>")
        model = TransformerBridge.boot_transformers(path, device="cpu", tokenizer=tokenizer)
        model.enable_compatibility_mode(disable_warnings=True, no_processing=not processed)
        return model
    from transformer_lens import HookedTransformer
    from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights, convert_llama_weights

    original = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    config = old_config(original.config)
    convert = convert_gpt2_weights if original.config.model_type == "gpt2" else convert_llama_weights
    model = HookedTransformer(config)
    options = {} if processed else dict(fold_ln=False, center_writing_weights=False, center_unembed=False,
                                        fold_value_biases=False)
    if processed and config.normalization_type == "RMS":
        options["center_writing_weights"] = False
    model.load_and_process_state_dict(convert(original, config), **options)
    return model


class Server:
    def __init__(self, folder):
        self.folder, self.models, self.caches, self.training = folder, {}, {}, None

    def model(self, name):
        if name not in self.models:
            self.models[name] = load(f"{self.folder}/{name}")
        return self.models[name]

    def work(self, verb, name, length=0):
        if verb == "load":
            return lambda: load(f"{self.folder}/gpt2", name == "processed")
        if verb == "train":
            self.training = self.training or Training()
            return self.training.step
        model, n = self.model(name), int(length)
        tokens = torch.tensor([[(i * 7919 + 11) % VOCABULARY for i in range(n)]])
        if verb == "generate":
            return lambda: self.generate(model, tokens)
        if verb == "edges":
            return lambda: edges(model, tokens)
        position = n - 2
        column = model.W_U[:, tokens[0, position + 1]]
        model.set_use_attn_result(verb == "workshop")
        if verb in ("resid", "heads"):
            return self.sweep(verb, model, tokens)
        if verb == "logits":
            return lambda: model(tokens)
        if verb == "cache":
            return lambda: model.run_with_cache(tokens)
        if verb == "patterns":
            chosen = lambda name: name.endswith("hook_pattern")
            return lambda: model.run_with_cache(tokens, return_type=None, names_filter=chosen)
        if verb == "attribution":
            made = self.caches.setdefault((name, n), model.run_with_cache(tokens)[1])

            def attribute():  # from z, as run_with_cache leaves it: a cache that has no per-head results yet
                cache = transformer_lens.ActivationCache(dict(made.cache_dict), model)
                return (cache.stack_head_results(pos_slice=position, apply_ln=True) @ column).tolist()

            return attribute
        if verb == "shares":
            made = self.caches.setdefault((name, n), model.run_with_cache(tokens)[1])

            def shares():  # heads, MLPs and embeddings at all positions, from z
                cache = transformer_lens.ActivationCache(dict(made.cache_dict), model)
                return (cache.get_full_resid_decomposition(expand_neurons=False, apply_ln=True) @ column).tolist()

            return shares
        if verb == "composition":
            return lambda: model.all_composition_scores("K").tolist()

        def workshop():
            _, cache = model.run_with_cache(tokens)
            return [(cache["result", layer][0, position] @ column).tolist() for layer in range(model.cfg.n_layers)]

        return workshop

    def generate(self, model, tokens):
        if OLD:
            model.tokenizer = Padding  # generate asks it for the padding alone
        return model.generate(tokens, max_new_tokens=NEW_TOKENS, do_sample=False, stop_at_eos=False, verbose=False,
                              prepend_bos=False, return_type="tokens")

    def sweep(self, verb, model, tokens):
        """The sweep of patching.py, with the run of the clean text, whose cache it reads. Fresnel's side makes the same texts."""
        from transformer_lens import patching

        corrupted = tokens.clone()
        corrupted[0, 1] += 1
        patch = patching.get_act_patch_resid_pre if verb == "resid" else patching.get_act_patch_attn_head_out_all_pos
        patching.tqdm = lambda cells, **_: cells  # no progress bar
        lasts = (model.cfg.n_layers, tokens.shape[1] if verb == "resid" else model.cfg.n_heads)
        cells = patching.make_df_from_ranges(lasts, ("layer", patch.keywords["index_axis_names"][1]))
        chosen = cells.iloc[torch.linspace(0, len(cells) - 1, min(len(cells), PATCHED_PASSES)).round().long().tolist()]

        def swept():
            _, cache = model.run_with_cache(tokens)
            difference = lambda logits: logits[0, -1, 11] - logits[0, -1, 23]
            return patch(model, corrupted, cache, difference, index_axis_names=None, index_df=chosen).tolist()

        swept.part = len(chosen) / len(cells)
        return swept

    def answer(self, words):
        if words[0] == "peak":
            lines = open("/proc/self/status").read().splitlines()
            return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024
        if words[0] == "gflops":
            return gigaflops(int(words[1]))
        if words[0] == "bandwidth":
            return bandwidth()
        work = self.work(*words)
        times, wall, cpu = repeated(work, WARM)
        if times > 1:
            times, wall, cpu = repeated(work, SHORT)
        times *= getattr(work, "part", 1)
        return f"{wall * 1000 / times} {cpu * 1000 / times}"


def repeated(work, seconds):
    """Does the work for this time, at least once. Gives how often, and the seconds on the clock and of the processors."""
    start, cpu = time.perf_counter(), time.process_time()
    times = 0
    while not times or time.perf_counter() - start < seconds:
        work()
        times += 1
    return times, time.perf_counter() - start, time.process_time() - cpu


def edges(model, tokens):
    """
    Edge attribution patching of every edge by the published formula, vectorized by reader: what each writer writes more in the
    clean run, times the gradient of what each reader reads in the corrupted run.
    """
    corrupted = tokens.clone()
    corrupted[0, tokens.shape[1] // 2] += 1
    model.set_use_attn_result(True)
    model.set_use_split_qkv_input(True)
    model.set_use_hook_mlp_in(True)
    layers, writing, grads = range(model.cfg.n_layers), [], {}
    wrote = ["blocks.0.hook_resid_pre"] + [f"blocks.{layer}.{name}" for layer in layers for name in ("attn.hook_result", "hook_mlp_out")]
    read = [f"blocks.{layer}.hook_{name}" for layer in layers for name in ("q_input", "k_input", "v_input", "mlp_in")]
    read.append(f"blocks.{layers[-1]}.hook_resid_post")
    # By these names, whatever names TransformerLens 4 gives to the hooks behind them.
    into = lambda values, name: lambda value, hook: values.__setitem__(name, value.detach())
    try:
        for ids in (tokens, corrupted):
            values = {}
            last = ids is corrupted
            with torch.set_grad_enabled(last), model.hooks(
                    fwd_hooks=[(name, into(values, name)) for name in wrote],
                    bwd_hooks=[(name, into(grads, name)) for name in read] if last else []):
                logits = model(ids)
                if last:
                    (logits[0, -1, tokens[0, 1]] - logits[0, -1, tokens[0, 2]]).backward()
            parts = [values["blocks.0.hook_resid_pre"][0][:, None]]
            for layer in layers:
                parts += [values[f"blocks.{layer}.attn.hook_result"][0], values[f"blocks.{layer}.hook_mlp_out"][0][:, None]]
            writing.append(torch.cat(parts, 1))
    finally:
        model.set_use_attn_result(False)
        model.set_use_split_qkv_input(False)
        model.set_use_hook_mlp_in(False)
        model.zero_grad()
    more = writing[0] - writing[1]
    found = []
    for layer in layers:
        before = 1 + layer * (model.cfg.n_heads + 1)
        for letter in "qkv":
            found.append(torch.einsum("pwd,phd->wh", more[:, :before], grads[f"blocks.{layer}.hook_{letter}_input"][0]))
        found.append(torch.einsum("pwd,pd->w", more[:, :before + model.cfg.n_heads], grads[f"blocks.{layer}.hook_mlp_in"][0]))
    found.append(torch.einsum("pwd,pd->w", more, grads[f"blocks.{layers[-1]}.hook_resid_post"][0]))
    return [values.tolist() for values in found]


def gigaflops(rows):
    """10⁹ operations per second in the first product of GPT-2 small's MLP, for this number of rows."""
    x, w = torch.full((rows, 768), 0.5), torch.full((768, 3072), 0.25)
    best = 0
    for _ in range(30):
        start = time.perf_counter()
        x @ w
        best = max(best, 2 * rows * 768 * 3072 / (time.perf_counter() - start) / 1e9)
    return best


def bandwidth():
    """Gigabytes per second that the product of a 150 MB matrix with one vector reads."""
    w, x = torch.full((50_000, 768), 0.5), torch.full((768,), 0.25)
    best = 0
    for _ in range(8):
        start = time.perf_counter()
        w @ x
        best = max(best, 4 * w.numel() / (time.perf_counter() - start) / 1e9)
    return best


def heads(path):
    """The smallest program with TransformerLens that does what `fresnel heads` does with its bundled model."""
    model = load(path)
    tokens = torch.tensor([[i % 9 for i in range(18)]])
    _, cache = model.run_with_cache(tokens, return_type=None, names_filter=lambda name: name.endswith("hook_pattern"))
    for layer in range(2):
        pattern = cache[f"blocks.{layer}.attn.hook_pattern"][0]
        for head in range(4):
            print(f"L{layer}H{head}", pattern[head].diagonal(-1).mean().item(), pattern[head].diagonal(-8).mean().item())


def main():
    verb, *rest = sys.argv[1:]
    if verb == "prepare":
        prepare(*rest)
    elif verb == "heads":
        heads(*rest)
    else:
        out, sys.stdout = sys.stdout, sys.stderr  # what libraries print is not an answer
        server = Server(rest[0])
        print("ready", f"torch {torch.__version__.split('+')[0]}", file=out, flush=True)
        for line in sys.stdin:
            try:
                answer = server.answer(line.split())
            except Exception as e:
                answer = "error " + repr(e).replace("\n", " ")[:300]
            print(answer, file=out, flush=True)


if __name__ == "__main__":
    main()
