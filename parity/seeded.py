"""
Weights and samples that need no file: a formula that Python and Java (`dev.fresnel.testkit.SeededWeights`) compute to
the same bits.

A seed is the 64-bit FNV-1a hash of a name. A draw is the upper 24 bits of the SplitMix64 sequence of that seed.
"""

import zlib

import numpy

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15


def seed_of(name):
    """The 64-bit FNV-1a hash of the name's UTF-8 bytes."""
    seed = 0xCBF29CE484222325
    for byte in name.encode("utf-8"):
        seed = ((seed ^ byte) * 0x100000001B3) & MASK
    return seed


def draws(name, count):
    """Integers from 0 to 2^24 - 1: draw i is SplitMix64's output i for the name's seed, shifted right by 40 bits."""
    z = numpy.uint64(seed_of(name)) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(GAMMA)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(40)).astype(numpy.int64)


def weight(name, shape, scale, mean):
    """Values from mean - scale to mean + scale, row-major. Computed in float64 and rounded once to float32."""
    x = (draws(name, int(numpy.prod(shape))) - (1 << 23)) / float(1 << 23)
    return (mean + scale * x).astype(numpy.float32).reshape(shape)


def sample(name, size, most):
    """
    Flat indices of a tensor of `size` values, in rising order: `most` of them, one in each of `most` equal parts, so
    that every row is seen. All of them where the tensor has no more.
    """
    count = min(size, most)
    k = numpy.arange(count + 1, dtype=numpy.int64)
    bounds = k * size // count
    return bounds[:-1] + draws(name, count) % (bounds[1:] - bounds[:-1])


def crc32(values):
    """Of the float32 values' little-endian bytes."""
    return zlib.crc32(numpy.ascontiguousarray(values, dtype="<f4").tobytes())
