"""Writes down how well pages of test digits are read, by cuts and by the replicated network and with more or fewer of them rejected, and which runs the shipped
weights are from.

    python3 tools/reading_record.py records/2026-11-26-reading --runs runs --trained COMMIT

RUNS has the run folders reading-1, reading-2 and so on, pieces-1 and strings-1, whose weights ship; they were trained at COMMIT, strings-1 at that of --strings-trained. Without
--runs what the record says of training stays: the reader has changed and the weights have not. Needs a built release binary.
"""

import argparse
import json
import sys
from pathlib import Path

from record import ROOT, lenet, machine, output


# Shares of the digits that may be rejected, in %, beside the one of the program.
RATES = (0, 0.3, 3, 10)


def slim(answer):
    """Scores with a page that was not read right as [number, truth, what was read]."""
    for score in answer["scores"]:
        score["failures"] = [[page["page"], page["truth"], page["read"]] for page in score["failures"]]
        score.pop("sure", None)
    return answer


def measured(command):
    arguments = command.split()[1:]
    return {"commit": output("git", "rev-parse", "--short", "HEAD"), "machine": machine(), "command": command, **slim(lenet(*arguments))}


def rejecting(command, rate):
    """What there is to say of the same pages if other shares of the digits may be rejected."""
    answer = measured(f"{command} --reject {rate}")
    scores = [{key: score[key] for key in ("task", "pages", "right", "rejected")} for score in answer["scores"]]
    return {key: answer[key] for key in ("command", "commit", "machine", "reject")} | {"scores": scores}


def trained(folder, commit):
    result = json.loads((folder / "result.json").read_text())
    recipe, seed = result["recipe"]["name"], result["seed"]
    first = json.loads((folder / "run.json").read_text()).get("from")
    return {
        "command": f"lenet train --recipe {recipe} --seed {seed}" + (f" --from {Path(first).name}" if first else ""),
        "commit": commit,
        "level": result["level"],
        "test_errors": result["test"]["errors"],
        "test_patterns": result["test"]["patterns"],
        "training_errors": result["training"]["errors"],
        "seconds": round(result["seconds"], 1),
        "errors_by_pass": [each["errors"] for each in result["history"]],
    }


def training(asked):
    if asked.runs is None:
        return json.loads((ROOT / asked.record / "results.json").read_text())["training"]
    commits = lambda folder: asked.strings_trained if folder.name.startswith("strings") else asked.trained
    folders = [folder for kind in ("reading", "pieces", "strings") for folder in sorted(asked.runs.glob(f"{kind}-*"))]
    return [trained(folder, commits(folder)) for folder in folders]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("record", type=Path)
    arguments.add_argument("--runs", type=Path)
    arguments.add_argument("--trained", metavar="COMMIT")
    arguments.add_argument("--pages", type=int, default=10_000, help="of single digits: so many show each test digit once")
    arguments.add_argument("--strings-trained", metavar="COMMIT")
    asked = arguments.parse_args()
    if asked.runs and not (asked.trained and asked.strings_trained):
        arguments.error("--runs needs the commits of --trained and --strings-trained")
    if output("git", "status", "--porcelain", "--untracked-files=no", "--", "crates"):
        sys.exit("the code differs from its commit: commit first, so that the record can name what it measured")

    command = f"lenet eval-reading --pages {asked.pages}"
    results = {**measured(command), "training": training(asked)}
    replicated = measured(f"{command} --touching replicated")
    for score in replicated["scores"]:
        del score["failures"]
    replicated["scores"] = [score for score in replicated["scores"] if score["task"].startswith("five digits")]
    rejection = [rejecting(command, rate) for rate in RATES]
    for name, content in (("results", results), ("replicated", replicated), ("rejection", rejection)):
        (ROOT / asked.record / f"{name}.json").write_text(json.dumps(content, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
