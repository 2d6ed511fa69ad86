"""The processes that bench/compare and bench/threads measure, and what is done with their times."""

import os
import selectors
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench"
OLD, NEW = "TransformerLens 2.16.1", "TransformerLens 4.3.0"
SIDES = ("Fresnel", OLD, NEW)
PATIENCE = 300  # seconds that one answer may take


class Failed(Exception):
    """One side could not do a piece of work; the others go on."""


def python(side):
    return f"bench/.venv/{side.split()[1]}/bin/python"


def java():
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin/java" if home else "java"


def command(side):
    if side == "Fresnel":
        path = f"fresnel-bench/target/fresnel-bench.jar:{(ROOT / 'fresnel-bench/target/classpath.txt').read_text().strip()}"
        return [java(), "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=8g", "-cp", path,
                "dev.fresnel.bench.Worker", str(WORK)]
    return [python(side), "bench/tl_worker.py", "serve", str(WORK)]


class Worker:
    """A process that does what a line names and answers with numbers. One that dies is started anew."""

    def __init__(self, side, **environment):
        self.side, self.environment, self.process = side, environment, None
        self.runtime = self.start()

    def start(self):
        log = open(WORK / f"{self.side.replace(' ', '-')}.log", "a")
        self.process = subprocess.Popen(command(self.side), cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=log, bufsize=1, env={**os.environ, **self.environment})
        log.close()
        return self.read().removeprefix("ready ")

    def read(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(PATIENCE):
                self.close()
                raise Failed(f"{self.side} gave no answer in {PATIENCE} s")
        line = self.process.stdout.readline().strip()
        if not line:
            self.close()
            raise Failed(f"{self.side} ended; see {WORK}/*.log")
        if line.startswith("error"):
            raise Failed(f"{self.side}: {line.removeprefix('error').strip()}")
        return line

    def ask(self, *words):
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
        except BrokenPipeError as e:
            self.close()
            raise Failed(f"{self.side} ended") from e
        return [float(x) for x in self.read().split()]

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def alternate(sides, ask, rounds, seconds, say=print):
    """
    Each side once a round, another one first each time; as many rounds as there are, or as fit into the time, after one that
    does not count: three at least, or fewer where they would take six times as long as they should (a busy machine). Gives
    each side's answers; a side that fails has none.
    """
    seen = {side: [] for side in sides}
    failed = set()
    begin = None
    for number in range(-1, rounds):
        if number >= 1 and time.monotonic() - begin > seconds * (1 if number >= 3 else 6):
            break
        for side in sides[number % len(sides):] + sides[:number % len(sides)]:
            if side in failed:
                continue
            try:
                answer = ask(side)
            except Failed as e:
                say(f"  {e}")
                failed.add(side)
                seen[side] = []
                continue
            if number >= 0:
                seen[side].append(answer)
            time.sleep(0.03)  # threads that spin when their work is done come to rest
        begin = begin or time.monotonic()
    return seen


def median(answers, which=0):
    return statistics.median(answer[which] for answer in answers) if answers else None


def quartiles(answers):
    walls = sorted(answer[0] for answer in answers)
    return walls[len(walls) // 4], walls[(3 * len(walls)) // 4]


def shown(number):
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 1 else f"{number:.2f}"


def row(*texts):
    return "| " + " | ".join(map(str, texts)) + " |"


def rule(columns):
    return row(*["---"] * columns)
