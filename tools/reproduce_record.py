"""Does all experiments and writes down what became of the claims.

    python3 tools/reproduce_record.py records/2026-12-01-reproduce

runs `lenet reproduce` in full and writes results.json: of each experiment its claim, whose it is, whether it holds, verdict, method, tables and
seconds. With --from FOLDER it takes what is there already of an earlier run of the same program. Needs a built release binary.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from record import ROOT, machine, output


def experiments(lenet):
    """Name, whose claim, claim, in the order of the report."""
    lines = subprocess.run([lenet, "reproduce", "--list"], check=True, capture_output=True, text=True).stdout
    return [(line[:14].strip(), line[14:27].strip(), line[27:]) for line in lines.splitlines()]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--from", dest="source", type=Path)
    given = arguments.parse_args()
    if output("git", "status", "--porcelain", "--", "crates"):
        sys.exit("crates/ has changes that are not committed: a record has to name the commit that made it")
    lenet = ROOT / "target/release/lenet"
    with tempfile.TemporaryDirectory() as temporary:
        report = given.source or Path(temporary) / "reproduction"
        began = time.monotonic()
        subprocess.run([lenet, "reproduce", "--out", report], check=True)
        wall = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = []
        for name, origin, claim in experiments(lenet):
            kept = json.loads((report / "outcomes" / f"{name}.json").read_text())
            outcome = kept["outcome"]
            judged = {key: outcome[key] for key in ("judgement", "verdict", "method", "tables")}
            done.append({"experiment": name, "origin": origin, "claim": claim, "seconds": round(kept["seconds"], 1)} | judged)
        settings = kept["settings"]
    record = {
        "commit": output("git", "rev-parse", "--short", "HEAD"),
        "machine": machine(),
        "command": "lenet reproduce",
        "settings": settings,
        "wall_seconds": round(wall, 1),
        "user_seconds": round(used.ru_utime, 1),
        "system_seconds": round(used.ru_stime, 1),
        "experiments": done,
    }
    given.folder.mkdir(parents=True, exist_ok=True)
    (given.folder / "results.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
