"""Byte-level vocabularies that the tokenizers library learns from a text: vocabulary/corpus.txt, and tokenizer-SIZE.json.

The text has what a learner can get wrong: words that are equally frequent, tokens that two pairs make, runs of the same
letter, white space of all kinds, contractions, digits, scripts of several bytes a letter, characters beyond U+FFFF, a last
line without an end.
"""

import random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import common

SIZES = (257, 300, 700, 5000)  # the last one is more than the text has pairs for
SYLLABLES = "ka to mi ren sol abc bca aab aba bab ing er the qu".split()
LINES = [
    "It's what they're saying: we'll see, I'd say, as you've 'said', don't.",
    "  two spaces,   three,\ttabs\t\tand trailing ones   ",
    "",
    "aaaa aaaaa aaaaaaa bbbb abab ababab cabcab 1 12 123 1234 12345 2025 2026",
    "naïve café über straße Ελληνικά русский текст עברית العربية हिन्दी 日本語の文字 漢字かな交じり",
    "emoji 😀😀 👩‍👩‍👧 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ½ ² ⅷ ٣٤ \u00a0no-break\u2003em\u200bzero \u0085next",
    "x = {'a': [1, 2.5e-3], \"b\": None}  # code; ==>> !!! ??? --- ___ <|endoftext|>",
    "line with a carriage return\r",
]


def corpus():
    chance = random.Random(7)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(150)]
    lines = []
    for number in range(160):
        lines.append(" ".join(chance.choices(words, k=chance.randint(1, 14))))
        if number % 12 == 0:
            lines.append(LINES[number // 12 % len(LINES)])
    return "\n".join(lines + LINES) + "\nthe last line has no end"


def main():
    where = common.GOLDEN / "vocabulary"
    where.mkdir(parents=True, exist_ok=True)
    (where / "corpus.txt").write_bytes(corpus().encode())
    for size in SIZES:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False)
        tokenizer.train([str(where / "corpus.txt")], trainer)
        tokenizer.save(str(where / f"tokenizer-{size}.json"))


if __name__ == "__main__":
    main()
