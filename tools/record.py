"""Trains recipes over seeds and writes down what came out, with machine, commit and command.

    python3 tools/record.py records/2026-11-24-paper-1998 --seeds 1-5 --curve

trains every *.toml of the folder with `lenet train` for every seed and writes results.json beside them. Runs that
are in results.json already are not repeated as long as commit and recipe are the same. Needs a built release binary.

With --nets the files are named by networks instead of recipes, as in lenet-1.toml, and train these. With --keep FOLDER the
run folders stay there, and what the runs of a recipe come to together, their committee and the digits that all of them
misread, is written down too, as `lenet eval` measures it.
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


def lenet(*arguments):
    command = [ROOT / "target/release/lenet", *arguments, "--json", "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run_folder(folder, recipe, seed):
    return Path(folder).resolve() / f"{recipe.stem}-seed{seed}"


def train(recipe, seed, folder, options):
    run = run_folder(folder, recipe, seed)
    more = (["--net", recipe.stem] if options.nets else []) + (["--curve"] if options.curve else [])
    result = lenet("train", "--recipe", recipe, "--seed", str(seed), "--out", run, *more)
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


def together(recipes, options):
    """For each recipe the committee of its runs."""
    committees = {}
    for recipe in recipes:
        runs = [run_folder(options.keep, recipe, seed) for seed in options.seeds]
        if len(runs) > 1:
            answer = lenet("eval", *runs)
            misread = sorted(digit["index"] for digit in answer["committee"]["misread"])
            committees[recipe.stem] = {
                "members": len(runs),
                "test_errors": len(misread),
                "misread": misread,
                "misread_by_all": answer["misread_by_all"],
            }
    return committees


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--seeds", type=seeds, default=seeds("1"))
    arguments.add_argument("--curve", action="store_true", help="measure the test error after every pass too")
    arguments.add_argument("--nets", action="store_true", help="the recipes' files are named by networks: train those")
    arguments.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the run folders there, measure their committee")
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
            with tempfile.TemporaryDirectory() as folder:
                run = train(recipe, seed, options.keep or folder, options) | {"commit": commit}
            kept = [old for old in record["runs"] if (old["recipe"], old["seed"]) != (recipe.stem, seed)]
            record = {
                "machine": machine(),
                "command": "lenet train --recipe RECIPE --seed SEED"
                + (" --net NET" if options.nets else "") + (" --curve" if options.curve else ""),
                "runs": sorted(kept + [run], key=lambda run: (run["recipe"], run["seed"])),
            }
            write(file, record)
            print(f"{recipe.stem}, seed {seed}: {run['test_errors']} test errors, {run['seconds']} s", flush=True)
    if options.keep:
        write(file, record | {"together": together(recipes, options)})


def write(file, record):
    text = json.dumps(record, indent=None, separators=(",", ":"))
    file.write_text(text.replace('{"recipe"', '\n{"recipe"').replace('"together"', '\n"together"') + "\n")


if __name__ == "__main__":
    main()
