"""The measuring part of bench/compare: asks the workers of each side in turn, for each kind of work; writes docs/BENCHMARKS.md or a part of it."""

import contextlib
import os
import platform
import re
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
    "attribution": "attribution of all heads at one position, from a cache",
    "workshop": "cache, and attribution by the workshop's method",
}
CAUSAL = {
    "generate": "32 new tokens, greedy, with a cache",
    "edges": "attribution patching of all edges (EAP)",
    "shares": "attribution of heads, MLPs and embeddings at all positions, from a cache",
}
CAUSAL_LENGTH = 42  # tokens of these rows, and of generation's prompt
NEW_TOKENS = 32  # of the row of generation; both workers know the number too
# The number of weights that multiply each token: in all blocks; in the last block, after its pattern; in the unembedding; in W_O.
WEIGHTS = {"gpt2": (84_934_656, 5_898_240, 38_597_376, 7_077_888), "smollm2": (106_168_320, 3_096_576, 28_311_552, 9_953_280)}
# Layers, heads, d_head and d_model.
HEADS = {"gpt2": (12, 12, 64, 768), "smollm2": (30, 9, 64, 576)}
SHAPES = {"gpt2": (12, 12), "smollm2": (30, 9)}  # layers, heads
KEYS_VALUES = {"gpt2": 2 * 768 * 768, "smollm2": 2 * 576 * 192}  # weights of one layer's keys and values
SWEEPS = {"resid": "residual stream", "heads": "heads"}
PATCHED_PASSES = 60  # at most, in a sweep of TransformerLens's side; its worker knows the number too
COMPOSITION_GOAL = 50
COMPOSITION_MEMORY = {"gpt2": 0, "smollm2": 32e9}  # bytes that the machine has, so that TransformerLens is not ended by the system
SWEEP_GOALS = {"resid": {15: 20, 60: 10}, "heads": {15: 12, 60: 6}}
GOALS = {"logits": 1, "cache": 1, "patterns": 1.3, "attribution": 100, "workshop": 5, "generate": 1.5, "edges": 2}  # ratios
FILE = 498  # MB, the file of the model that is loaded
TOKENS_PER_STEP = 10 * 192
COMMANDS = {"heads": ["./fresnel", "heads", "--quiet"], "help": ["./fresnel", "--help"]}
WARM_UP = 3.0  # seconds that a side does short work before it counts: by then Java has compiled it, and memory is at hand
WARM_UP_STEPS = 20  # by then Java's compiler has seen the training step; the times of later steps are level


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Plan:
    """Which lengths, how many rounds, how many seconds for each row, the one row if only one is measured, and the file to write."""

    def __init__(self, quick, only=None):
        self.only = only
        self.lengths = [42] if quick else [15, 42, 256]
        self.sweep_lengths = [15] if quick else [15, 60]
        self.rounds = 5 if quick else 15
        self.seconds = 4 if quick else 10
        self.starts = 3 if quick else 5
        self.passes = 10 if quick else 30
        self.target = WORK / f"{only}.md" if only else WORK / "quick.md" if quick else ROOT / "docs/BENCHMARKS.md"

    def wants(self, name):
        return self.only in (None, name)


class Goals:
    """The lines of the table of goals, each with what was found."""

    def __init__(self):
        self.lines = []

    def at_least(self, what, goal, found, remark=""):
        self.add(what, f"at least {goal}", found, found is not None and found >= goal, remark=remark)

    def at_most(self, what, goal, found, unit):
        self.add(what, f"at most {goal} {unit}", found, found is not None and found <= goal, " " + unit)

    def add(self, what, goal, found, met, unit="", remark=""):
        shown_found = "not measured" if found is None else f"{shown(found)}{unit}"
        self.lines.append(row(what, goal, shown_found, "met" if met else "**missed**" + remark))


def limit(kind, model, length, gigaflops, gigabytes):
    """The milliseconds that the arithmetic alone takes at this machine's rates: of its products, or of reading W_O."""
    blocks, behind, unembedding, outputs = WEIGHTS[model]
    if kind == "generate":  # each new token reads all weights; the first ones, the prompt's
        return 4 * NEW_TOKENS * (blocks + unembedding) / gigabytes / 1e6
    if kind == "edges":  # two passes, and back through one of them to its activations
        return 3 * 2 * blocks * length / gigaflops / 1e6
    if kind in ("attribution", "shares"):
        return 4 * outputs / gigabytes / 1e6
    weights = {"patterns": blocks - behind, "workshop": blocks}.get(kind, blocks + unembedding)
    return 2 * weights * length / gigaflops / 1e6


def faster(seen, which=0):
    """The fastest other side's median divided by Fresnel's; None where either is missing."""
    ours = median(seen["Fresnel"], which)
    others = [median(seen[side], which) for side in seen if side != "Fresnel" and seen[side]]
    return min(others) / max(ours, 1e-3) if ours is not None and others else None


def cells(seen, bound=None):
    """The cells of a row: each side's times, both ratios, and where there is a limit, it and how many times Fresnel's time is that long."""
    out = []
    for side in seen:
        out.append(f"{shown(median(seen[side]))} ({'–'.join(map(shown, quartiles(seen[side])))})" if seen[side] else "failed")
    has_cpu = all(len(answer) > 1 for answers in seen.values() for answer in answers)
    for ratio in (faster(seen), faster(seen, 1) if has_cpu else None):
        out.append("" if ratio is None else shown(ratio))
    if bound:
        ours = median(seen["Fresnel"])
        out += [shown(bound), "" if ours is None else shown(ours / bound)]
    return out


def warm_up(workers, *words):
    """Each side does the same work for a while, at least once. A side that fails here fails again, and is reported, in the measurement."""
    for worker in workers:
        begin = time.monotonic()
        with contextlib.suppress(Failed):
            worker.ask(*words)
            while time.monotonic() - begin < WARM_UP:
                worker.ask(*words)


def passes(plan, goals, rows, lengths):
    """The tables of the wanted rows, for both models and all lengths, and the goals of the rows that have one."""
    text = []
    kinds = {kind: meaning for kind, meaning in rows.items() if plan.wants(kind)}
    ratios = {kind: [] for kind in kinds}
    workers = {side: Worker(side) for side in SIDES}
    for model, name in MODELS.items():
        for length in lengths:
            gigaflops = max(worker.ask("gflops", length)[0] for worker in workers.values())
            gigabytes = max(worker.ask("bandwidth")[0] for worker in workers.values())
            text += ["", f"### {name}, {length} tokens", "",
                     f"The best rates that any side reached: {gigaflops:.0f} GFLOP/s in products of {length} rows, {gigabytes:.1f} GB/s of reading.",
                     "", row("ms, median (quartiles)", *SIDES, "ratio", "ratio of processor time", "limit", "times the limit"), rule(8)]
            for kind, meaning in kinds.items():
                say(f"{name}, {length} tokens: {meaning}")
                if kind == "shares":
                    warm_up(workers.values(), kind, model, length)
                seen = alternate(SIDES, lambda side: workers[side].ask(kind, model, length), plan.rounds, plan.seconds, say)
                bound = limit(kind, model, length, gigaflops, gigabytes)
                ours = median(seen["Fresnel"])
                if ours is not None:
                    ratios[kind].append((faster(seen), ours / bound))
                text.append(row(meaning, *cells(seen, bound)))
    runtimes = "; ".join(f"{side} with {workers[side].runtime}" for side in SIDES)
    for worker in workers.values():
        worker.close()
    for kind, goal in GOALS.items():
        if kind not in kinds:
            continue
        found = [ratio for ratio, _ in ratios[kind] if ratio is not None]
        beyond = sum(ratio is not None and ratio * over < goal for ratio, over in ratios[kind])
        cases = f"all {beyond}" if beyond == len(ratios[kind]) else f"{beyond} of {len(ratios[kind])}"
        remark = f"; in {cases} cases the goal is faster than the hardware allows" if beyond else ""
        goals.at_least(f"{kinds[kind]}: the lowest ratio of all models and lengths", goal, min(found, default=None), remark)
        if kind in ("patterns", "attribution"):
            behind = [over for ratio, over in ratios[kind] if ratio is None or ratio < goal]
            if behind:
                goals.at_most("where that is missed: time divided by the limit, at worst", 1.5, max(behind), "times")
    if "shares" in kinds:
        goals.at_most(f"{kinds['shares']}: time divided by the limit, at worst", 1.5, max((over for _, over in ratios["shares"]), default=None), "times")
    return text, runtimes


def composition_limit(model, gigaflops):
    """
    The milliseconds of the least arithmetic known: every head's symmetric matrix, on both sides, from d_head columns, and the
    sum of products of two such matrices for each pair. One half of each matrix is enough.
    """
    layers, heads, d_head, d_model = HEADS[model]
    half = d_model ** 2 / 2
    pairs = layers * (layers - 1) / 2 * heads ** 2
    return 2 * half * (2 * (layers - 1) * heads * d_head + pairs) / gigaflops / 1e6


def weights(plan, goals):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    tried = "run" if memory >= COMPOSITION_MEMORY["smollm2"] else "not run, which the table calls failed"
    text = ["", "### K-composition scores of all pairs of heads", "", "`Composition.of(model, Kind.K)`, and `all_composition_scores(\"K\")`.",
            f"TransformerLens needs over 21 GB for SmolLM2's: here it was {tried}.", "",
            row("ms, median (quartiles)", *SIDES, "ratio", "ratio of processor time", "limit", "times the limit"), rule(8)]
    workers = {side: Worker(side) for side in SIDES}
    ratios = []
    for model, name in MODELS.items():
        say(f"{name}: composition scores")
        gigaflops = max(worker.ask("gflops", 768)[0] for worker in workers.values())
        able = SIDES if memory >= COMPOSITION_MEMORY[model] else ("Fresnel",)
        seen = {side: [] for side in SIDES}
        warm_up((workers[side] for side in able), "composition", model, 2)
        seen.update(alternate(able, lambda side: workers[side].ask("composition", model, 2), 5, 6 * plan.seconds, say, False))
        ratios.append(faster(seen))
        text.append(row(name, *cells(seen, composition_limit(model, gigaflops))))
    for worker in workers.values():
        worker.close()
    goals.at_least("composition scores of all pairs: the lowest ratio", COMPOSITION_GOAL, min((r for r in ratios if r is not None), default=None))
    return text


def sweep_limit(kind, model, length, gigaflops):
    """
    The milliseconds of the arithmetic that cells need: of each, the layers and the positions from its own on; in the last layer,
    keys and values of these positions, and all else of the last one alone. Before the first layer the texts differ at the second
    position only, and before that position nowhere.
    """
    blocks, layers, heads = WEIGHTS[model][0], *SHAPES[model]
    whole, keys_values = blocks / layers, KEYS_VALUES[model]

    def cell(layer, rows):
        return ((layers - 1 - layer) * whole + keys_values) * rows + whole - keys_values

    if kind == "resid":
        later = sum(cell(layer, rows) for layer in range(1, layers) for rows in range(1, length))
        return 2 * (later + cell(0, length - 1)) / gigaflops / 1e6
    return 2 * heads * sum(cell(layer, length - 1) for layer in range(layers)) / gigaflops / 1e6


def sweeps(plan, goals, model):
    name = MODELS[model]
    text = ["", f"### Sweeps of activation patching: {name}", "", "The residual stream by position, and all heads over all positions, with the logit difference of two tokens at the last",
            "position: `ActivationPatching`, and `get_act_patch_resid_pre` and `get_act_patch_attn_head_out_all_pos`. The texts differ in",
            f"the second token. Both unpatched runs are part of the time. TransformerLens runs one pass for each cell; of a sweep with more than {PATCHED_PASSES}",
            "cells it runs as many, evenly spread, and its time is multiplied.", "",
            row("ms, median (quartiles)", *SIDES, "ratio", "ratio of processor time", "limit", "times the limit"), rule(8)]
    workers = {side: Worker(side) for side in SIDES}
    for length in plan.sweep_lengths:
        gigaflops = max(worker.ask("gflops", 512)[0] for worker in workers.values())
        for kind, meaning in SWEEPS.items():
            if not plan.wants(kind):
                continue
            say(f"{name}, {length} tokens: sweep of the {meaning}")
            warm_up = length == plan.sweep_lengths[0]  # a longer sweep's code is warm from the shorter one
            seen = alternate(SIDES, lambda side: workers[side].ask(kind, model, length), 1, plan.seconds, say, warm_up)
            text.append(row(f"{meaning}, {length} tokens", *cells(seen, sweep_limit(kind, model, length, gigaflops))))
            goals.at_least(f"sweep of the {meaning}, {name}, {length} tokens", SWEEP_GOALS[kind][length], faster(seen))
    for worker in workers.values():
        worker.close()
    return text


def loaded(worker, processing):
    """Loads GPT-2's shape in a worker of its own, which this closes: its times, and the megabytes that its peak memory grew by."""
    try:
        worker.ask("gflops", 16)  # loads the libraries
        before = worker.ask("peak")[0]
        return worker.ask("load", processing), worker.ask("peak")[0] - before
    finally:
        worker.close()


def loading(plan, goals):
    text = ["", "## Loading", "", f"GPT-2 small's shape in the hub's format, {FILE} MB of float32 safetensors, from the page cache. Each load is",
            "the first in a new process, which had already loaded its libraries.", "",
            row("", *SIDES, "ratio", "ratio of processor time"), rule(6)]
    for processing, seconds in (("raw", 0.5), ("processed", 1.5)):
        say(f"loading, {processing}")
        memory = {side: [] for side in SIDES}

        def load(side):
            times, grown = loaded(Worker(side), processing)
            memory[side].append([grown])
            return times

        seen = alternate(SIDES, load, plan.starts, 60, say)
        text.append(row(f"{processing}, ms", *cells(seen)))
        peaks = {side: median(memory[side]) for side in SIDES}
        text.append(row(f"{processing}, growth of peak memory, MB", *("failed" if m is None else f"{m:.0f}" for m in peaks.values()), "", ""))
        ours = median(seen["Fresnel"])
        goals.at_most(f"loading, {processing}", seconds, ours and ours / 1000, "s")
        if processing == "processed":
            goals.at_most("memory of processed loading, divided by the file's size", 1.5, peaks["Fresnel"] and peaks["Fresnel"] / FILE, "times")
    return text


def timed(words, root=ROOT):
    start = time.perf_counter()
    done = subprocess.run(words, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    if done.returncode:
        raise Failed(f"{' '.join(words)} ended with {done.returncode}")
    return [(time.perf_counter() - start) * 1000]


def starting(plan, goals):
    say("from process start to printed heads")
    heads = {"Fresnel": COMMANDS["heads"]}
    for side in (OLD, NEW):
        heads[side] = [python(side), "bench/tl_worker.py", "heads", str(WORK / "small")]
    seen = alternate(SIDES, lambda side: timed(heads[side]), plan.starts, 120, say)
    helped = alternate(("Fresnel",), lambda side: timed(COMMANDS["help"]), plan.starts, 20, say)
    ours = median(seen["Fresnel"])
    goals.at_most("process start to a 2-layer model's heads", 1.5, ours and ours / 1000, "s")
    goals.at_least("process start to a 2-layer model's heads: ratio", 5, faster(seen))
    help_time = median(helped["Fresnel"])
    goals.at_most("`--help`", 0.3, help_time and help_time / 1000, "s")
    return ["", "## From process start to printed heads", "", "`./fresnel heads`, not for the first time, and `bench/tl_worker.py heads`.", "",
            row("ms, median (quartiles)", *SIDES, "ratio", ""), rule(6), row("a 2-layer model's heads", *cells(seen)),
            row("`./fresnel --help`", *cells(helped)[:1], "", "", "", "")]


def training(plan, goals):
    say("training")
    sides = {"Fresnel": Worker("Fresnel"), "PyTorch": Worker(OLD)}
    for _ in range(WARM_UP_STEPS):
        for worker in sides.values():
            worker.ask("train", "step")
    seen = alternate(tuple(sides), lambda side: sides[side].ask("train", "step"), 4 * plan.rounds, 5 * plan.seconds, say)
    for worker in sides.values():
        worker.close()
    speed = [f"{1000 * TOKENS_PER_STEP / median(answers):.0f}" if answers else "failed" for answers in seen.values()]
    goals.at_least("training: ratio of tokens per second to PyTorch's", 1, faster(seen))
    return ["", "## Training", "", "Two layers of attention only (d_model 256, 8 heads of 32, vocabulary 3000, no norm, no biases), batches of 10 x 192",
            f"tokens, AdamW: Fresnel's `Trainer`, and `bench/torch_training.py` in plain PyTorch, the torch of {OLD}. The first",
            f"{WARM_UP_STEPS} steps do not count, since a training takes thousands of steps.", "",
            row("", *seen, "ratio", "ratio of processor time"), rule(5), row("ms per step", *cells(seen)), row("tokens per second", *speed, "", "")]


def beside(plan, goals):
    say("threads")
    found = threads.measure(plan.passes, 30 * plan.seconds)
    (alone, _), (_, busy_worst) = found["as Fresnel chooses"]
    one = found["FRESNEL_THREADS=1"][0][0]
    goals.at_least("speed with the threads that Fresnel chooses, divided by one thread's", 0.95, one / alone)
    goals.at_most(f"beside a busy loop: the slowest of {plan.passes} passes, divided by the median without one", 3, busy_worst / alone, "times")
    return ["", "## Threads", "", f"{plan.passes} passes of 42 tokens, GPT-2 small's shape, alone and beside one busy loop. `bench/threads` measures the same.", "",
            *threads.table(found)]


def processor():
    about = Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", about)
    return (name[1].strip() if name else platform.processor()) + (" with AVX-512" if " avx512f " in about else "")


HEAD = """# Benchmarks

`bench/compare` writes this file: do not edit it. Processes of each side do the same work in turn. The first time does not
count. Work shorter than 0.3 s is done for 0.3 s before it counts, since a process that has waited computes slowly at first on a virtual
machine; then for 50 ms, and the mean counts. The tables show the median and the quartiles in milliseconds.
**Ratio**: the time of the faster TransformerLens divided by Fresnel's, so that more than 1 means that Fresnel is faster. Other
work on the machine lengthens the times, and the ratio of processor time less. **Limit**: the time that the arithmetic alone
takes, at the best rates measured in the same minute: the products of a pass, or for attribution reading W_O. The last column says
how many times as long Fresnel takes. `bench/compare --row NAME` measures one row alone, `bench/compare --causal` the causal experiments.

- Machine: a virtual machine with {cores} cores ({processor}), {system}. Its load average was {load:.1f} at the beginning;
  an idle machine's is near 0.
- {runtimes}. Everything in float32. Each side chooses its number of threads.
- TransformerLens has the newest torch that its users get from the package index, pinned in `bench/requirements-*.txt`. Golden
  files have pins of their own, in `parity/requirements.txt`, which change only with the files.
- Measured on {date}, in {minutes:.0f} minutes.

## Goals

"""
PASSES = """
## Passes

TransformerLens, in the order of the rows: `model(tokens)`; `run_with_cache(tokens)`; the same with `return_type=None` and a
filter for the patterns; from such a cache, `stack_head_results(pos_slice, apply_ln=True)` times one column of W_U; and with
`set_use_attn_result(True)`, `cache["result", layer]` times that column. Fresnel: `run(tokens).logits()`; `captureAll()`, the same hook
points, and the logits; `capture(PATTERN).stopAfterCapture()`; `LogitAttribution.ofNextToken` from Z; and the
same by the workshop's method, with the run."""
CAUSAL_TITLE = "\n## Causal experiments\n"
CAUSAL_HEAD = CAUSAL_TITLE + """
`bench/compare --causal` writes this part, and a whole `bench/compare` too. Measured on {date}, in {minutes:.0f} minutes, at a load average of {load:.1f} at
the beginning, on a virtual machine with {cores} cores ({processor}): the parts before may be another machine's. {runtimes}.

TransformerLens, in the order of the rows: `generate(do_sample=False)`; `edges` of `bench/tl_worker.py`, the published formula; from a
cache, `get_full_resid_decomposition(apply_ln)` times one column of W_U. Fresnel: `Generation.of`, greedy; `EdgeAttribution.of`;
`LogitAttribution.everywhere`. That and composition scores below are measured after three seconds of the same on each side, since Java
compiles what is used often.

The limits: of generation, reading all weights for each new token; of edges, the products of two passes forward and one back; of
attribution, reading W_O; of composition, the least arithmetic known, by Gram matrices; of sweeps, the products of the layers and
positions that a cell can change.

"""


# Parts of the page by the names that --row takes; passes, causal experiments and sweeps have several rows.
PARTS = {"loading": loading, "starting": starting, "training": training, "threads": beside}


def causal(plan, goals, keep):
    """The part of the page on causal experiments, with its goals and its date; `keep` takes what there is after each table."""
    load, begin = os.getloadavg()[0], time.monotonic()
    own = Goals()
    text, runtimes = passes(plan, own, CAUSAL, [CAUSAL_LENGTH])

    def page():
        head = CAUSAL_HEAD.format(runtimes=runtimes, load=load, cores=os.cpu_count(), processor=processor(), date=time.strftime("%Y-%m-%d"), minutes=(time.monotonic() - begin) / 60)
        return head + "\n".join([row("", "goal", "found", ""), rule(4), *own.lines, *text]) + "\n"

    keep(page())
    text += weights(plan, own)
    keep(page())
    for model in MODELS:
        text += sweeps(plan, own, model)
        keep(page())
    goals.lines += own.lines
    return page()


def alone(plan, goals):
    """Measures one row, and prints it and its goals."""
    if plan.only in KINDS:
        text = passes(plan, goals, KINDS, plan.lengths)[0]
    elif plan.only in CAUSAL:
        text = passes(plan, goals, CAUSAL, [CAUSAL_LENGTH])[0]
    elif plan.only == "composition":
        text = weights(plan, goals)
    else:
        text = sum((sweeps(plan, goals, model) for model in MODELS), []) if plan.only in SWEEPS else PARTS[plan.only](plan, goals)
    page = "\n".join([*text, "", row("", "goal", "found", ""), rule(4), *goals.lines]).strip() + "\n"
    plan.target.write_text(page)
    print(page)


def parts(page):
    """What stands before the part on causal experiments, that part, and the part on pages, which bench/pages/run writes."""
    before, pages, page_rows = page.partition("\n## Pages")
    before, experiments, experiment_rows = before.partition(CAUSAL_TITLE)
    return before, experiments + experiment_rows, pages + page_rows


def write(target, text):
    part = target.with_suffix(".part")
    part.write_text(text)
    os.replace(part, target)
    say(f"wrote {target.relative_to(ROOT)}")


def main():
    only = sys.argv[sys.argv.index("--row") + 1] if "--row" in sys.argv else None
    plan, goals = Plan("--quick" in sys.argv, only), Goals()
    if only:
        alone(plan, goals)
        return
    before, _, pages = parts(plan.target.read_text() if plan.target.exists() else "")
    if "--causal" in sys.argv:
        causal(plan, goals, lambda page: write(plan.target, before + page + pages))
        return
    load, begin = os.getloadavg()[0], time.monotonic()
    text, runtimes = passes(plan, goals, KINDS, plan.lengths)
    for part in PARTS.values():
        text += part(plan, goals)
    minutes = (time.monotonic() - begin) / 60
    table = "\n".join([row("", "goal", "found", ""), rule(4), *goals.lines])
    experiments = causal(plan, goals, lambda page: None)
    head = HEAD.format(cores=os.cpu_count(), processor=processor(), system=f"{platform.system()} {platform.machine()}", load=load,
                       runtimes=runtimes, date=time.strftime("%Y-%m-%d"), minutes=minutes)
    write(plan.target, head + table + "\n" + PASSES + "\n" + "\n".join(text) + "\n" + experiments + pages)


if __name__ == "__main__":
    main()
