"""One peer of tools/bench_peers.py, measured in this process; called by that script.

    python tools/bench_peers_worker.py PEER WHAT THREADS SECONDS CANDIDATES

WHAT is training, classification, "one image" or "empty call". CANDIDATES is a JSON list of settings such as
{"batch": 128, "layout": "channels last"}; each is measured for SECONDS after a warm-up. Prints one JSON object.

All peers begin with the same weights (tools/bench_peers_networks.py). Before a candidate is timed, its answers are compared
with those of the loops in NumPy; what computes something else is an error, not a result.
"""

import importlib.metadata
import json
import sys
import threading
import time

import numpy as np

from bench_peers_networks import PEERS, images_and_labels, loops, parameters

STEPS = 10  # of training before the time is taken; the loss of the last is compared between the peers
TOLERANCE = 1e-3  # of outputs against the loops, whose own rounding is 1e-6


def rate(step, finish, images, seconds):
    """Images per second over about so many seconds, after a warm-up of a third of them."""
    k = 0
    for limit, counts in ((seconds / 3, False), (seconds, True)):
        start, steps = time.perf_counter(), 0
        while steps < 3 or time.perf_counter() - start < limit:
            step(k)
            k, steps = k + 1, steps + 1
        if finish:
            finish()
        if counts:
            return steps * images / (time.perf_counter() - start)


def rate_of_callers(callers, step, finish, images, seconds):
    """The sum of the rates of threads that call at the same time."""
    if callers == 1:
        return rate(step, finish, images, seconds)
    barrier, rates = threading.Barrier(callers), []

    def call():
        barrier.wait()
        rates.append(rate(step, finish, images, seconds))

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rates) == callers
    return sum(rates)


def latency(step, seconds):
    """Microseconds of single calls: median and 99th percentile."""
    for limit in (seconds / 3, seconds):
        times, start = [], time.perf_counter()
        k = 0
        while k < 100 or time.perf_counter() - start < limit:
            before = time.perf_counter_ns()
            step(k)
            times.append(time.perf_counter_ns() - before)
            k += 1
    median, p99 = np.percentile(times, [50, 99]) / 1000
    return {"value": float(median), "p99": float(p99), "calls": len(times)}


def first_loss(batch):
    images, labels = images_and_labels()
    outputs = loops(parameters(), images[:batch]).astype(np.float64)
    return float(np.mean(np.log(np.exp(outputs).sum(1)) - outputs[np.arange(batch), labels[:batch]]))


def must_agree(found, expected, what):
    difference = float(np.max(np.abs(np.asarray(found) - expected)))
    if not difference <= TOLERANCE:
        raise ValueError(f"{what} differs from the loops by {difference}")


def measure(peer, what, candidate, seconds):
    step, finish = getattr(peer, what.replace(" ", "_"))(candidate)
    batch = candidate.get("batch", 1)
    if what == "training":
        losses = [step(k).item() for k in range(STEPS)]
        must_agree(losses[0], first_loss(batch), "the loss")
        return {"value": rate(step, finish, batch, seconds), "loss": losses[-1]}
    if what != "empty call":
        answer = step.answer() if hasattr(step, "answer") else step(0)
        must_agree(answer, loops(parameters(), images_and_labels()[0][:batch]), "the output")
    if what == "classification":
        return {"value": rate_of_callers(candidate.get("callers", 1), step, finish, batch, seconds)}
    return latency(step, seconds)


def versions(names):
    found = {}
    for name in [*names, "numpy"]:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def main():
    name, what, threads, seconds, candidates = sys.argv[1:]
    try:
        peer = PEERS[name](int(threads))
    except ImportError as error:
        print(json.dumps({"skip": f"cannot be imported: {error}"}))
        return
    results = []
    for candidate in json.loads(candidates):
        try:
            results.append({"candidate": candidate} | measure(peer, what, candidate, float(seconds)))
        except Exception as error:  # a setting that does not work must not hide those that do
            text = str(error).strip() or repr(error)
            results.append({"candidate": candidate, "error": f"{type(error).__name__}: {text.splitlines()[0]}"})
    print(json.dumps({"versions": versions(peer.packages), "results": results}))


if __name__ == "__main__":
    main()
