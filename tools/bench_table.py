"""Writes the comparison with the peers in docs/BENCHMARKS.md from the newest record of tools/bench_peers.py.

    python3 tools/bench_table.py            rewrite what stands between the markers
    python3 tools/bench_table.py --check    fail if anything would change

The markers are <!-- peers:begin --> and <!-- peers:end -->. Another page and another record, for trials:
--page FILE --record FOLDER.
"""

import argparse
import json
import sys
from pathlib import Path

from readme_results import ROOT, between

PACKAGES = {  # the package whose version stands beside a peer's name
    "gemm": ("gemm",),
    "PyTorch": ("torch",),
    "PyTorch, torch.compile": ("torch",),
    "TensorFlow": ("tensorflow-cpu", "tensorflow"),
    "JAX": ("jax",),
    "ONNX Runtime": ("onnxruntime",),
    "OpenVINO": ("openvino",),
}
WORDS = {  # settings that need more words, or fewer, than "name value"
    ("constants", "as written"): "",
    ("constants", "folded"): "A and S folded into the weights",
    ("layout", "contiguous"): "",
    ("layout", "channels last"): "channels last",
    ("compiler", "none"): "",
    ("compiler", "XLA"): "XLA",
    ("waiting threads", "spinning"): "",
    ("waiting threads", "sleeping"): "threads sleep when they wait",
    ("batch", 1): "",
}


def setting(values):
    """How a row was measured, in words; defaults are not mentioned."""
    words = []
    for name, value in values.items():
        if (name, value) in WORDS:
            words.append(WORDS[name, value])
        elif name == "callers":
            words.append(f"{value} callers with one thread each" if value > 1 else "")
        elif name in ("level", "cut", "sharing"):
            words.append(value)
        else:
            words.append(f"{name} {value}")
    return ", ".join(filter(None, words))


def name(result, versions):
    if result["peer"] == "lenet":
        return "**lenet**"
    version = next((versions[key] for key in PACKAGES[result["peer"]] if key in versions), "")
    if result["peer"] == "gemm":
        return f"*the matrix products alone, crate `gemm` {version}*"
    head, _, mode = result["peer"].partition(", ")
    return f"{head} {version}" + (f", `{mode}`" if mode else "")


def digits(value):
    """About three digits, and all of those before the point."""
    return f"{value:,.{2 if value < 10 else 1 if value < 100 else 0}f}"


def in_order(results, unit):
    """Fastest first; the bound after the engines."""
    sign = -1 if unit == "images/s" else 1
    return sorted(results, key=lambda result: (result["peer"] == "gemm", sign * result["median"]))


def table(record, what):
    results = [result for result in record["results"] if result["what"] == what]
    if not results:
        return ""
    unit, threads = results[0]["unit"], results[0]["threads"]
    ours = next((result["median"] for result in results if result["peer"] == "lenet"), None)
    rate = unit == "images/s"
    title = {
        "training": "Training: forward, backward and the update",
        "classification": "Classification",
        "one image": "One image, warm",
    }[what]
    columns = ["", unit if rate else "µs, median", "lowest to highest"]
    columns += ([] if rate else ["µs, 99th percentile"]) + ["time, ours = 1", "setting"]
    lines = [
        f"**{title}**, {threads} thread{'s' if threads > 1 else ''}",
        "",
        "| " + " | ".join(columns).lstrip() + " |",
        "|---" + "|---:" * (len(columns) - 2) + "|---|",
    ]
    for result in in_order(results, unit):
        relative = ""
        if ours:
            relative = digits(ours / result["median"] if rate else result["median"] / ours)
            relative = "1" if result["peer"] == "lenet" else relative
        median = digits(result["median"])
        cells = [
            name(result, record["versions"]),
            f"**{median}**" if result["peer"] == "lenet" else median,
            f"{digits(result['low'])} to {digits(result['high'])}",
        ]
        if not rate:
            cells.append(digits(result["p99"]) if "p99" in result else "")
        lines.append("| " + " | ".join([*cells, relative, setting(result["setting"])]) + " |")
    return "\n".join(lines) + "\n\n"


def notes(record, folder):
    results, machine, versions = record["results"], record["machine"], record["versions"]
    rounds = max(result["n"] for result in results)
    level = f", level {record['ours']['level']}" if record.get("ours") else ""
    text = f"""{machine["cpu"]}, {machine["cores"]} cores{level}; commit {record["commit"]}, {record["date"]}; Python {versions["python"]}.
Medians of {rounds} rounds, in each of which everybody ran once, one after the other, as a process of its own that was held to as
many cores as it has threads. A first round chose the settings. Raw data: [`records/{folder.name}`](../records/{folder.name}/results.json).

The peers compute the same layers in float32; their outputs and losses were compared before they were timed. They differ
from ours in two layers. Their C3 is dense, 96 kernels of 5x5 as every framework has them, where Table I has 60: more
multiply-adds for an image, so images are what is compared. Their output is a linear layer with 10 outputs, and softmax
and cross-entropy in training, where ours is the paper's. They update with AdamW, all in the same form. Data lie in memory
as float32 and are not shuffled.
"""
    if any(result["peer"] == "gemm" for result in results):
        text += """
The matrix products alone are those that convolutions turn into ("im2col"), batch 256, with the dense C3: no copying of
patches, no squashing, no sub-sampling, no update. An engine that multiplies with that crate needs their time and more.
"""
    calls = [result for result in results if result["what"] == "empty call"]
    if calls:
        spent = " and ".join(f"{result['median']:.2g} µs for {result['peer']}" for result in calls)
        text += f"""
The peers are called from Python, as they mostly are; ours is called from Rust. A call that computes nothing (one number in,
the same number out) takes {spent}: that much of their time for one image is not the network.
"""
    peak = next((result for result in results if result["what"] == "peak"), None)
    if peak:
        reached = [
            f"{result['what']} {100 * result['share_of_peak']:.0f} %"
            for result in results
            if result["peer"] == "lenet" and "share_of_peak" in result and result["threads"] == peak["threads"]
        ]
        text += f"""
Peak of the multiply-add units as `lenet bench peak` measures it, {peak["threads"]} threads: {peak["median"]:.0f} GFLOP/s."""
        text += f" Ours reaches of it, by the\nmultiply-adds that it makes: {', '.join(reached)}.\n" if reached else "\n"
    skipped = sorted({f"{skip['peer']}, {skip['what']} ({skip['reason']})" for skip in record["skipped"]})
    if skipped:
        text += f"\nNot measured: {'; '.join(skipped)}.\n"
    return text


def content(record, folder):
    return "".join(table(record, what) for what in ("training", "classification", "one image")) + notes(record, folder)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true")
    options.add_argument("--page", type=Path, default=ROOT / "docs/BENCHMARKS.md", metavar="FILE")
    options.add_argument("--record", type=Path, metavar="FOLDER", help="instead of the newest records/*-bench-peers")
    options = options.parse_args()
    folders = [options.record] if options.record else sorted((ROOT / "records").glob("*-bench-peers"))
    if not folders:
        sys.exit("records/ has no *-bench-peers: python tools/bench_peers.py makes one")
    folder = folders[-1]
    record = json.loads((folder / "results.json").read_text())
    text = options.page.read_text()
    wanted = between(text, "peers", content(record, folder))
    if options.check and wanted != text:
        sys.exit(f"{options.page.name} is not up to date with records/{folder.name}\nrun: python3 tools/bench_table.py")
    if wanted != text:
        options.page.write_text(wanted)
    print(f"{options.page.name}: {'rewritten' if wanted != text else 'as'} from records/{folder.name}")


if __name__ == "__main__":
    main()
