"""Measures `lenet serve` under load and writes down what came out, with machine, commit and command.

    python3 tools/serve_record.py records/2026-11-26-serve

starts the server of the release build, lets wrk (https://github.com/wg/wrk, in Debian the package wrk) ask it over so many
connections, in rounds, and writes results.json into the folder: requests a second, latencies as wrk tells them, memory.
The generator of the load runs on the same machine and takes its share of the cores. The table in docs/SERVER.md is made of the
newest record; --check fails if it is another.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from record import ROOT, machine, output

MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def memory(server, key):
    text = Path(f"/proc/{server.pid}/status").read_text()
    return round(int(re.search(rf"{key}:\s+(\d+) kB", text).group(1)) / 1024, 1)


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return round(float(number) * MILLISECONDS[unit], 3)


def wrk(address, connections, seconds, script):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, address]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    percentiles = dict(re.findall(r"^\s+(50|75|90|99)%\s+(\S+)$", text, re.M))
    return {
        "requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        "milliseconds": {f"p{key}": milliseconds(value) for key, value in percentiles.items()},
        # Answers other than 2xx, and connections that failed: wrk says so only if there are some.
        "failures": re.findall(r"(Non-2xx.*|Socket errors.*)", text),
    }


def reading(folder):
    """A script for wrk that asks /api/read about a picture of a digit."""
    picture = ROOT / "vectors/pages/digit.png"
    script = Path(folder) / "read.lua"
    script.write_text(
        f'local file = io.open("{picture}", "rb")\nwrk.method, wrk.path, wrk.body = "POST", "/api/read", file:read("*a")\n'
    )
    return str(script)


def batch(address):
    text = urllib.request.urlopen(address + "metrics").read().decode()
    total, count = (float(re.search(rf"lenet_batch_images_{key} (\S+)", text).group(1)) for key in ("sum", "count"))
    return round(total / count, 1)


def table(folder, result):
    """What docs/SERVER.md says of a record."""
    rounds, alone, read = result["classify"], result["classify_one_connection"], result["read_one_connection"]
    speeds = sorted(a_round["requests_per_second"] for a_round in rounds)
    middle = rounds[[a_round["requests_per_second"] for a_round in rounds].index(speeds[len(speeds) // 2])]
    machine, memory = result["machine"], result["megabytes"]
    lines = [
        "| | requests/s | median | 99 % within |",
        "|---|---|---|---|",
    ]
    for what, speed, times in [
        (f"`/v2` binary, one image each, {result['connections']} connections", middle, middle),
        ("the same, one connection", alone, alone),
        ("`/api/read`, a picture of one digit, one connection", read, read),
    ]:
        times = times["milliseconds"]
        lines.append(f"| {what} | {speed['requests_per_second']:,.0f} | {times['p50']:.2f} ms | {times['p99']:.2f} ms |")
    lines += [
        "",
        f"Memory: {memory['idle']:.0f} MB when nothing has been asked yet, {memory['idle_afterwards']:.0f} MB after all of this. The first row is the middle one of "
        f"{len(rounds)} rounds, which went from {speeds[0]:,.0f} to {speeds[-1]:,.0f}; {result['images_together']:.0f} images were answered together on average.",
        f"{machine['cpu']}, {machine['cores']} cores, which the generator of the load (wrk) shares: [`{folder}`](../{folder}).",
    ]
    return "\n".join(lines) + "\n"


def docs():
    """The page, and the same with the table of the newest record."""
    page = ROOT / "docs/SERVER.md"
    newest = sorted((ROOT / "records").glob("*-serve"))[-1]
    result = json.loads((newest / "results.json").read_text())
    begin, end = "<!-- serve:begin -->\n", "<!-- serve:end -->"
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    return page, before + begin + table(newest.relative_to(ROOT), result) + end + after


def main():
    if sys.argv[1:] == ["--check"]:
        page, text = docs()
        if page.read_text() != text:
            sys.exit(f"error: {page.relative_to(ROOT)} is not what the newest record says")
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "target/release/lenet", "serve", "--port", "0"]
        server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = server.stdout.readline().strip()
        time.sleep(3)
        before = memory(server, "VmRSS")
        rounds = [
            wrk(address, arguments.connections, arguments.seconds, "tools/infer.lua") for _ in range(arguments.rounds)
        ]
        together = batch(address)
        alone = wrk(address, 1, arguments.seconds, "tools/infer.lua")
        read = wrk(address, 1, arguments.seconds, reading(folder))
        highest = memory(server, "VmHWM")
        time.sleep(15)
        after = memory(server, "VmRSS")
        server.send_signal(signal.SIGTERM)
        ended = server.wait(timeout=30)
    result = {
        "machine": machine(),
        "commit": output("git", "rev-parse", "--short=12", "HEAD"),
        "command": "wrk -t1 -cN -d%ds --latency -s tools/infer.lua, on the machine of the server" % arguments.seconds,
        "generator": output("sh", "-c", "wrk -v 2>&1 | head -1 | cut -d' ' -f1-2 || true"),
        "connections": arguments.connections,
        "classify": rounds,
        "images_together": together,
        "classify_one_connection": alone,
        "read_one_connection": read,
        "megabytes": {"idle": before, "highest": highest, "idle_afterwards": after},
        "exit_code": ended,
    }
    arguments.folder.mkdir(parents=True, exist_ok=True)
    (arguments.folder / "results.json").write_text(json.dumps(result, indent=1) + "\n")
    page, text = docs()
    page.write_text(text)


if __name__ == "__main__":
    main()
