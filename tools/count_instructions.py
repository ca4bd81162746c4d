"""Counts the instructions that the kernels execute and compares them with records/instructions.json.

    python3 tools/count_instructions.py            # fails where a count is off by more than the tolerance
    python3 tools/count_instructions.py --update   # writes the counts that it found

A count does not depend on what else the machine does, so it shows a kernel that became slower where a clock can't.
Valgrind counts what crates/lenet/examples/instructions.rs executes; each kind of work is run with two numbers of
repetitions, and the difference, divided, is the count of one repetition without start-up and preparation. Valgrind's
processor has AVX2 and no AVX-512, so the level is avx2 wherever the machine has that much.

Another version of the compiler gives other counts: the file names the version it was made with, and nothing is
compared under another one. Fewer instructions than expected fail as well, so that a gain is written down and the next
loss is measured from there.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "records/instructions.json"
WHAT = "instructions per repetition of each kind of work in crates/lenet/examples/instructions.rs; " \
       "made by: python3 tools/count_instructions.py --update"
LEVEL = "avx2"
TOLERANCE_PERCENT = 2
# Repetitions: the first ones fill buffers and resolve functions of the C library, the others are counted.
BEFORE, COUNTED = 5, 20
INSTALL_SECONDS = 180


def skip(reason):
    print(f"instructions: skipped, because {reason}")
    sys.exit(0)


def rustc_version():
    return subprocess.run(
        [os.environ.get("RUSTC", "rustc"), "--version"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def need_valgrind():
    """Installs Valgrind where that takes no question: as root on Debian and its relatives."""
    if not shutil.which("valgrind") and shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "valgrind"]):
            try:
                subprocess.run(
                    ["apt-get", "-qq", *command], env=environment, timeout=INSTALL_SECONDS,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
            except subprocess.TimeoutExpired:
                break
    if not shutil.which("valgrind"):
        skip("valgrind is not installed")


def build():
    """The path of the example, built with the features that `cargo test --release` gives it."""
    messages = subprocess.run(
        ["cargo", "build", "--release", "--example", "instructions", "--message-format=json-render-diagnostics"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    for message in map(json.loads, messages.splitlines()):
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "instructions":
            return message["executable"]
    sys.exit("error: cargo built no example `instructions`")


def kinds(program):
    return subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def total(program, kind, repetitions):
    """All instructions of one run of the program."""
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, kind, str(repetitions)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    collected = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not collected:
        sys.exit(f"error: {kind} under valgrind failed with {run.returncode}:\n{run.stderr}")
    level = run.stdout.strip()
    if level != LEVEL:
        sys.exit(f"error: under valgrind the program chose the level {level}, the counts are those of {LEVEL}")
    return int(collected.group(1))


def count(program, kind):
    more, fewer = (total(program, kind, repetitions) for repetitions in (BEFORE + COUNTED, BEFORE))
    return round((more - fewer) / COUNTED)


def compare(found, expected, tolerance):
    """The offences, as sentences; prints every count."""
    offences = []
    for kind, counted in found.items():
        if kind not in expected:
            print(f"{kind:20} {counted:>12,}")
            offences.append(f"{kind} has no expected count")
            continue
        change = 100 * (counted / expected[kind] - 1)
        print(f"{kind:20} {counted:>12,}  expected {expected[kind]:>12,}  {change:+.2f} %")
        if abs(change) > tolerance:
            offences.append(f"{kind} takes {change:+.2f} % instructions, the tolerance is {tolerance} %")
    offences += [f"{kind} is expected, but the program does not know it" for kind in expected if kind not in found]
    return offences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write the counts instead of comparing them")
    update = parser.parse_args().update
    if platform.machine() not in ("x86_64", "AMD64"):
        skip(f"the counts are those of x86-64, this is {platform.machine()}")
    info = Path("/proc/cpuinfo")
    if info.exists() and "avx2" not in info.read_text().split():
        skip("this processor has no AVX2, and Valgrind shows programs no more than the processor has")
    rustc = rustc_version()
    record = {} if update else json.loads(RECORD.read_text())
    if not update and record["rustc"] != rustc:
        skip(f"counts depend on the compiler: {RECORD.relative_to(ROOT)} is of {record['rustc']}, this is {rustc}")
    need_valgrind()
    program = build()
    found = {kind: count(program, kind) for kind in kinds(program)}
    if update:
        record = {
            "what": WHAT, "rustc": rustc, "level": LEVEL, "tolerance_percent": TOLERANCE_PERCENT, "instructions": found
        }
        RECORD.write_text(json.dumps(record, indent=2) + "\n")
    offences = compare(found, record["instructions"], record["tolerance_percent"])
    if offences:
        sys.exit("error: " + "\nerror: ".join(offences)
                 + "\nif that is intended: python3 tools/count_instructions.py --update, and say why in the commit")


if __name__ == "__main__":
    main()
