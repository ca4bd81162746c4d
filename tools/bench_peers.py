"""Measures who else does the work of LeNet-5 on this processor, in turn with ours, and writes down what came out.

    python3 -m venv peers && peers/bin/pip install -r tools/bench_peers.requirements.txt
    cargo build --release
    peers/bin/python tools/bench_peers.py                 # a quarter of an hour; leave the machine alone meanwhile
    python3 tools/bench_table.py                          # its table, into docs/BENCHMARKS.md

The record is records/DATE-bench-peers/results.json. Peers are PyTorch, PyTorch with torch.compile (needs a C++ compiler
and Python's headers), TensorFlow, JAX, ONNX Runtime and OpenVINO; a peer that cannot run is listed in the record with
the reason. The crate `gemm` is measured with the matrix products alone (tools/bench_gemm).

What is the same for all: network, float32, threads (set in the framework, and by the affinity of the process), data in
memory, and for training AdamW in the same form. tools/bench_peers_networks.py has the networks, tools/bench_peers_worker.py proves that they agree.
Ours differs in C3, which has the 60 kernels of Table I instead of 96, and in the output, which is the paper's.

Method. First a scouting round tries every setting of every peer (batch size, layout, ...) for a moment and keeps the
best one. Then come the rounds that count: in each of them everybody runs once, one after the other, each time as a new
process, for --seconds after a warm-up. So whatever else the machine does hits all alike. The rows of a round begin with
another one each time. Reported are median, lowest and highest over the rounds.
"""

import argparse
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from record import ROOT, machine, output

WORKER = ROOT / "tools/bench_peers_worker.py"
GEMM = ROOT / "tools/bench_gemm"
KINDS = ("peak", "training", "classification", "one image", "empty call")
UNITS = {"peak": "GFLOP/s", "training": "images/s", "classification": "images/s"}  # "us" otherwise: less is better
SCOUTING = 0.4  # seconds for each setting
PATIENCE = 1800  # seconds for a process; torch.compile takes minutes where it has many settings to compile


class Skip(Exception):
    """Why a row cannot be measured, without the folders of this machine: the reason stands in the record."""

    def __init__(self, reason):
        super().__init__(re.sub(r"(?<![\w.])(/[\w.+@-]+)+/", "", str(reason)))


def settings(**choices):
    """Every combination: settings(batch=(64, 128), layout=("a", "b")) has four."""
    combinations = [{}]
    for name, values in choices.items():
        combinations = [c | {name.replace("_", " "): value} for c in combinations for value in values]
    return combinations


# Rows: who does what, with which settings ----------------------------------------------------------------------------


class Row:
    def __init__(self, peer, kind, threads, candidates=({},)):
        self.peer, self.kind, self.threads, self.candidates = peer, kind, threads, list(candidates)
        self.unit = UNITS.get(kind, "us")

    def best(self, measurements):
        return (min if self.unit == "us" else max)(measurements, key=lambda found: found["value"])


class Python(Row):
    """A peer that is called from Python: measured by the worker."""

    def __init__(self, key, *arguments):
        super().__init__(*arguments)
        self.key = key

    def measure(self, bench, seconds, candidates):
        # How threads wait is set by a variable of the environment, so it takes a process of its own.
        groups = {}
        for candidate in candidates:
            policy = {"spinning": "active", "sleeping": "passive"}.get(candidate.get("waiting threads"))
            groups.setdefault(policy, []).append(candidate)
        found, errors = [], []
        for policy, group in groups.items():
            command = [bench.python, WORKER, self.key, self.kind, self.threads, seconds, json.dumps(group)]
            answer = bench.call(command, self.threads, {"OMP_WAIT_POLICY": policy} if policy else {})
            if "skip" in answer:
                raise Skip(answer["skip"])
            bench.versions |= answer["versions"]
            found += [result for result in answer["results"] if "value" in result]
            errors += [result["error"] for result in answer["results"] if "error" in result]
        if not found:
            raise Skip(errors[0])
        return found


class Gemm(Row):
    """The crate `gemm`: its harness measures all ways to arrange the products, however many are asked for."""

    def measure(self, bench, seconds, _):
        answer = bench.call([bench.gemm(), self.kind, self.threads, seconds], self.threads)
        candidate = lambda result: {"batch": answer["batch"], "cut": result["cut"], "sharing": result["sharing"]}
        return [
            {"candidate": candidate(result), "value": result["rate"], "gflops": result["gflops"]}
            for result in answer["results"]
        ]


class Ours(Row):
    def measure(self, bench, seconds, candidates):
        return [found for candidate in candidates for found in self.measured(bench, seconds, candidate)]

    def measured(self, bench, seconds, candidate):
        if not Path(bench.lenet).exists():
            raise Skip("its binary is not there: cargo build --release")
        command = [bench.lenet, "bench", self.kind.replace(" ", "-"), "--threads", self.threads, "--json"]
        command += ["--seconds", seconds] + (["--batch", candidate["batch"]] if candidate.get("batch") else [])
        answer = bench.call(command, self.threads)
        bench.ours = {key: answer.get(key) for key in ("program", "processor", "cores", "level")}
        kept = ("p99", "low", "high", "n", "gflops", "share_of_peak")
        found = [
            {"candidate": {"batch": result["batch"], "level": result["level"]}, "value": result["median"]}
            | {key: result[key] for key in kept if result.get(key) is not None}
            for result in answer["results"]
            if result["what"] == self.kind and result["threads"] == self.threads
        ]
        if not found:
            raise Skip(f"{' '.join(map(str, command[1:]))} reports nothing about it with {self.threads} threads")
        return found


def rows(threads):
    small, large, both = (64, 128, 256), (64, 256, 1024), ("contiguous", "channels last")
    graphs, waits = ("as written", "folded"), ("spinning", "sleeping")
    pytorch, compiled = ("pytorch", "PyTorch"), ("pytorch-compile", "PyTorch, torch.compile")
    ort, openvino, tensorflow, jax = (
        ("onnxruntime", "ONNX Runtime"), ("openvino", "OpenVINO"), ("tensorflow", "TensorFlow"), ("jax", "JAX")
    )
    torch_settings = dict(layout=both, waiting_threads=waits)
    sharing = settings(waiting_threads=waits) + [{"callers": threads}] if threads > 1 else [{}]
    ort_settings = [c | s for c in settings(batch=large, constants=graphs) for s in sharing]
    compilers = ("none", "XLA")
    rows = [Ours("lenet", "peak", threads)]
    rows += [
        Ours("lenet", "training", threads, settings(batch=(64, 128, 256, 512))),
        Python(*pytorch, "training", threads, settings(batch=small, **torch_settings)),
        Python(*compiled, "training", threads, settings(batch=small, **torch_settings)),
        Python(*tensorflow, "training", threads, settings(batch=small, compiler=compilers)),
        Python(*jax, "training", threads, settings(batch=small, layout=both)),
        Gemm("gemm", "training", threads),
    ]
    rows += [
        Ours("lenet", "classification", threads),
        Python(*ort, "classification", threads, ort_settings),
        Python(*openvino, "classification", threads, settings(batch=large, constants=graphs)),
        Python(*pytorch, "classification", threads, settings(batch=large, constants=graphs, **torch_settings)),
        Python(*compiled, "classification", threads, settings(batch=large, **torch_settings)),
        Python(*tensorflow, "classification", threads, settings(batch=large, compiler=compilers)),
        Python(*jax, "classification", threads, settings(batch=large, layout=both)),
        Gemm("gemm", "classification", threads),
    ]
    rows += [
        Ours("lenet", "one image", 1),
        Python(*ort, "one image", 1, settings(batch=(1,), constants=graphs)),
        Python(*openvino, "one image", 1, settings(batch=(1,), constants=graphs)),
        Python(*pytorch, "one image", 1, settings(batch=(1,), constants=graphs, layout=both)),
        Python(*compiled, "one image", 1, settings(batch=(1,), layout=both)),
        # What the call from Python takes of the times above.
        Python(*ort, "empty call", 1),
        Python(*openvino, "empty call", 1),
    ]
    return rows


# Processes -----------------------------------------------------------------------------------------------------------


def cores():
    """Processors that this process may use, one of each physical core first."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed, first, others, seen = sorted(os.sched_getaffinity(0)), [], [], set()
    for cpu in allowed:
        file = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings = file.read_text() if file.exists() else str(cpu)
        (others if siblings in seen else first).append(cpu)
        seen.add(siblings)
    return first + others


class Bench:
    def __init__(self, options, scratch):
        self.python, self.lenet, self.scratch = options.python, options.lenet, scratch
        self.versions, self.ours, self.cores, self.harness = {}, None, cores(), None

    def environment(self, threads):
        """Only what programs need, so that no setting of the caller's shell decides (OPENBLAS_CORETYPE and the like)."""
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
            "OPENBLAS_NUM_THREADS": str(threads),
            "RAYON_NUM_THREADS": str(threads),
            "NPROC": str(threads),  # JAX
            "JAX_PLATFORMS": "cpu",
            "CUDA_VISIBLE_DEVICES": "",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TORCHINDUCTOR_CACHE_DIR": f"{self.scratch}/inductor",  # what the scouting round compiled, later ones load
        }

    def call(self, command, threads, extra=None):
        """Runs a program on that many cores and returns the JSON object in the last line of its output."""
        pin = (lambda: os.sched_setaffinity(0, self.cores[:threads])) if self.cores else None
        try:
            done = subprocess.run(
                [str(part) for part in command],
                cwd=ROOT,
                env=self.environment(threads) | (extra or {}),
                preexec_fn=pin,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise Skip(f"not finished after {PATIENCE} s") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise Skip(f"exit code {done.returncode}: {last}")
        try:
            return json.loads(done.stdout)  # ours may be spread over lines
        except json.JSONDecodeError:
            return json.loads(done.stdout.strip().splitlines()[-1])

    def gemm(self):
        """The harness of the crate `gemm`, built when first asked for."""
        if self.harness is None:
            target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "bench_gemm"
            command = ["cargo", "build", "--release", "--locked", "--manifest-path", GEMM / "Cargo.toml"]
            done = subprocess.run([*command, "--target-dir", target], cwd=ROOT, capture_output=True, text=True)
            if done.returncode:
                raise Skip(f"does not build: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
            self.harness = target / "release/bench-gemm"
            lock = (GEMM / "Cargo.lock").read_text()
            self.versions["gemm"] = lock.split('name = "gemm"\nversion = "')[1].split('"')[0]
        return self.harness


# Rounds --------------------------------------------------------------------------------------------------------------


def number(value):
    return float(f"{value:.5g}")


def says(text):
    print(text, file=sys.stderr, flush=True)


def label(row):
    return f"{row.kind}, {row.peer}"


def described(candidate):
    return ", ".join(f"{name} {value}" for name, value in candidate.items() if value is not None) or "one setting"


def scout(bench, wanted, skipped):
    """The rows that can be measured, each with its best setting."""
    ready = []
    for row in wanted:
        try:
            found = row.measure(bench, SCOUTING, row.candidates)
        except Skip as reason:
            says(f"skipped: {label(row)}: {reason}")
            skipped.append({"what": row.kind, "peer": row.peer, "reason": str(reason)})
            continue
        row.scouted = [{"candidate": f["candidate"], "value": number(f["value"])} for f in found]
        row.losses = {f["candidate"]["batch"]: f["loss"] for f in found if "loss" in f}
        row.chosen, row.found = row.best(found)["candidate"], []
        says(f"{label(row)}: {described(row.chosen)}, about {row.best(found)['value']:.5g} {row.unit}")
        ready.append(row)
    return same_work(ready, skipped)


def same_work(ready, skipped):
    """Without the rows whose loss after the first steps is not the others': they train something else."""
    losses = {}
    for row in ready:
        for batch, loss in row.losses.items():
            losses.setdefault(batch, []).append(loss)
    agreed = []
    for row in ready:
        wrong = [(b, l) for b, l in row.losses.items() if abs(l - statistics.median(losses[b])) > 1e-3]
        if wrong:
            reason = f"loss {wrong[0][1]} after the first steps of batch {wrong[0][0]}, not that of the others"
            says(f"skipped: {label(row)}: {reason}")
            skipped.append({"what": row.kind, "peer": row.peer, "reason": reason})
        else:
            agreed.append(row)
    return agreed


def turn(bench, row, seconds, skipped):
    try:
        found = row.measure(bench, seconds, [row.chosen])
        found = [f for f in found if f["candidate"] == row.chosen]
        if not found:
            raise Skip("no longer reports the setting that the scouting round chose")
    except Skip as reason:
        says(f"failed: {label(row)}: {reason}")
        skipped.append({"what": row.kind, "peer": row.peer, "reason": f"a round of it: {reason}"})
        return
    row.found.append(found[0])


def summary(row):
    values = [found["value"] for found in row.found]
    result = {
        "what": row.kind,
        "peer": row.peer,
        "threads": row.threads,
        "setting": {name: value for name, value in row.chosen.items() if value is not None},
        "unit": row.unit,
        "median": number(statistics.median(values)),
        "low": number(min(values)),
        "high": number(max(values)),
        "n": len(values),
    }
    for key in ("p99", "gflops", "share_of_peak"):
        if all(key in found for found in row.found):
            result[key] = number(statistics.median(found[key] for found in row.found))
    result["rounds"] = [
        {key: number(value) if isinstance(value, float) else value for key, value in found.items() if key != "candidate"}
        for found in row.found
    ]
    result["scouting"] = row.scouted
    return result


def written(record):
    """JSON with a line for each result."""
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    return text.replace('{"what"', '\n{"what"').replace('],"skipped"', '],\n"skipped"') + "\n"


def commit(allow_changes):
    """The commit that is measured; a record has to be able to name it."""
    paths = ("crates", "Cargo.toml", "Cargo.lock", "tools")
    changed = output("git", "status", "--porcelain", "--", *paths)
    if changed and not allow_changes:
        sys.exit("the code differs from its commit: commit first, or say --changed for a trial that is not kept")
    return output("git", "rev-parse", "--short=12", "HEAD") + (" and changes" if changed else "")


def load():
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lenet", default=ROOT / "target/release/lenet", type=Path, metavar="FILE", help="our binary")
    options.add_argument("--python", default=sys.executable, metavar="FILE", help="the interpreter that has the peers")
    options.add_argument("--threads", type=int, default=2, help="of training and classification (2)")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.5, help="for each measurement of a round (1.5)")
    options.add_argument("--what", nargs="+", choices=KINDS, default=KINDS, help="only these")
    options.add_argument("--peers", nargs="+", metavar="NAME", help="only these: lenet, gemm, pytorch, openvino, ...")
    options.add_argument("--out", type=Path, metavar="DIR", help="instead of records/DATE-bench-peers")
    options.add_argument("--changed", action="store_true", help="measure code that is not committed")
    options = options.parse_args()

    if options.rounds < 1 or options.threads < 1:
        sys.exit("rounds and threads begin at 1")
    found = cores()
    if found and len(found) < options.threads:
        sys.exit(f"{options.threads} threads need as many processors; this process may use {len(found)}")
    wanted = [row for row in rows(options.threads) if row.kind in options.what]
    if options.peers:
        wanted = [row for row in wanted if getattr(row, "key", row.peer) in options.peers]
    if not wanted:
        sys.exit("nothing to measure")
    options.lenet = options.lenet.absolute()
    if not shutil.which(options.python):
        sys.exit(f"{options.python} is no program")
    options.python = os.path.abspath(shutil.which(options.python))
    today = datetime.date.today().isoformat()
    folder = options.out or ROOT / "records" / f"{today}-bench-peers"
    command = f"python tools/bench_peers.py --threads {options.threads} --rounds {options.rounds}"
    command += f" --seconds {options.seconds:g}"
    if options.what != KINDS:
        command += " --what " + " ".join(f"'{kind}'" if " " in kind else kind for kind in options.what)
    if options.peers:
        command += " --peers " + " ".join(options.peers)
    measured, before, skipped = commit(options.changed), load(), []
    if before and before[0] > 0.5:
        says(f"the machine is busy (load {before[0]}): what follows is not what the peers can do")

    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options, scratch)
        ready = scout(bench, wanted, skipped)
        if not ready:
            sys.exit("nothing could be measured")
        for k in range(options.rounds):
            says(f"round {k + 1} of {options.rounds}")
            for kind in KINDS:
                in_turn = [row for row in ready if row.kind == kind]
                first = k % max(len(in_turn), 1)
                for row in in_turn[first:] + in_turn[:first]:
                    turn(bench, row, options.seconds, skipped)
            record = {
                "date": today,
                "commit": measured,
                "command": command,
                "machine": machine() | {"load_before": before, "load_after": load()},
                "versions": {"python": output(options.python, "--version").split()[-1]} | bench.versions,
                "ours": bench.ours,
                "optimiser": "AdamW",
                "results": [summary(row) for row in ready if row.found],
                "skipped": skipped,
            }
            folder.mkdir(parents=True, exist_ok=True)  # after every round, so that an interruption loses one at most
            (folder / "results.json").write_text(written(record))
    for result in record["results"]:
        span = f"{result['low']:g} to {result['high']:g}"
        value = f"{result['median']:g} {result['unit']} ({span})"
        print(f"{result['what']}, {result['peer']}: {value}; {described(result['setting'])}")


if __name__ == "__main__":
    main()
