"""The processes that bench/compare, bench/paired and bench/threads measure, and statistics of their times."""

import os
import re
import selectors
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench"
OLD, NEW = "TransformerLens 2.16.1", "TransformerLens 4.3.0"
SIDES = ("Fresnel", OLD, NEW)
# The collector, the compiler and the huge pages that the command `fresnel` chooses, and `fresnel java` for programs of one's own.
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
HAS_HUGE_PAGES = HUGE_PAGES.exists() and "[never]" not in HUGE_PAGES.read_text()
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *(["-XX:+UseTransparentHugePages"] if HAS_HUGE_PAGES else []))
VARIABLES = {"GLIBC_TUNABLES": os.environ.get("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")} if HAS_HUGE_PAGES else {}
PATIENCE = 900  # seconds that a worker may take for one answer: the slowest sweep takes some minutes


class Failed(Exception):
    """One side could not do a piece of work. The other sides are still measured."""


def python(side):
    return f"bench/.venv/{side.split()[1]}/bin/python"


def java():
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin/java" if home else "java"


def classpath(root):
    return f"{root}/fresnel-bench/target/fresnel-bench.jar:{(root / 'fresnel-bench/target/classpath.txt').read_text().strip()}"


def libtorch(root):
    """The version of Fresnel's libtorch, from the name of its jar file."""
    found = re.search(r"/pytorch-([\d.]+)-", classpath(root))
    return found[1] if found else "of unknown version"


def command(side, root):
    if side in (OLD, NEW):
        return [python(side), "bench/tl_worker.py", "serve", str(WORK)]
    return [java(), "--enable-native-access=ALL-UNNAMED", *JVM, "-Xmx1g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=8g",
            "-cp", classpath(root), "dev.fresnel.bench.Worker", str(WORK)]


class Worker:
    """
    A process that does the work that a line names, and answers with numbers. If it dies, the next question starts it anew.
    `root` is the checkout of Fresnel that it runs.
    """

    def __init__(self, side, root=ROOT, **environment):
        ours = side not in (OLD, NEW)
        self.side, self.root, self.environment, self.process = side, root, {**VARIABLES, **environment} if ours else environment, None
        how = " ".join([*JVM, *(f"{name}={value}" for name, value in VARIABLES.items())])
        self.runtime = self.start() + (f" ({how}, as `fresnel` starts it) and libtorch {libtorch(root)}" if ours else "")

    def start(self):
        log = open(WORK / f"{self.side.replace(' ', '-')}.log", "a")
        self.process = subprocess.Popen(command(self.side, self.root), cwd=self.root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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


def alternate(sides, ask, rounds, seconds, say=print, warm_up=True):
    """
    Asks each side once per round, and starts each round with another side: A B, B A, A B for two. A round that does not count
    comes first, unless the sides are warm. Then there are `rounds` rounds, or as many as fit into `seconds`, but at least three; on a busy machine, where
    three would take over six times `seconds`, at least one. Gives each side's answers, none for a side that failed.
    """
    seen = {side: [] for side in sides}
    failed = set()
    begin = None
    for number in range(-1 if warm_up else 0, rounds):
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
            time.sleep(0.03)  # so that this side's threads have stopped spinning when the next side begins
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
