"""Measures this machine with `lenet bench` and writes the tables of docs/BENCHMARKS.md from what came out.

    python3 tools/bench_record.py records/2026-11-29-bench      measure: five rounds of everything in turn
    python3 tools/bench_record.py                               rewrite the tables from the newest record
    python3 tools/bench_record.py --check                       fail if anything would change

The record has every figure of every round; the tables have medians over the rounds. Measuring needs a built release binary
and an otherwise idle machine, and takes some ten minutes.

Besides `lenet bench`, which measures from inside, each round runs the commands of PROGRAM from their start to their end, for
the seconds and the memory that whoever types them sees.
"""

import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from readme_results import ROOT, between
from record import machine, output

ROUNDS = 5
SECONDS = "1"
BATCHES = (64, 128, 256, 512)
LEVELS = ("avx512", "avx2", "sse4.2", "sse2", "neon", "scalar")
# What is run, and how often in a round.
PROGRAM = {
    "predict DIGIT.png": 10,
    "read docs/page.jpg": 5,
    "train": 1,
    "train --recipe best --passes 3": 1,
}


def commands(levels):
    """What is measured in each round, best level first."""
    for threads in ("1", "2"):
        for batch in BATCHES:
            yield ["training", "--threads", threads, "--batch", str(batch)]
        yield ["classification", "--threads", threads]
    yield ["one-image", "online", "layers", "peak", "--threads", "2"]
    for level in levels[1:]:
        kinds = ["peak", "training", "classification", "one-image", "online"]
        yield kinds + ["--threads", "2", "--batch", "512", "--level", level]


def bench(arguments):
    command = [ROOT / "target/release/lenet", "bench", "--json", "--quiet", "--seconds", SECONDS, *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["results"]


def digit(file):
    """A bar, as a PNG of 28x28 grey pixels: which digit it is does not matter to the time."""
    rows = b"".join(b"\0" + bytes(255 * (13 <= x < 16 and 4 <= y < 24) for x in range(28)) for y in range(28))
    chunks = (b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    png = [struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks]
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png))


def program():
    """Seconds from start to end and MB at the most of each run of PROGRAM.

    The memory is that of the larger of two, the command and this script, from which it is forked.
    """
    found = []
    with tempfile.TemporaryDirectory() as folder:
        digit(Path(folder) / "DIGIT.png")
        (Path(folder) / "docs").symlink_to(ROOT / "docs")
        for command, times in PROGRAM.items():
            for _ in range(times):
                begun = time.perf_counter()
                process = subprocess.Popen([ROOT / "target/release/lenet", *command.split(), "--quiet"], cwd=folder,
                                           stdout=subprocess.DEVNULL)
                _, status, usage = os.wait4(process.pid, 0)
                seconds = time.perf_counter() - begun
                if status:
                    sys.exit(f"lenet {command} failed")
                found.append({"command": command, "seconds": seconds, "megabytes": usage.ru_maxrss * 1024 / 1e6})
    return found


def measure(folder):
    if output("git", "status", "--porcelain", "--", "crates", "Cargo.toml", "Cargo.lock"):
        sys.exit("the code differs from its commit: commit first, so that the record can name what it measured")
    folder.mkdir(parents=True, exist_ok=True)
    levels = json.loads(output(str(ROOT / "target/release/lenet"), "info", "--json"))["levels"]
    record = {
        "machine": machine(),
        "commit": output("git", "rev-parse", "--short=12", "HEAD"),
        "command": f"lenet bench WHAT --seconds {SECONDS}, {ROUNDS} rounds of all in turn",
        "rounds": [],
        "program": [],
    }
    for number in range(ROUNDS):
        record["rounds"].append([figure for arguments in commands(levels) for figure in bench(arguments)])
        record["program"].append(program())
        text = json.dumps(record, separators=(",", ":")).replace('{"what"', '\n{"what"').replace('{"command"', '\n{"command"')
        (folder / "results.json").write_text(text + "\n")
        print(f"round {number + 1} of {ROUNDS}", flush=True)


class Figures:
    """All rounds, looked up by what was measured."""

    def __init__(self, rounds):
        self.rounds = rounds

    def of(self, what, level, threads=None, batch=None):
        def fits(f):
            return (
                f["what"] == what
                and f["level"] == level
                and threads in (None, f["threads"])
                and batch in (None, f["batch"])
            )

        return [figure for figures in self.rounds for figure in figures if fits(figure)]

    def median(self, what, level, threads=None, batch=None, key="median"):
        return statistics.median(f[key] for f in self.of(what, level, threads, batch))


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def main_table(f, level):
    """Speeds at the best level."""
    rows = []

    def row(name, what, threads, batch, unit):
        figures = f.of(what, level, threads, batch)
        value = lambda key: statistics.median(figure[key] for figure in figures)
        low, high = (pick(figure["median"] for figure in figures) for pick in (min, max))
        share = f"{100 * value('share_of_peak'):.0f} %" if figures[0]["share_of_peak"] else ""
        gflops = number(value("gflops"))
        rows.append(f"| {name} | {number(value('median'))} {unit} | {number(low)} to {number(high)} | {gflops} | {share} |")

    for threads in (1, 2):
        row(f"multiply-adds in registers, {threads} thread{'s' * (threads > 1)}", "peak", threads, None, "GFLOP/s")
    for threads in (1, 2):
        for batch in BATCHES:
            row(f"training, {threads} thread{'s' * (threads > 1)}, batch {batch}", "training", threads, batch, "images/s")
    for threads in (1, 2):
        row(f"classification, {threads} thread{'s' * (threads > 1)}", "classification", threads, None, "images/s")
    row("on-line training (`paper-1998`), 1 thread", "on-line", 1, None, "patterns/s")
    row("one image, 1 thread", "one image", 1, None, "µs")
    p99 = f.median("one image", level, key="p99")
    head = "| | median | the rounds | GFLOP/s | share of the peak |\n|---|---|---|---|---|\n"
    scaling = [f.median(what, level, 2, batch) / f.median(what, level, 1, batch)
               for what, batch in (("training", 512), ("classification", None))]
    return head + "\n".join(rows) + (
        f"\n\nOf a hundred calls for one image 99 take less than {number(p99)} µs. From one thread to two: training "
        f"{scaling[0]:.2f} times as fast (batch 512), classification {scaling[1]:.2f} times.\n"
    )


def layer_table(f, level):
    """Parts of training for one tile."""
    layers = [figure for figure in f.rounds[0] if figure["level"] == level and figure["unit"] == "us"]
    layers = [figure for figure in layers if figure["what"] != "one image"]
    lanes = layers[0]["batch"]
    peak = f.median("peak", level, 1)
    rows, after, total, least = [], [], 0.0, 0.0
    for figure in layers:
        what = figure["what"]
        time = f.median(what, level)
        total += time
        if what.startswith("("):  # counted above already
            total -= time
            after.append(f"| {what} | {number(time)} | | |")
        elif figure["gflops"]:
            bound = statistics.median(g["gflops"] * g["median"] for g in f.of(what, level)) / peak
            least += bound
            share = f"{100 * f.median(what, level, key='share_of_peak'):.0f} %"
            rows.append(f"| {what} | {number(time)} | {number(bound)} | {share} |")
        else:
            rows.append(f"| {what} | {number(time)} | | |")
    rows.append(f"| **all, {lanes} images** | **{number(total)}** | **{number(least)}** | **{100 * least / total:.0f} %** |")
    return "| part | µs | its multiply-adds at the peak, µs | share |\n|---|---|---|---|\n" + "\n".join(rows + after) + "\n"


def level_table(f, best):
    """All levels next to each other."""
    found = {figure["level"] for figure in f.rounds[0]}
    rows = []
    for level in [level for level in LEVELS if level in found]:
        cells = [f"{f.median('peak', level, 2):,.0f} GFLOP/s"]
        for what, batch in (("training", 512), ("classification", None)):
            cell = f"{f.median(what, level, 2, batch):,.0f}"
            if level != "scalar":  # which has no share, see below the table
                cell += f" ({100 * f.median(what, level, 2, batch, 'share_of_peak'):.0f} %)"
            cells.append(cell)
        cells += [f"{f.median('one image', level):.1f}", f"{f.median('on-line', level):,.0f}"]
        rows.append(f"| {level} | " + " | ".join(cells) + " |")
    head = "| level | peak, 2 threads | training, images/s | classification, images/s | one image, µs | on-line, patterns/s |\n"
    return head + "|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"


def program_table(rounds):
    """The whole program, as whoever types the command sees it."""
    rows = []
    for command in PROGRAM:
        runs = [run for found in rounds for run in found if run["command"] == command]
        value = lambda pick, key: pick(run[key] for run in runs)
        unit, scale = ("ms", 1000) if value(statistics.median, "seconds") < 1 else ("s", 1)
        median, low, high = (number(scale * value(pick, "seconds")) for pick in (statistics.median, min, max))
        rows.append(f"| `lenet {command}` | {median} {unit} | {low} to {high} | {value(max, 'megabytes'):.0f} MB | {len(runs)} |")
    return "| | from start to end | lowest to highest | memory, at the most | runs |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n"


def tables(check):
    folder = sorted((ROOT / "records").glob("*-bench"))[-1]
    record = json.loads((folder / "results.json").read_text())
    figures = Figures(record["rounds"])
    best = record["rounds"][0][0]["level"]
    at = record["machine"]
    origin = (
        f"{at['cpu']}, {at['cores']} cores, {at['rustc'].split(' (')[0]}, commit {record['commit']}, "
        f"[`{folder.relative_to(ROOT)}`](../{folder.relative_to(ROOT)}): {record['command']}.\n"
    )
    page = ROOT / "docs/BENCHMARKS.md"
    text = old = page.read_text()
    text = between(text, "speeds", main_table(figures, best) + "\n" + origin)
    text = between(text, "layers", layer_table(figures, best))
    text = between(text, "levels", level_table(figures, best))
    text = between(text, "program", program_table(record["program"]))
    if check and text != old:
        sys.exit("docs/BENCHMARKS.md is not up to date with records/; run: python3 tools/bench_record.py")
    page.write_text(text)
    print(f"docs/BENCHMARKS.md checked against {folder.relative_to(ROOT)}" + ("" if text == old else ", rewritten"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?", help="measure, into this folder of records/")
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    if options.folder:
        measure(options.folder.resolve())
    tables(options.check)


if __name__ == "__main__":
    main()
