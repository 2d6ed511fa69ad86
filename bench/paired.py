"""The measuring part of bench/paired: this checkout and another commit of Fresnel do the same work in turn."""

import argparse
import sys
from fnmatch import fnmatch
from pathlib import Path

from compare import CAUSAL, COMMANDS, KINDS, MODELS, WARM_UP_STEPS, Plan, loaded, say, timed
from workers import ROOT, Worker, alternate, median, quartiles, row, rule, shown

SIDES = ("new", "base")
SLOWER = 1.03  # the median ratio from which a row counts as slower, unless its lower quartile is at most 1


def all_rows(plan):
    passes = [f"{kind}-{model}-{length}" for model in MODELS for length in plan.lengths for kind in (*KINDS, *CAUSAL)]
    return [*passes, "load-raw", "load-processed", "train", *COMMANDS]


def chosen(rows, patterns):
    for pattern in patterns:
        if not any(matches(name, pattern) for name in rows):
            sys.exit(f"no row is named {pattern}; the rows are: {' '.join(rows)}")
    return [name for name in rows if not patterns or any(matches(name, pattern) for pattern in patterns)]


def matches(name, pattern):
    return fnmatch(name, pattern) or name.startswith(pattern + "-")


class Pair:
    """A worker of each commit, started when first needed."""

    def __init__(self, base):
        self.roots, self.workers = {"new": ROOT, "base": base}, {}

    def started(self, side):
        return Worker(side, self.roots[side])

    def ask(self, side, name):
        """Does a row's work once and gives its milliseconds, by the clock and (but for commands) of the processors."""
        verb, *rest = name.split("-")
        if verb in COMMANDS:
            return timed(COMMANDS[verb], self.roots[side])
        if verb == "load":
            return loaded(self.started(side), *rest)[0]
        if side not in self.workers:
            self.workers[side] = self.started(side)
        return self.workers[side].ask(verb, *(rest or ["step"]))

    def close(self):
        for worker in self.workers.values():
            worker.close()
        self.workers = {}


def amount(name, plan):
    """The rounds of a row, the rounds to warm up before, and seconds: more than compare's, to see a difference of 3 %."""
    if name == "train":
        return 4 * plan.rounds, WARM_UP_STEPS, 5 * plan.seconds
    if name in COMMANDS or name.startswith("load"):  # new processes, nothing to warm up
        return 4 * plan.starts, 0, 60
    return 4 * plan.rounds, 5, 2 * plan.seconds


def measure(pair, name, plan):
    """Each side's answers, and the ratios new/base of each round, by the clock and by processor time."""
    say(name)
    rounds, warm_up, seconds = amount(name, plan)
    ask = lambda side: pair.ask(side, name)
    if warm_up:
        alternate(SIDES, ask, warm_up, seconds, say)
    seen = alternate(SIDES, ask, rounds, seconds, say)
    return seen, [[new / max(base, 1e-3) for new, base in zip(*answers)] for answers in zip(seen["new"], seen["base"])]


def is_slower(ratios):
    return median(ratios) > SLOWER and quartiles(ratios)[0] > 1


def ratio(ratios):
    return f"{median(ratios):.3f} ({'–'.join(f'{x:.3f}' for x in quartiles(ratios))})"


def verdict(pair, name, plan):
    """A row of the table, and whether this checkout is slower or fails."""
    seen, ratios = measure(pair, name, plan)
    medians = [shown(median(answers)) if answers else "failed" for answers in seen.values()]
    if not ratios:
        return row(name, *medians, "", "", "", "failed" if not seen["new"] else "no base"), not seen["new"]
    cpu = f"{median(ratios, 1):.3f}" if len(ratios[0]) > 1 else ""
    cells = [name, *medians, len(ratios), ratio(ratios), cpu]
    if not is_slower(ratios):
        return row(*cells, ""), False
    pair.close()  # what is due to one process, such as how its code was compiled, does not happen to a new one
    _, again = measure(pair, name, plan)
    slower = not again or is_slower(again)
    return row(*cells, f"again {ratio(again) if again else 'failed'}: {'**slower**' if slower else 'not slower'}"), slower


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", action="store_true", help="print the rows and measure nothing")
    parser.add_argument("base", type=Path)
    parser.add_argument("row", nargs="*")
    arguments = parser.parse_args()
    plan = Plan(arguments.quick)
    rows = chosen(all_rows(plan), arguments.row)
    if arguments.rows:
        print("\n".join(rows))
        return 0
    pair = Pair(arguments.base)
    print("\n".join([row("", "new, ms", "base, ms", "rounds", "new/base, median (quartiles)", "processor time", ""), rule(7)]), flush=True)
    slower = []
    try:
        for name in rows:
            line, is_bad = verdict(pair, name, plan)
            print(line, flush=True)
            slower += [name] if is_bad else []
    finally:
        pair.close()
    print(f"\nSlower means: median ratio over {SLOWER} and lower quartile over 1, twice, with new processes the second time. "
          f"{len(slower)} of {len(rows)} rows are slower{': ' if slower else ''}{', '.join(slower)}.")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
