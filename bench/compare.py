"""bench/compare's measuring part: three workers, one kind of work after another, each in turn; then docs/BENCHMARKS.md."""

import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIDES = ("Fresnel", "TransformerLens 2.16.1", "TransformerLens 4.3.0")
MODELS = {"gpt2": "GPT-2 small's shape, random weights", "smollm2": "SmolLM2-135M-Instruct"}
WORK = {
    "logits": "all logits",
    "cache": "all activations and all logits",
    "patterns": "attention patterns only",
    "attribution": "attribution of all heads, cache made before",
    "workshop": "cache and workshop attribution",
}
PRODUCTS = {"gpt2": 123_532_032, "smollm2": 134_479_872}  # weights that every token is multiplied with, unembedding included


def java():
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin/java" if home else "java"


def command(side, *rest):
    if side == "Fresnel":
        path = f"fresnel-bench/target/fresnel-bench.jar:{(ROOT / 'fresnel-bench/target/classpath.txt').read_text().strip()}"
        return [java(), "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=8g", "-cp", path,
                "dev.fresnel.bench.Worker", "build/bench"]
    return [f"bench/.venv/{side.split()[1]}/bin/python", "bench/tl_worker.py", *(rest or ("serve", "build/bench"))]


class Worker:
    def __init__(self, side, **environment):
        self.process = subprocess.Popen(command(side), cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **environment})
        self.runtime = self.read().removeprefix("ready ")

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended")
        return line.strip()

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return [float(x) for x in self.read().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def alternate(sides, ask, rounds, warm=1):
    """Each side once a round, another one first each time. Gives [wall, cpu] lists of each."""
    seen = {side: [] for side in sides}
    for number in range(-warm, rounds):
        for side in sides[number % len(sides):] + sides[:number % len(sides)]:
            answer = ask(side)
            if number >= 0:
                seen[side].append(answer)
            time.sleep(0.03)  # threads that spin when their work is done come to rest
    return seen


def spread(values):
    values = sorted(values)
    return values[len(values) // 4], values[(3 * len(values)) // 4]


def shown(ms):
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 1 else f"{ms:.2f}"


def cells(seen):
    """Median and quartiles of each, and how many times Fresnel is faster than the faster of the others."""
    walls = {side: [x[0] for x in seen[side]] for side in seen}
    medians = {side: statistics.median(walls[side]) for side in seen}
    out = [f"{shown(medians[side])} ({'–'.join(map(shown, spread(walls[side])))})" for side in seen]
    others = [side for side in seen if side != "Fresnel"]
    out.append(f"{min(medians[o] for o in others) / medians['Fresnel']:.2f}")
    if len(seen["Fresnel"][0]) > 1:
        cpu = {side: statistics.median(x[1] for x in seen[side]) for side in seen}
        out.append(f"{min(cpu[o] for o in others) / max(cpu['Fresnel'], 1e-3):.2f}")
    else:
        out.append("")
    return out


def row(*texts):
    return "| " + " | ".join(map(str, texts)) + " |"


def start_up(side):
    words = ["./fresnel", "heads", "--quiet"] if side == "Fresnel" else command(side, "heads", "build/bench/small")
    start = time.perf_counter()
    subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [(time.perf_counter() - start) * 1000]


def one_load(side, processing):
    """A process that does nothing else: the most memory it ever held."""
    worker = Worker(side)
    before = worker.ask("peak")[0]
    worker.ask("load", processing)
    after = worker.ask("peak")[0]
    worker.close()
    return after - before


def threads(rounds):
    lines = []
    ones = {"as it decides": Worker("Fresnel"), "FRESNEL_THREADS=1": Worker("Fresnel", FRESNEL_THREADS="1")}
    for busy in (False, True):
        loop = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
        seen = alternate(tuple(ones), lambda name: ones[name].ask("logits", "gpt2", 42), rounds)
        if loop:
            loop.terminate()
            loop.wait()
        for name in ones:
            walls = [x[0] for x in seen[name]]
            lines.append(row("yes" if busy else "no", name, shown(statistics.median(walls)), shown(max(walls))))
    for worker in ones.values():
        worker.close()
    return lines


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def main():
    rounds = int(sys.argv[1])
    lengths = [int(x) for x in sys.argv[2:]] or [15, 42, 256]
    load_before = os.getloadavg()[0]
    workers = {side: Worker(side) for side in SIDES}
    text = []
    for model, name in MODELS.items():
        for length in lengths:
            rates = {side: workers[side].ask("gflops", length)[0] for side in SIDES}
            limit = 2 * PRODUCTS[model] * length / max(rates.values()) / 1e6
            text.append("")
            text.append(f"### {name}, {length} tokens")
            text.append("")
            text.append("Measured product rate, GFLOP/s: " + ", ".join(f"{s} {r:.0f}" for s, r in rates.items())
                        + f". All products of a pass at the best of these: {shown(limit)} ms.")
            text.append("")
            text.append(row("ms, median (quartiles)", *SIDES, "ratio", "ratio of processor time"))
            text.append(row(*["---"] * 6))
            for verb, meaning in WORK.items():
                print(f"{name}, {length} tokens: {meaning}", file=sys.stderr)
                seen = alternate(SIDES, lambda side: workers[side].ask(verb, model, length), rounds)
                text.append(row(meaning, *cells(seen)))
    loads = []
    for processing in ("raw", "processed"):
        print("loading", processing, file=sys.stderr)
        seen = alternate(SIDES, lambda side: workers[side].ask("load", processing), min(rounds, 5))
        loads.append(row(processing, *cells(seen)))
    for worker in workers.values():
        worker.close()
    for processing in ("raw", "processed"):
        loads.append(row(f"{processing}: peak memory, MB", *(f"{one_load(side, processing):.0f}" for side in SIDES), "", ""))
    print("start-up", file=sys.stderr)
    starts = row("a 2-layer model's heads", *cells(alternate(SIDES, start_up, min(rounds, 5))))
    print("threads", file=sys.stderr)
    beside = threads(max(rounds, 5))
    runtimes = ", ".join(f"{side}: {worker.runtime}" for side, worker in workers.items())
    head = f"""# Benchmarks

Written by `bench/compare {' '.join(sys.argv[1:])}`: do not edit. Each kind of work is done by three processes in turn, {rounds} times (loading and
start-up 5 times at most) after one that does not count; the table shows the median and the quartiles. **Ratio**: the faster
TransformerLens's time by Fresnel's, so more than 1 is in Fresnel's favour. Work that others do at the same time stretches
the clock's time; the ratio of processor time suffers less.

- Machine: {os.cpu_count()} cores, {processor()}; {platform.system()} {platform.machine()}. Load average before: {load_before:.1f},
  behind: {{load:.1f}}; an idle machine begins near 0.
- {runtimes}. Everything float32; threads as each side sets them by itself.

## Passes

TransformerLens: `model(tokens)`; `run_with_cache(tokens)`; with `return_type=None` and a filter for the patterns; from
such a cache `stack_head_results(pos_slice, apply_ln=True)` times one column of W_U; and with `set_use_attn_result(True)`,
`cache["result", layer]` times that column. Fresnel: `run(tokens).logits()`; `captureAll()`; `capture(PATTERN).stopAfterCapture()`;
`LogitAttribution.ofNextToken` from Z, and by the workshop's method with the run.
"""
    tail = ["", "## Loading", "", "GPT-2 small's shape as the hub stores it, 498 MB of float32 safetensors, in the page cache.", "",
            row("ms, median (quartiles)", *SIDES, "ratio", "ratio of processor time"), row(*["---"] * 6), *loads,
            "", "## From process start to printed heads", "", "`./fresnel heads` after its first run; `bench/tl_worker.py heads`.", "",
            row("ms, median (quartiles)", *SIDES, "ratio", ""), row(*["---"] * 6), starts,
            "", "## Threads", "", f"{max(rounds, 5)} passes of 42 tokens with a busy loop beside them, and without.", "",
            row("busy loop", "threads", "median ms", "worst ms"), row(*["---"] * 4), *beside, ""]
    (ROOT / "docs").mkdir(exist_ok=True)
    (ROOT / "docs/BENCHMARKS.md").write_text(head.replace("{load:.1f}", f"{os.getloadavg()[0]:.1f}") + "\n".join(text + tail))


if __name__ == "__main__":
    main()
