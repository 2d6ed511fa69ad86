"""CircuitsVis's pages for bench/pages/run: circuitsvis_pages.py FOLDER NAME=FIGURE:LAYERSxHEADSxTOKENS..."""

import re
import sys
from pathlib import Path

import numpy as np
from circuitsvis.attention import attention_heads, attention_patterns
from circuitsvis.tokens import colored_tokens


def noise(heads, size):
    """A softmax of standard normal numbers, causal: compresses worst."""
    logits = np.random.default_rng(0).standard_normal((heads, size, size))
    powers = np.where(np.tril(np.ones((size, size), bool)), np.exp(logits), 0)
    return (powers / powers.sum(-1, keepdims=True)).astype(np.float32)


def main():
    folder = Path(sys.argv[1])
    for argument in sys.argv[2:]:
        name, figure, shape = re.split("[=:]", argument)
        layers, heads, size = map(int, shape.split("x"))
        tokens = [f" w{at % 50}" for at in range(size)]
        if figure == "tokens":
            drawn = colored_tokens(tokens, (2 * np.random.default_rng(0).random(size) - 1).tolist())
        elif figure == "grid":
            drawn = attention_heads(noise(layers * heads, size), tokens)
        else:
            drawn = attention_patterns(tokens, noise(layers * heads, size))
        # The source that needs no network. A page of its own, as a notebook's cell has it.
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><body>{drawn.local_src}</body></html>'
        (folder / f"circuitsvis-{name}.html").write_text(page)


main()
