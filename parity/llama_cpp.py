"""What llama.cpp makes of a GGUF file's tokenizer: by pre-tokenizer, and with one key of its metadata changed at a time.

    python3 -m venv llama && llama/bin/pip install xllamacpp==2026.10.11549 gguf==0.17.1 numpy==1.26.4
    llama/bin/python parity/llama_cpp.py

Writes golden/keys/llama_cpp.json. xllamacpp holds llama.cpp itself, compiled; it is asked over its own HTTP server. The vocabularies are
learned from the texts below without cutting them into words first, so that every cut of a pre-tokenizer shows in the ids.
"""

import collections, json, os, pathlib, re, subprocess, sys, tempfile, urllib.request

import numpy as np

import gguf_file

GOLDEN = pathlib.Path(os.environ.get("FRESNEL_GOLDEN") or pathlib.Path(__file__).parents[1] / "fresnel-core/src/test/resources/golden")
JAVA = pathlib.Path(__file__).parents[1] / "fresnel-core/src/main/java/dev/fresnel/text/PreTokenizer.java"
TEXTS = [
    "hello world", " hello  world", "a   b    c", "ab  \n  cd", "one\ntwo\r\n\r\nthree\n\n\n", "tab\tand\t\ttabs", "  ", "   x", "x   ",
    "1", "12", "123", "1234", "12345", "1234567", "12345678901", "3.14159", "1,234,567", "a1b22c333d4444", "v2.0", "x 1234 y", "  123",
    "1234abc", "   1234abc", "٣٤٥٦ ١٢", "½ ²³ Ⅳ", "I'm you're he'll they've we'd it's", "I'M YOU'RE IT'S", "don't 'quoted' ''s", "'sname 'T",
    "FooBarBaz", "camelCase HTTPServer XMLHttp", "snake_case __init__", "foo.bar(baz, qux=1);", "if (a<=b && c>d) { e++; }",
    "wait... what?! no--yes", "http://example.org/a?b=c&d=e#f", "user@example.org", "$5.00 + €3 = £7", "a/b\\c|d^e~f`g", "(()) [[]] {{}}",
    "été naïve Ångström", "e\u0301te\u0301 nai\u0308ve", "Größe STRASSE ß", "Привет, мир", "Γειά σου Κόσμε", "你好，世界", "日本語のテスト カタカナ",
    "한국어 문장 테스트", "สวัสดีชาวโลก", "नमस्ते दुनिया", "مرحبا بالعالم", "שלום עולם", "🙂👍🏽 👨‍👩‍👧", "mixed中文and英文123混合", "…—“quotes”‘’", "a\u00a0b\u2003c\u3000d",
    "\u200bzero\u200dwidth", "line\u2028sep", "end. ", "?!?!", "!!!hello", " !hello", "#include <stdio.h>\n\nint main() {\n    return 0;\n}\n", "- item\n  - sub\n",
    "ＦＵＬＬ　ｗｉｄｔｈ", "x̂ȳ", "A.B.C.", "<|x|>", "don’t it’s",
]


ON_CHARACTERS = ["gemma4", "granite-embed-multi-311m", "sarvam-moe", "whitespace"]


def characters():
    """GPT-2's letter for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = iter(range(256, 512))
    return {b: chr(b if b in plain else next(extra)) for b in range(256)}


def learned(words):
    """Merges, most frequent first, until each of these texts is one token."""
    words, merges = [list(w) for w in words], []
    while True:
        pairs = collections.Counter(p for w in words for p in zip(w, w[1:]))
        if not pairs:
            return merges
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for k, w in enumerate(words):
            new, i = [], 0
            while i < len(w):
                if i + 1 < len(w) and (w[i], w[i + 1]) == best:
                    new.append(w[i] + w[i + 1])
                    i += 2
                else:
                    new.append(w[i])
                    i += 1
            words[k] = new


def byte_level():
    letters = characters()
    merges = learned(["".join(letters[b] for b in t.encode()) for t in TEXTS])
    tokens = list(dict.fromkeys([*(letters[b] for b in range(256)), *(a + b for a, b in merges)]))
    special = ["<s>", "</s>", "<|mine|>"]
    return {"model": "gpt2", "pre": "gpt-2", "tokens": tokens + special, "merges": [" ".join(m) for m in merges],
            "token_type": [1] * len(tokens) + [3, 3, 4], "bos_token_id": len(tokens), "eos_token_id": len(tokens) + 1}


def sentencepiece():
    """Pieces with scores, as llama.cpp's converter writes them: unknown, BOS, EOS, bytes, pieces."""
    merges = learned(["▁" + t.replace(" ", "▁") for t in TEXTS[:8] + TEXTS[26:32]])
    pieces = list(dict.fromkeys([a + b for a, b in merges] + sorted({c for t in TEXTS[:32] for c in "▁" + t.replace(" ", "▁")})))
    tokens = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % b for b in range(256)] + pieces
    return {"model": "llama", "pre": "default", "tokens": tokens, "scores": [0.0] * 259 + [-float(i) for i in range(len(pieces))],
            "token_type": [2, 3, 3] + [6] * 256 + [1] * len(pieces), "bos_token_id": 1, "eos_token_id": 2, "unknown_token_id": 0}


def characters_and_bytes(pre):
    """Merges of characters, for the pre-tokenizers that do not work on bytes: words, or lines with marked spaces and runs of line breaks."""
    words = pre == "whitespace"
    texts = [w for t in TEXTS for w in (t.split() if words else re.findall("[^\n]+|\n+", t.replace(" ", "▁")))]
    merges = learned(texts)
    tokens = list(dict.fromkeys([*("<0x%02X>" % b for b in range(256)), *sorted(set("".join(texts))), *(a + b for a, b in merges)]))
    special = ["<s>", "</s>", "<|mine|>"]
    return {"model": {"whitespace": "whitespace", "gemma4": "gemma4"}.get(pre, "gpt2"), "pre": pre, "tokens": tokens + special,
            "merges": [" ".join(m) for m in merges], "token_type": [6] * 256 + [1] * (len(tokens) - 256) + [3, 3, 4],
            "bos_token_id": len(tokens), "eos_token_id": len(tokens) + 1}


def write(path, keys):
    """A llama of one layer with this tokenizer."""
    n, rng = len(keys["tokens"]), np.random.default_rng(1)
    sizes = {"context_length": 512, "embedding_length": 32, "block_count": 1, "feed_forward_length": 32, "attention.head_count": 1,
             "attention.head_count_kv": 1, "attention.layer_norm_rms_epsilon": 1e-5, "rope.dimension_count": 32, "vocab_size": n}
    metadata = {"general.architecture": "llama", **{"llama." + key: value for key, value in sizes.items()},
                **{"tokenizer.ggml." + key: value for key, value in keys.items()}}
    shapes = {"token_embd": (n, 32), "output": (n, 32), "output_norm": (32,), "blk.0.attn_norm": (32,), "blk.0.ffn_norm": (32,)}
    shapes |= {f"blk.0.{p}": (32, 32) for p in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")}
    gguf_file.write(path, metadata, [(name + ".weight", rng.standard_normal(shape).astype(np.float32)) for name, shape in shapes.items()])


def serve(folder):
    """In a process of its own, since llama.cpp may end it: of each file a line, with the ids of each text and the first with BOS and EOS."""
    import xllamacpp

    for path in sorted(pathlib.Path(folder).glob("*.gguf")):
        p = xllamacpp.CommonParams()
        p.model.path, p.n_ctx, p.warmup, p.n_parallel, p.verbosity, p.fit_params, p.n_threads_http = str(path), 64, False, 1, -1, False, 1
        p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
        try:
            server = xllamacpp.Server(p)
        except RuntimeError:
            print("\n" + json.dumps([path.name, "fails"]), flush=True)
            continue

        def ids(text, special):
            body = json.dumps({"content": text, "add_special": special, "parse_special": True}).encode()
            request = urllib.request.Request(server.listening_address + "/tokenize", body, {"Content-Type": "application/json"})
            return json.load(urllib.request.urlopen(request))["tokens"]

        print("\n" + json.dumps([path.name, {"ids": [ids(t, False) for t in TEXTS], "special": ids(TEXTS[0], True)}]), flush=True)
        del server


def asked(vocabularies):
    """What llama.cpp makes of each, in their order."""
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {f"{i:03}.gguf": keys for i, keys in enumerate(vocabularies)}
        for name, keys in files.items():
            write(pathlib.Path(folder) / name, keys)
        while len(answers) < len(files):
            got = subprocess.run([sys.executable, __file__, folder], capture_output=True, text=True).stdout
            new = dict(json.loads(line) for line in got.splitlines() if line.startswith('["'))
            if not new or got.count('["') < len(files) - len(answers):  # it ended at the next file
                new[min(n for n in files if n not in answers and n not in new)] = "fails"
            answers.update(new)
            for name in new:
                (pathlib.Path(folder) / name).unlink()
            print(len(answers), "of", len(files), flush=True)
    return [answers[name] for name in files]


def names():
    """Every name that Fresnel knows."""
    kinds = re.findall(r'^  [A-Z0-9_]+\(\s*((?:"[^"]*"\s*\+?\s*)+)', JAVA.read_text(), re.M)
    return sorted({name for kind in kinds for name in "".join(re.findall('"([^"]*)"', kind)).split()} - set(ON_CHARACTERS))


CHANGES = {  # by kind of tokenizer; a value of None leaves the key out
    "gpt2": {"pre": [None, "llama-bpe"], "add_bos_token": [True, False], "add_eos_token": [True, False], "add_space_prefix": [True, False],
             "add_sep_token": [True], "bos_token_id": [None, 7, 100000], "eos_token_id": [None, 7], "unknown_token_id": [7], "padding_token_id": [7],
             "seperator_token_id": [7], "cls_token_id": [7], "mask_token_id": [7], "eot_token_id": [7], "eom_token_id": [7],
             "prefix_token_id": [7], "suffix_token_id": [7], "middle_token_id": [7], "fim_pre_token_id": [7], "token_type": [None],
             "remove_extra_whitespaces": [True], "escape_whitespaces": [False], "treat_whitespace_as_suffix": [True],
             "normalizer.lowercase": [True], "normalizer.strip_accents": [True], "token_type_count": [2], "a_key_that_nobody_reads": [1]},
}
CHANGES["llama"] = {**CHANGES["gpt2"], "pre": [None, "llama-bpe", "gpt-2", "unheard-of"], "scores": [None]}


def rows(kind, keys):
    changes = [(key, value) for key, values in CHANGES[kind].items() for value in values]
    usual, *got = asked([keys, *({k: v for k, v in {**keys, key: value}.items() if v is not None} for key, value in changes)])
    for (key, value), new in zip(changes, got):
        outcome = "same" if new == usual else new
        if isinstance(outcome, dict):
            outcome = {"ids": {t: n for t, n, u in zip(TEXTS, new["ids"], usual["ids"]) if n != u}, "special": new["special"]}
        yield {"kind": kind, "key": key, "value": value, "outcome": outcome}
    yield {"kind": kind, "key": None, "value": None, "outcome": usual}


def on_characters():
    vocabularies = [characters_and_bytes(pre) for pre in ON_CHARACTERS]
    vocabularies.append({**vocabularies[-1], "normalizer.lowercase": True})
    return [{"raw": keys, "ids": got if got == "fails" else got["ids"]} for keys, got in zip(vocabularies, asked(vocabularies))]


def main():
    by_bytes, by_score = byte_level(), sentencepiece()
    kinds = collections.defaultdict(list)
    for name, got in zip(names(), asked([{**by_bytes, "pre": name} for name in names()])):
        kinds[json.dumps(got if got == "fails" else got["ids"])].append(name)
    known = {
        "original": "llama.cpp in xllamacpp 2026.10.11549", "texts": TEXTS, "gpt2": by_bytes, "llama": by_score,
        "pre": [{"names": n, "ids": json.loads(ids)} for ids, n in kinds.items()],
        "characters": on_characters(), "keys": [*rows("gpt2", by_bytes), *rows("llama", by_score)],
    }
    text = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    for part in ('"gpt2":{', '"llama":{', '"pre":[', '{"names"', '"characters":[', '{"raw"', '"keys":[', '{"kind"'):
        text = text.replace(part, "\n" + part)
    (GOLDEN / "keys" / "llama_cpp.json").write_text(text + "\n")


if __name__ == "__main__":
    serve(sys.argv[1]) if len(sys.argv) > 1 else main()
