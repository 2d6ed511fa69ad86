"""Runs the workshop's notebooks of a folder: `python run-notebooks.py FOLDER solved|hard [NOTEBOOK...]`, with the Python of an
environment that has nbclient. With solutions no cell fails, each check passes, each figure is there, and what the text says
of the bundled model (or of SmolLM2, where model.txt names it) is what the cells print; with stubs each check says that it is not written yet, and the notebook goes on
to its end."""
import asyncio
import os
import pathlib
import re
import sys
import time

folder = pathlib.Path(sys.argv[1]).resolve()
solved = sys.argv[2] == "solved"
os.environ["JUPYTER_PATH"] = str(folder / ".fresnel/jupyter")
import nbclient  # noqa: E402 (reads the path when it is loaded)
import nbformat  # noqa: E402

# How long a kernel may take to start, in seconds. It takes some 3 of one core; the usual limit of 60 is too little where
# twenty other programs are at work.
PATIENCE = 600
# Kernels that run at once: each keeps one core busy most of its time.
AT_ONCE = 2
chosen = (folder / "model.txt").read_text() if (folder / "model.txt").exists() else ""
# What the text states of the model that the chapters run: the bundled one, or SmolLM2.
STATED = re.compile(r"```text" + (" smollm2" if "SmolLM2" in chosen else "") + r"\n(.*?)\n```", re.DOTALL)


def printed(cell):
    return "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream")


def shown(cell):
    return "".join(str(o.get("data", {}).get("text/plain", "")) for o in cell.get("outputs", []))


def check(notebook):
    """What is wrong with an executed notebook, and how many checks, figures and stated outputs it has."""
    wrong, counts = [], {"checks": 0, "figures": 0, "outputs as stated": 0}
    before = None  # the last cell of code
    missing = False  # whether an answer was missing so far: then what it would have given is not there either
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        failed = [f"{o.ename}: {o.evalue}" for o in cell.get("outputs", []) if o.output_type == "error"]
        if failed and (solved or "raises-exception" not in tags):
            wrong.append(f"{cell.id}: {failed}")
        missing = missing or any("NotWrittenYet" in each for each in failed)
        if failed and not missing:
            wrong.append(f"{cell.id}: fails for another reason than an answer that is missing: {failed}")
        if "check" in tags:
            counts["checks"] += 1
            said = shown(cell)
            expected = cell.id.removeprefix("check-") + ": " + ("passed" if solved else "not written yet")
            if said != expected and not (not solved and said.startswith(expected) and "write that first" in said):
                wrong.append(f"{cell.id}: said {said!r}, expected {expected!r}")
        if solved and "figure" in tags:
            frames = sum("<iframe" in o.get("data", {}).get("text/html", "") for o in cell.outputs)
            counts["figures"] += frames
            if not frames:
                wrong.append(f"{cell.id}: shows no figure")
        if solved and cell.cell_type == "markdown":
            for stated in STATED.findall(cell.source):
                counts["outputs as stated"] += 1
                if stated.strip() not in printed(before):
                    wrong.append(f"{cell.id}: the text states\n{stated}\nand the cell printed\n{printed(before)}")
        if cell.cell_type == "code":
            before = cell
    return wrong, counts


async def run(name, gate):
    """An executed notebook, or what stopped it."""
    notebook = nbformat.read(folder / name, as_version=4)
    nbformat.validate(notebook)
    if any(cell.get("outputs") for cell in notebook.cells):
        wrong.append(f"{name}: has outputs before it is run")
    client = nbclient.NotebookClient(
        notebook, timeout=300, startup_timeout=PATIENCE, allow_errors=not solved, resources={"metadata": {"path": str(folder)}})
    async with gate:
        start = time.time()
        try:
            await client.async_execute()
        except nbclient.exceptions.CellExecutionError as e:
            wrong.append(f"{name}: stopped: {str(e)[-1500:]}")
            return None
        print(f"{name}: run to its end in {time.time() - start:.0f} s", flush=True)
    return notebook


async def run_all():
    gate = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(*(run(name, gate) for name in names))


names = sys.argv[3:] or sorted((p.name for p in folder.glob("*.ipynb")), key=lambda name: int(name.split("-")[0]))
wrong, total = [], {}
for name, notebook in zip(names, asyncio.run(run_all())):
    if notebook is None:
        continue
    found, counts = check(notebook)
    wrong += [f"{name}, {each}" for each in found]
    total = {what: total.get(what, 0) + count for what, count in counts.items()}
print(f"{len(names)} notebooks, " + ", ".join(f"{count} {what}" for what, count in total.items()))
if solved and not all(total.values()) and len(names) > 1:
    wrong.append(f"something is missing: {total}")
sys.exit("\n".join(wrong) if wrong else 0)
