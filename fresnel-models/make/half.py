"""Stores a trained model as it ships: weights in float16.

usage: half.py MODEL.safetensors OUTPUT.safetensors
"""

import sys

import numpy
from safetensors.numpy import load_file, save_file


def main(model, output):
    weights = load_file(model)
    half = {name: weights[name].astype(numpy.float16) for name in sorted(weights)}
    for name, weight in half.items():
        if not numpy.isfinite(weight).all():
            sys.exit(f"{name} has numbers beyond float16")
    save_file(half, output)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
