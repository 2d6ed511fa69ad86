"""The measuring part of bench/threads; bench/compare shows the same table."""

import subprocess
import sys

from workers import Worker, alternate, median, row, rule, shown

VARIANTS = {"as Fresnel chooses": {}, "FRESNEL_THREADS=1": {"FRESNEL_THREADS": "1"}, "FRESNEL_THREADS=2": {"FRESNEL_THREADS": "2"}}


def measure(passes, seconds=600):
    """{variant: ((median, worst) alone, (median, worst) beside a busy loop)}, in ms."""
    workers = {name: Worker("Fresnel", **variables) for name, variables in VARIANTS.items()}
    found = {name: [] for name in VARIANTS}
    try:
        for busy in (False, True):
            loop = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
            try:
                seen = alternate(tuple(workers), lambda name: workers[name].ask("logits", "gpt2", 42), passes, seconds)
            finally:
                if loop:
                    loop.kill()
                    loop.wait()
            for name, answers in seen.items():
                found[name].append((median(answers), max(answer[0] for answer in answers)))
    finally:
        for worker in workers.values():
            worker.close()
    return found


def table(found):
    lines = [row("threads", "alone: median ms", "slowest", "beside a busy loop: median", "slowest",
                 "slowest beside / median alone"), rule(6)]
    for name, (alone, busy) in found.items():
        lines.append(row(name, *(shown(x) for x in (*alone, *busy)), shown(busy[1] / alone[0])))
    return lines


if __name__ == "__main__":
    print("\n".join(table(measure(int(sys.argv[1])))))
