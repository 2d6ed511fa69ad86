"""bench/compare's measuring part: workers of each side in turn, one kind of work after another; then docs/BENCHMARKS.md."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import threads
from workers import NEW, OLD, ROOT, SIDES, WORK, Failed, Worker, alternate, median, python, quartiles, row, rule, shown

MODELS = {"gpt2": "GPT-2 small's shape, random weights", "smollm2": "SmolLM2-135M-Instruct"}
KINDS = {
    "logits": "all logits",
    "cache": "all activations and all logits",
    "patterns": "attention patterns only",
    "attribution": "attribution of all heads at a position, cache made before",
    "workshop": "cache and workshop attribution",
}
# Weights that a token is multiplied with: in all blocks; in the last block behind its pattern; in the unembedding; in W_O.
WEIGHTS = {"gpt2": (84_934_656, 5_898_240, 38_597_376, 7_077_888), "smollm2": (106_168_320, 3_096_576, 28_311_552, 9_953_280)}
FILE = 498  # MB, of the model that is loaded
TOKENS_A_STEP = 10 * 192
STEPS_BEFORE = 20


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Plan:
    """How long, how often, where to."""

    def __init__(self, quick):
        self.lengths = [42] if quick else [15, 42, 256]
        self.rounds = 5 if quick else 15
        self.seconds = 4 if quick else 10
        self.starts = 3 if quick else 5
        self.passes = 10 if quick else 30
        self.target = WORK / "quick.md" if quick else ROOT / "docs/BENCHMARKS.md"


class Goals:
    """What was wished for, and what was found."""

    def __init__(self):
        self.lines = []

    def at_least(self, what, wished, found, remark=""):
        self.add(what, f"at least {wished}", found, found is not None and found >= wished, remark=remark)

    def at_most(self, what, wished, found, unit):
        self.add(what, f"at most {wished} {unit}", found, found is not None and found <= wished, " " + unit)

    def add(self, what, wished, found, met, unit="", remark=""):
        shown_found = "not measured" if found is None else f"{shown(found)}{unit}"
        self.lines.append(row(what, wished, shown_found, "met" if met else "**missed**" + remark))


def limit(kind, model, length, gigaflops, gigabytes):
    """Milliseconds that the arithmetic alone takes at this machine's rates: products, or the bytes of weights to be read."""
    blocks, behind, unembedding, outputs = WEIGHTS[model]
    if kind == "attribution":
        return 4 * outputs / gigabytes / 1e6
    weights = {"patterns": blocks - behind, "workshop": blocks}.get(kind, blocks + unembedding)
    return 2 * weights * length / gigaflops / 1e6


def faster(seen, which=0):
    """The faster of the other sides' medians by Fresnel's; None where either is missing."""
    ours = median(seen["Fresnel"], which)
    others = [median(seen[side], which) for side in seen if side != "Fresnel" and seen[side]]
    return min(others) / max(ours, 1e-3) if ours is not None and others else None


def cells(seen):
    out = []
    for side in seen:
        out.append(f"{shown(median(seen[side]))} ({'–'.join(map(shown, quartiles(seen[side])))})" if seen[side] else "failed")
    has_cpu = all(len(answer) > 1 for answers in seen.values() for answer in answers)
    for ratio in (faster(seen), faster(seen, 1) if has_cpu else None):
        out.append("" if ratio is None else shown(ratio))
    return out


def passes(plan, goals):
    text = []
    ratios = {kind: [] for kind in KINDS}
    workers = {side: Worker(side) for side in SIDES}
    for model, name in MODELS.items():
        for length in plan.lengths:
            gigaflops = max(worker.ask("gflops", length)[0] for worker in workers.values())
            gigabytes = max(worker.ask("bandwidth")[0] for worker in workers.values())
            text += ["", f"### {name}, {length} tokens", "",
                     f"The best rates that a side reached: {gigaflops:.0f} GFLOP/s in products of {length} rows, {gigabytes:.1f} GB/s read.",
                     "", row("ms, median (quartiles)", *SIDES, "ratio", "ratio of processor time", "limit"), rule(7)]
            for kind, meaning in KINDS.items():
                say(f"{name}, {length} tokens: {meaning}")
                seen = alternate(SIDES, lambda side: workers[side].ask(kind, model, length), plan.rounds, plan.seconds, say)
                bound = limit(kind, model, length, gigaflops, gigabytes)
                ours = median(seen["Fresnel"])
                ratios[kind].append((faster(seen), ours / bound))
                text.append(row(meaning, *cells(seen), shown(bound)))
    runtimes = "; ".join(f"{side}: {workers[side].runtime}" for side in SIDES)
    for worker in workers.values():
        worker.close()
    for kind, wished in (("logits", 1), ("cache", 1), ("patterns", 1.3), ("attribution", 100), ("workshop", 5)):
        found = [ratio for ratio, _ in ratios[kind] if ratio is not None]
        beyond = sum(ratio is not None and ratio * over < wished for ratio, over in ratios[kind])
        remark = f"; in {beyond} of {len(ratios[kind])} no time from the limit up would do" if beyond else ""
        goals.at_least(f"{KINDS[kind]}: ratio, the worst of models and lengths", wished, min(found, default=None), remark)
        if kind in ("patterns", "attribution"):
            behind = [over for ratio, over in ratios[kind] if ratio is None or ratio < wished]
            if behind:
                goals.at_most("where that is missed: the time by what the arithmetic alone takes", 1.5, max(behind), "times")
    return text, runtimes


def loading(plan, goals):
    text = ["", "## Loading", "", f"GPT-2 small's shape as the hub stores it, {FILE} MB of float32 safetensors, in the page cache. Each",
            "time in a process of its own, which had its libraries in memory before: what counts is the first load.", "",
            row("", *SIDES, "ratio", "ratio of processor time"), rule(6)]
    for processing, seconds in (("raw", 0.5), ("processed", 1.5)):
        say(f"loading, {processing}")
        memory = {side: [] for side in SIDES}

        def load(side):
            worker = Worker(side)
            try:
                worker.ask("gflops", 16)
                before = worker.ask("peak")[0]
                answer = worker.ask("load", processing)
                memory[side].append([worker.ask("peak")[0] - before])
                return answer
            finally:
                worker.close()

        seen = alternate(SIDES, load, plan.starts, 60, say)
        text.append(row(f"{processing}, ms", *cells(seen)))
        peaks = {side: median(memory[side]) for side in SIDES}
        text.append(row(f"{processing}, most memory on the way, MB", *("failed" if m is None else f"{m:.0f}" for m in peaks.values()), "", ""))
        ours = median(seen["Fresnel"])
        goals.at_most(f"loading, {processing}", seconds, ours and ours / 1000, "s")
        if processing == "processed":
            goals.at_most("its memory, by the file's size", 1.5, peaks["Fresnel"] and peaks["Fresnel"] / FILE, "times")
    return text


def timed(words, **environment):
    start = time.perf_counter()
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
                          env={**os.environ, **environment})
    if done.returncode:
        raise Failed(f"{' '.join(words)} ended with {done.returncode}")
    return [(time.perf_counter() - start) * 1000]


def starting(plan, goals):
    say("from process start to printed heads")
    heads = {"Fresnel": ["./fresnel", "heads", "--quiet"]}
    for side in (OLD, NEW):
        heads[side] = [python(side), "bench/tl_worker.py", "heads", str(WORK / "small")]
    seen = alternate(SIDES, lambda side: timed(heads[side]), plan.starts, 120, say)
    helped = alternate(("Fresnel",), lambda side: timed(["./fresnel", "--help"]), plan.starts, 20, say)
    ours = median(seen["Fresnel"])
    goals.at_most("process start to a 2-layer model's heads", 1.5, ours and ours / 1000, "s")
    goals.at_least("the same: ratio", 5, faster(seen))
    help_time = median(helped["Fresnel"])
    goals.at_most("`--help`", 0.3, help_time and help_time / 1000, "s")
    return ["", "## From process start to printed heads", "", "`./fresnel heads` after its first run; `bench/tl_worker.py heads`.", "",
            row("ms, median (quartiles)", *SIDES, "ratio", ""), rule(6), row("a 2-layer model's heads", *cells(seen)),
            row("`./fresnel --help`", *cells(helped)[:1], "", "", "", "")]


def training(plan, goals):
    say("training")
    sides = {"Fresnel": Worker("Fresnel"), "PyTorch": Worker(OLD)}
    for _ in range(STEPS_BEFORE):
        for worker in sides.values():
            worker.ask("train", "step")
    seen = alternate(tuple(sides), lambda side: sides[side].ask("train", "step"), 4 * plan.rounds, 5 * plan.seconds, say)
    for worker in sides.values():
        worker.close()
    speed = [f"{1000 * TOKENS_A_STEP / median(answers):.0f}" if answers else "failed" for answers in seen.values()]
    goals.at_least("training: ratio of tokens a second to PyTorch's", 1, faster(seen))
    return ["", "## Training", "", "Two layers of attention alone (d_model 256, 8 heads of 32, vocabulary 3000, no norm, no biases), batches of 10 x 192",
            f"tokens, AdamW: Fresnel's `Trainer`, and `bench/torch_training.py` in plain PyTorch. The first {STEPS_BEFORE} steps do not count, since",
            "training takes thousands.", "",
            row("", *seen, "ratio", "ratio of processor time"), rule(5), row("ms a step", *cells(seen)), row("tokens a second", *speed, "", "")]


def beside(plan, goals):
    say("threads")
    found = threads.measure(plan.passes, 30 * plan.seconds)
    (alone, _), (_, busy_worst) = found["as it decides"]
    one = found["FRESNEL_THREADS=1"][0][0]
    goals.at_least("threads as Fresnel decides: one thread's time by theirs", 0.95, one / alone)
    goals.at_most(f"beside a busy loop: the worst of {plan.passes} passes by the median alone", 3, busy_worst / alone, "times")
    return ["", "## Threads", "", f"{plan.passes} passes of 42 tokens, GPT-2 small's shape, alone and with one busy loop beside them; by `bench/threads`.", "",
            *threads.table(found)]


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


HEAD = """# Benchmarks

Written by `bench/compare`: do not edit. Each kind of work is done by processes of each side in turn, after one time that does
not count, and what takes less than 50 ms again and again for so long; tables show the median and the quartiles in milliseconds.
**Ratio**: the faster TransformerLens's time by Fresnel's, so more than 1 is in Fresnel's favour. Work that others do at the same
time stretches the clock's time; the ratio of processor time suffers less. **Limit**: what the arithmetic takes at the best rates
that were measured in the same minute: the products of a pass, or for attribution the bytes of W_O.

- Machine: a virtual machine with {cores} cores ({processor}), {system}. Load average at the beginning {load:.1f}, which the other work
  on it makes: near 0 on an idle machine.
- {runtimes}. Everything float32; threads as each side sets them by itself.
- Measured on {date}, in {minutes:.0f} minutes.

## Goals

"""
PASSES = """
## Passes

TransformerLens: `model(tokens)`; `run_with_cache(tokens)`; with `return_type=None` and a filter for the patterns; from such a
cache `stack_head_results(pos_slice, apply_ln=True)` times one column of W_U; and with `set_use_attn_result(True)`,
`cache["result", layer]` times that column. Fresnel: `run(tokens).logits()`; `captureAll()`, the same hook points, and the logits;
`capture(PATTERN).stopAfterCapture()`; `LogitAttribution.ofNextToken` from Z, and by the workshop's method with the run."""


def main():
    plan, goals = Plan("--quick" in sys.argv), Goals()
    load, begin = os.getloadavg()[0], time.monotonic()
    text, runtimes = passes(plan, goals)
    text += loading(plan, goals) + starting(plan, goals) + training(plan, goals) + beside(plan, goals)
    head = HEAD.format(cores=os.cpu_count(), processor=processor(), system=f"{platform.system()} {platform.machine()}", load=load,
                       runtimes=runtimes, date=time.strftime("%Y-%m-%d"), minutes=(time.monotonic() - begin) / 60)
    table = "\n".join([row("", "goal", "found", ""), rule(4), *goals.lines])
    part = plan.target.with_suffix(".part")
    part.write_text(head + table + "\n" + PASSES + "\n" + "\n".join(text) + "\n")
    os.replace(part, plan.target)
    say(f"wrote {plan.target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
