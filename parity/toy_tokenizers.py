"""Small tokenizers of the kinds that models come with, trained here on a few sentences."""

import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

TEXT = [
    "The light that passes through the lens bends, and the picture that it throws is upside down.",
    "When Mary and John went to the store, John gave a drink to Mary. When John and Mary went home, Mary gave the keys to John.",
    "An induction head looks for the token that came after the last time that this token came.",
    "Numbers such as 2024, 31415 and 1000000 are split into digits, or not; it depends on the model.",
    "Attention is where the model looks; the residual stream is what it remembers. I can't repeat it enough!",
    "for (int i = 0; i < n; i++) {\n\tsum += values[i];\n}\n\n",
    "Le cœur a ses raisons que la raison ne connaît point. Der Hase läuft über die Wiese, weil er früh aufsteht.",
    "その光はレンズを通る。光は曲がる。 Свет проходит через линзу.",
] * 2


def train_byte_level(size, specials, digits=False, prefix_space=False):
    tokenizer = Tokenizer(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space, use_regex=True)
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level]) if digits else byte_level
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def gpt2():
    """Byte-level, one special token at the end of the vocabulary, which is bos, eos and unk; nothing is added."""
    tokenizer = train_byte_level(330, [])
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=True)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    end = "<|endoftext|>"
    return tokenizer, {
        "tokenizer_class": "GPT2Tokenizer", "bos_token": end, "eos_token": end, "unk_token": end,
        "add_prefix_space": False, "model_max_length": 1024,
    }


def template():
    """Byte-level with a template that puts the bos in front by itself, as Llama 3 does."""
    tokenizer = train_byte_level(320, ["<s>", "</s>", "<pad>"])
    start = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", start)]),
    ])
    return tokenizer, {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>",
        "clean_up_tokenization_spaces": True,
    }


def no_bos():
    """Byte-level without a bos: TransformerLens takes the eos for it. A prefix space, and a normalizer (NFC)."""
    tokenizer = train_byte_level(310, ["<|end|>", "<|user|>"], prefix_space=True)
    tokenizer.normalizer = normalizers.NFC()
    return tokenizer, {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "add_prefix_space": True,
                       "model_max_length": 512}


def smollm():
    """As SmolLM2: digits one by one, then byte-level; a bos that is not added."""
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    return train_byte_level(340, specials, digits=True), {
        "tokenizer_class": "GPT2Tokenizer", "bos_token": "<|im_start|>", "eos_token": "<|im_end|>",
        "unk_token": "<|endoftext|>", "pad_token": "<|im_end|>", "add_prefix_space": False,
        "clean_up_tokenization_spaces": False, "model_max_length": 8192,
    }


def llama():
    """As Llama 2: spaces are ▁, unknown characters fall back to bytes, a bos is added."""
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(TEXT[:6], trainers.BpeTrainer(vocab_size=150, show_progress=False))
    learned = json.loads(trained.to_str())["model"]
    names = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    names += sorted(learned["vocab"], key=learned["vocab"].get)
    vocab = {name: i for i, name in enumerate(names)}
    merges = [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in learned["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0),
    ])
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in names[:3]])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    return tokenizer, {
        "tokenizer_class": "LlamaTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
        "add_bos_token": True, "add_eos_token": False, "clean_up_tokenization_spaces": False, "legacy": True,
    }


KINDS = {"gpt2": gpt2, "template": template, "no-bos": no_bos, "smollm": smollm, "llama": llama}


def save(kind, where):
    """Writes tokenizer.json and tokenizer_config.json, as a model's folder has them."""
    tokenizer, config = KINDS[kind]() if isinstance(kind, str) else kind
    Path(where).mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(Path(where) / "tokenizer.json"), pretty=False)
    (Path(where) / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    return tokenizer


def load(where):
    """As TransformerLens wants it: initialised with add_bos_token."""
    return AutoTokenizer.from_pretrained(str(where), add_bos_token=True)
