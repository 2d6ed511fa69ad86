"""Compares two cards: names must be the same, numbers alike to 0.002, since processors round differently.

usage: compare.py STATED.json MEASURED.json
"""

import json
import math
import sys

TOLERANCE = 0.002


def differences(stated, measured, at=""):
    if isinstance(stated, dict) and isinstance(measured, dict):
        for key in sorted(stated.keys() | measured.keys()):
            yield from differences(stated.get(key), measured.get(key), f"{at}.{key}")
    elif isinstance(stated, list) and isinstance(measured, list) and len(stated) == len(measured):
        for i, pair in enumerate(zip(stated, measured)):
            yield from differences(*pair, f"{at}[{i}]")
    elif isinstance(stated, float) and isinstance(measured, float):
        if not math.isclose(stated, measured, abs_tol=TOLERANCE):
            yield f"{at}: the card says {stated}, measured was {measured}"
    elif stated != measured:
        yield f"{at}: the card says {stated}, measured was {measured}"


def main(stated, measured):
    with open(stated, encoding="utf-8") as one, open(measured, encoding="utf-8") as other:
        found = list(differences(json.load(one), json.load(other)))
    print("\n".join(found) if found else "the card's numbers are the bundled model's")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
