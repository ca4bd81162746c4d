"""Trains recipes over seeds and writes down what came out, with machine, commit and command.

    python3 tools/record.py records/2026-11-24-paper-1998 --seeds 1-5 --curve

trains every *.toml of the folder with `lenet train` for every seed and writes results.json beside them. Runs that
are in results.json already are not repeated as long as commit and recipe are the same. Needs a built release binary.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def machine():
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        fields = dict(
            (key.strip(), value.strip())
            for key, _, value in (line.partition(":") for line in info.read_text().splitlines())
            if value
        )
        cpu = f"{fields.get('model name', cpu)} (family {fields.get('cpu family')}, model {fields.get('model')})"
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "rustc": output("rustc", "--version"),
    }


def seeds(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def train(recipe, seed, curve):
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "target/release/lenet", "train", "--recipe", recipe, "--seed", str(seed)]
        command += ["--out", f"{folder}/run", "--json", "--quiet"] + (["--curve"] if curve else [])
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {
        "recipe": recipe.stem,
        "seed": seed,
        "level": result["level"],
        "test_errors": result["test"]["errors"],
        "test_patterns": result["test"]["patterns"],
        "misread": sorted(digit["index"] for digit in result["test"]["misread"]),
        "training_errors": result["training"]["errors"],
        "training_patterns": result["training"]["patterns"],
        "seconds": round(result["seconds"], 2),
        "history": result["history"],
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--seeds", type=seeds, default=seeds("1"))
    arguments.add_argument("--curve", action="store_true", help="measure the test error after every pass too")
    options = arguments.parse_args()
    recipes = sorted(options.folder.glob("*.toml"))
    if not recipes:
        sys.exit(f"{options.folder}: no recipe (*.toml) there")
    if output("git", "status", "--porcelain", "--", "crates", "Cargo.toml", "Cargo.lock"):
        sys.exit("the code differs from its commit: commit first, so that the record can name what it measured")
    file = options.folder / "results.json"
    record = json.loads(file.read_text()) if file.exists() else {"runs": []}
    commit = output("git", "rev-parse", "--short=12", "HEAD")
    done = {(run["recipe"], run["seed"]) for run in record["runs"] if run["commit"] == commit}
    for seed in options.seeds:
        for recipe in recipes:
            if (recipe.stem, seed) in done:
                continue
            run = train(recipe, seed, options.curve) | {"commit": commit}
            kept = [old for old in record["runs"] if (old["recipe"], old["seed"]) != (recipe.stem, seed)]
            record = {
                "machine": machine(),
                "command": "lenet train --recipe RECIPE --seed SEED" + (" --curve" if options.curve else ""),
                "runs": sorted(kept + [run], key=lambda run: (run["recipe"], run["seed"])),
            }
            file.write_text(json.dumps(record, indent=None, separators=(",", ":")).replace('{"recipe"', '\n{"recipe"') + "\n")
            print(f"{recipe.stem}, seed {seed}: {run['test_errors']} test errors, {run['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
