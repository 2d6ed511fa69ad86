"""Whole model folders with a tokenizer, run on text: from_pretrained to logits as a user sees it."""

import common
import cases_gpt2
import cases_llama
import toy_tokenizers
from transformer_lens.utils import get_attention_mask
from transformer_lens.pretrained.weight_conversions.gpt2 import convert_gpt2_weights

TEXT = "When Mary and John went to the store, John"
TEXTS = ["An induction head", "Mary"]


def text_case(name, reason, kind, model, family, weights):
    where = common.folder(name)
    family.save_model(where, model)
    toy_tokenizers.save(kind, where / "model")
    tokenizer = toy_tokenizers.load(where / "model")
    fields = family.fields_of(model.config)
    lens = common.tl_model(fields, weights, tokenizer=tokenizer)
    tokens = lens.to_tokens(TEXT)
    extra = {
        "text": TEXT,
        "str_tokens": lens.to_str_tokens(TEXT),
        "next_token": lens.to_string(lens(tokens)[0, -1].argmax()),
    }
    common.write_case(name, __file__, reason, fields, weights, tokens, "hf", model(tokens).logits, extra=extra)


def padded_case(name, reason, kind, model, family, weights):
    """Texts of different length, padded on the left by TransformerLens itself, with the mask that it makes."""
    where = common.folder(name)
    family.save_model(where, model)
    toy_tokenizers.save(kind, where / "model")
    fields = family.fields_of(model.config)
    lens = common.tl_model(fields, weights, tokenizer=toy_tokenizers.load(where / "model"))
    tokens = lens.to_tokens(TEXTS, padding_side="left")
    lens.tokenizer.padding_side = "left"
    mask = get_attention_mask(lens.tokenizer, tokens, prepend_bos=True)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    raw, _ = common.write_case(
        name, __file__, reason, fields, weights, tokens, "hf",
        model(tokens, attention_mask=mask, position_ids=positions).logits, attention_mask=mask,
        extra={"texts": TEXTS, "padding_side": "left"},
    )
    own = lens(TEXTS, padding_side="left")
    assert common.worst(own[mask.bool()], raw["logits"][mask.bool()]) < 1e-6


def main():
    model = cases_gpt2.gpt2(81, vocab_size=331, n_positions=64)
    text_case("gpt2-text", "Byte-level tokenizer, <|endoftext|> put in front by hand.", "gpt2", model, cases_gpt2,
              convert_gpt2_weights(model, common.tl_config(cases_gpt2.fields_of(model.config))))
    padded_case("gpt2-text-padded", "Three texts padded on the left with the eos, which is the bos too.", "gpt2", model, cases_gpt2,
                convert_gpt2_weights(model, common.tl_config(cases_gpt2.fields_of(model.config))))
    model = cases_llama.llama(82, vocab_size=409, max_position_embeddings=64, hidden_size=12, num_attention_heads=3,
                              num_key_value_heads=1, intermediate_size=11)
    text_case("llama-text", "Metaspace tokenizer that adds its bos itself.", "llama", model, cases_llama,
              cases_llama.tl_weights(model))


if __name__ == "__main__":
    main()
