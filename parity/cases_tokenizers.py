"""Tokenizer goldens: ids, token strings and BOS handling of TransformerLens's to_tokens and to_str_tokens."""

import common  # first: it sets the environment
import toy_tokenizers

STRINGS = [
    "", " ", "  ", "a", " a", "the", " the", "The light that passes", "The light that passes through the lens bends.",
    " I can't repeat enough that it's the best, isn't it? We'll see; they've gone, I'd say I'm done.",
    "2024", "In 2024, 31415 digits", "1 2  3   4", "x=3.14159e-10", "½ ٣ 四 Ⅷ",
    "line one\nline two", "\n", "\n\n\n", "trailing newline\n", "\ttab\t\ttabs", "\r\n windows", " leading", "trailing ",
    "many     spaces      here", "non\u00a0breaking\u2003em\u200bzero width", "cœur naïve café", "cafe\u0301 A\u030a", "ﬁ ligature Å",
    "Свет проходит", "光は曲がる。", "中文和English混合", "שלום עולם", "مرحبا بالعالم", "🙂", "🙂🙃", "👩\u200d👩\u200d👧 family",
    "🇫🇷 flag", "a🙂b", "\u0000nul", "\ufeffbom", "\ufffd replacement", "𝕬𝖇𝖈 mathematical",
    "<|endoftext|>", "before <|endoftext|> after", "<s>literal</s>", "<unk><0x41>", "▁metaspace ▁", "Ġgpt2 Ċ",
    "{\n\t\"key\": [1, 22, 333]\n}", "https://example.org/a?b=c&d=%20#e", "----====////", "CamelCaseAndsnake_case",
]

PADDED = ["The light", "An induction head looks for the token", "Mary"]


def model_with(tokenizer):
    fields = dict(n_layers=1, d_model=4, d_head=2, n_heads=2, n_ctx=64, attn_only=True, d_vocab=len(tokenizer))
    return common.HookedTransformer(common.tl_config(fields), tokenizer, move_to_device=False)


def golden(kind):
    where = common.GOLDEN / "tokenizers" / kind
    raw = toy_tokenizers.save(kind, where)
    model = model_with(toy_tokenizers.load(where))
    tokenizer = model.tokenizer
    rows = []
    for text in STRINGS:
        row = {
            "text": text,
            "ids": raw.encode(text, add_special_tokens=False).ids,
            "ids_special": raw.encode(text, add_special_tokens=True).ids,
            "to_tokens_bos": ids(model, text, True),
            "to_tokens_no_bos": ids(model, text, False),
        }
        row["str_tokens"] = [tokenizer.decode([i], clean_up_tokenization_spaces=False) for i in row["ids"]]
        row["decoded"] = tokenizer.decode(row["ids"], clean_up_tokenization_spaces=False)
        if row["to_tokens_bos"]:
            row["to_str_tokens_bos"] = model.to_str_tokens(text, prepend_bos=True)
        if row["to_tokens_no_bos"]:
            row["to_str_tokens_no_bos"] = model.to_str_tokens(text, prepend_bos=False)
        rows.append(row)
    batches = [
        {
            "texts": PADDED, "prepend_bos": bos, "padding_side": side,
            "ids": model.to_tokens(PADDED, prepend_bos=bos, padding_side=side).tolist(),
        }
        for bos in (True, False) for side in ("left", "right")
    ]
    common.write_json(where / "golden.json", {
        "case": f"tokenizers/{kind}", "made_by": common.made_by(__file__),
        "reason": " ".join(toy_tokenizers.KINDS[kind].__doc__.split()),
        "vocab_size": len(tokenizer), "tokenizer_prepends_bos": model.cfg.tokenizer_prepends_bos,
        "special": {
            name: {"token": getattr(tokenizer, name + "_token"), "id": getattr(tokenizer, name + "_token_id")}
            for name in ("bos", "eos", "pad")
        },
        "rows": rows, "batches": batches,
        "vocabulary": [tokenizer.decode([i], clean_up_tokenization_spaces=False) for i in range(len(tokenizer))],
    })
    print(f"tokenizers/{kind}: {len(tokenizer)} tokens, {len(rows)} strings", flush=True)


def ids(model, text, bos):
    """[] where TransformerLens gives an empty (and then float) tensor."""
    return [int(i) for i in model.to_tokens(text, prepend_bos=bos)[0].tolist()]


def main():
    for kind in toy_tokenizers.KINDS:
        golden(kind)


if __name__ == "__main__":
    main()
