"""The measuring part of bench/pages/run: makes the pages, measures them in Chromium, and writes the last part of docs/BENCHMARKS.md."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build/bench/pages"
HEADING = "\n## Pages, beside CircuitsVis\n"
BOTH = ["fresnel", "circuitsvis"]
ROWS = [  # name, figure, size, what is pointed at, sides
    ("12x32", "attention", "1x12x32", ["tokens", "heads"], BOTH),
    ("12x256", "attention", "1x12x256", ["tokens", "heads"], BOTH),
    ("24x512", "attention", "2x12x512", ["tokens", "heads"], ["fresnel"]),  # CircuitsVis's page has 88 MB
    ("9x2048", "attention", "1x9x2048", ["tokens", "heads"], ["fresnel"]),
    ("30x9x32", "grid", "30x9x32", ["heads"], BOTH),
    ("2048", "tokens", "1x1x2048", ["tokens"], BOTH),
]
GOALS = [  # row, measure, limit, unit, words
    ("12x256", "bytes", 400, "kB", "12 heads x 256 tokens: what they add to the page"),
    ("12x256", "painted", 500, "ms", "12 heads x 256 tokens: painted"),
    ("24x512", "bytes", 3000, "kB", "24 heads x 512 tokens: what they add to the page"),
    ("24x512", "work", 16, "ms", "pointer to the last draw call, 512 tokens"),
    ("9x2048", "work", 50, "ms", "pointer to the last draw call, 2,048 tokens"),
    ("30x9x32", "scroll", 20, "ms", "a frame while scrolling 30 x 9 heads (50 frames a second)"),
]


def worker_classpath():
    return f"{ROOT}/fresnel-bench/target/fresnel-bench.jar:{(ROOT / 'fresnel-bench/target/classpath.txt').read_text().strip()}"


def make(rows):
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.html"):
        old.unlink()
    empty = ["empty-attention=attention:1x1x2", "empty-grid=grid:1x1x2", "empty-tokens=tokens:1x1x2"]
    pages = {side: empty + [f"{name}={figure}:{size}" for name, figure, size, _, sides in rows if side in sides] for side in BOTH}
    java = Path(os.environ["JAVA_HOME"], "bin/java") if os.environ.get("JAVA_HOME") else "java"
    subprocess.run([java, "-Xmx6g", "-cp", worker_classpath(), "dev.fresnel.bench.Pages", FOLDER, *pages["fresnel"]], check=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bench/.venv/circuitsvis")}
    maker = [ROOT / "bench/.venv/2.16.1/bin/python", ROOT / "bench/pages/circuitsvis_pages.py", FOLDER, *pages["circuitsvis"]]
    subprocess.run(maker, check=True, env=environment)


def measure(rows):
    asked = [
        {"name": name, "figure": figure, "hover": hover, "sides": sides, "scroll": figure == "grid", "size": {"height": 600} if figure == "grid" else {}}
        for name, figure, _, hover, sides in rows
    ]
    answer = subprocess.run(["node", ROOT / "bench/pages/measure.mjs", FOLDER, json.dumps(asked)], check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(answer.stdout)
    return {name: {side: {**one, "patience": found["patience"]} for side, one in sides.items()} for name, sides in found["rows"].items()}


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def cell(found, value, *kinds):
    """A measured number, or what the page did not do in time."""
    if found.get("late") in kinds:
        return f"not {'painted ' if found['late'] == 'painted' else ''}within {found['patience']:g} s"
    return number(value)


def worst(found, part):
    values = [found[what][part] for what in ("tokens", "heads") if what in found and found[what][part] is not None]
    return max(values, default=None)


def goal_value(found, measure):
    if measure == "bytes":
        return found["bytes"] / 1000
    if measure == "work":
        return worst(found, "work")
    if measure == "scroll":
        return found.get("scroll", {}).get("p95")
    return found.get(measure)


def text(rows, results, version, load):
    lines = [
        HEADING,
        "`bench/pages/run` writes this part. The same noise (a softmax of standard normal numbers, which compresses worst) in figures of both",
        "sides: `attention_patterns`, for 30 x 9 heads `attention_heads`, and `colored_tokens` of CircuitsVis 1.43.3, each by the source that",
        f"needs no network. {version}, headless, software rendering, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, load average {load:.1f} at the beginning, {time.strftime('%Y-%m-%d')}.",
        "**Added**: the page less the same page with two tokens and one head. **Painted**: from the start of loading to the last draw call or",
        "changed element before 1.5 s of rest. **Pointer**: from a pointer event to the last draw call or changed element that it causes, and",
        "to the end of that frame, 95th percentile of as many of 40 points as fit into 25 s, over tokens and over small maps; the slower one counts. **Memory**: of the page's process.",
        "",
        "| page | side | added, kB | painted, ms | pointer, ms | pointer to frame, ms | frame while scrolling, ms | memory, MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    words = {"attention": "heads x tokens", "grid": "layers x heads x tokens", "tokens": "coloured tokens"}
    for name, figure, _, _, sides in rows:
        for side in sides:
            found = results[name][side]
            cells = [
                f"{name.replace('x', ' x ')} {words[figure]}",
                {"fresnel": "Fresnel", "circuitsvis": "CircuitsVis"}[side],
                number(found["bytes"] / 1000),
                cell(found, found.get("painted"), "painted"),
                cell(found, worst(found, "work"), "tokens", "heads"),
                cell(found, worst(found, "frame"), "tokens", "heads"),
                cell(found, found.get("scroll", {}).get("p95"), "scroll"),
                number(found.get("memory")),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| goal for Fresnel | at most | found | |", "| --- | --- | --- | --- |"]
    for name, part, limit, unit, what in GOALS:
        if name in results:
            found = goal_value(results[name]["fresnel"], part)
            met = "met" if found is not None and found <= limit else "**missed**"
            lines.append(f"| {what} | {limit} {unit} | {number(found)} {unit} | {met} |")
    return "\n".join(lines) + "\n"


def main():
    chosen = sys.argv[1:]
    rows = [row for row in ROWS if not chosen or row[0] in chosen]
    load = os.getloadavg()[0]
    make(rows)
    chromium = os.environ.get("FRESNEL_CHROMIUM", "/usr/bin/chromium")
    version = subprocess.run([chromium, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split(" built")[0].strip()
    part = text(rows, measure(rows), version, load)
    if chosen:
        print(part)
        return
    target = ROOT / "docs/BENCHMARKS.md"
    before = target.read_text().split(HEADING)[0]
    new = target.with_suffix(".part")
    new.write_text(before.rstrip("\n") + "\n" + part)
    os.replace(new, target)
    print(f"wrote {target.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
