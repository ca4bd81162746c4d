"""Asks `lenet read` for digits that other hands wrote than MNIST's, and writes down what it says.

    pip install scikit-learn pillow
    python3 tools/other_hands.py records/2026-11-26-hands

Written: the 1,797 test digits of Alpaydin and Kaynak's "Optical Recognition of Handwritten Digits" (UCI, 1998) that scikit-learn brings: 43 people in
Turkey, 8x8 pixels of 17 levels, each enlarged to 140x140 without edges (bicubic), with blank paper around. Drawn: 300 1s with an upstroke and 300 9s
with a round tail, by the lines and arcs below and not by the program's own pen, which drew its lessons. Needs a built release binary.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import sklearn
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits

from record import ROOT, machine, output

TIMES = 10
PAPER = 3
DRAWN = 300
SHEET = 480


def written():
    digits = load_digits()
    side = 8 + 2 * PAPER
    for digit, truth in zip(digits.images, digits.target):
        page = Image.new("L", (side, side), 255)
        page.paste(Image.fromarray((255 - digit * 255 / 16).astype("uint8")), (PAPER, PAPER))
        yield page.resize((side * TIMES, side * TIMES), Image.Resampling.BICUBIC), str(truth)


def drawn():
    chance = random.Random(11)
    for _ in range(DRAWN):
        for truth, lines in (("1", one), ("9", nine)):
            height = chance.uniform(200, 300)
            width = chance.uniform(0.06, 0.15) * height
            page = Image.new("L", (SHEET, SHEET), 255)
            for line in lines(chance):
                stroke(page, [(SHEET / 2 + x * height, SHEET / 2 + y * height) for x, y in line], width)
            turned = page.rotate(chance.uniform(-8, 8), fillcolor=255, resample=Image.Resampling.BICUBIC)
            yield turned.resize((SHEET // 4, SHEET // 4), Image.Resampling.LANCZOS), truth


def one(chance):
    lean = chance.uniform(-0.03, 0.13)
    top, foot = (lean, -0.5), (-lean, 0.5)
    angle, length = math.radians(chance.uniform(35, 65)), chance.uniform(0.25, 0.55)
    yield [top, foot]
    yield [top, (top[0] - length * math.cos(angle), top[1] + length * math.sin(angle))]
    if chance.random() < 0.25:
        yield [(foot[0] - chance.uniform(0.15, 0.3), 0.5), (foot[0] + chance.uniform(0.15, 0.3), 0.5)]


def nine(chance):
    wide, high, slant = chance.uniform(0.18, 0.28), chance.uniform(0.17, 0.25), chance.uniform(0, 0.3)
    tail, turn = chance.uniform(0.7, 1.1) * wide, chance.uniform(2.2, 3.0)
    ring = [(wide * math.cos(t), high - 0.5 - high * math.sin(t)) for t in (2 * math.pi * k / 40 for k in range(41))]
    arc = [(wide - tail + tail * math.cos(t), 0.5 - tail + tail * math.sin(t)) for t in (turn * k / 12 for k in range(13))]
    yield [(x - slant * y, y) for x, y in ring + arc]


def stroke(page, points, width):
    pen = ImageDraw.Draw(page)
    pen.line(points, fill=0, width=round(width))
    for x, y in points:
        pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=0)


def read(pictures):
    with tempfile.TemporaryDirectory() as folder:
        truths = []
        for n, (picture, truth) in enumerate(pictures):
            picture.save(f"{folder}/{n:04}.png")
            truths.append(truth)
        command = [ROOT / "target/release/lenet", "read", "--json", folder]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    texts = {Path(page["file"]).stem: page["text"] for page in map(json.loads, said.splitlines())}
    by_digit = {}
    for n, truth in enumerate(truths):
        by_digit.setdefault(truth, Counter())[texts[f"{n:04}"] or "nothing"] += 1
    return {
        "digits": len(truths),
        "right": sum(counts[digit] for digit, counts in by_digit.items()),
        "nothing": sum(counts["nothing"] for counts in by_digit.values()),
        "by_digit": {digit: dict(counts.most_common()) for digit, counts in sorted(by_digit.items())},
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("record", type=Path)
    asked = arguments.parse_args()
    if output("git", "status", "--porcelain", "--untracked-files=no", "--", "crates"):
        sys.exit("the code differs from its commit: commit first, so that the record can name what it measured")
    results = {
        "command": "lenet read --json FOLDER",
        "commit": output("git", "rev-parse", "--short", "HEAD"),
        "machine": machine(),
        "scikit_learn": sklearn.__version__,
        "written": read(written()),
        "drawn": read(drawn()),
    }
    for hands in ("written", "drawn"):
        print(f"{hands}: {results[hands]['right']} of {results[hands]['digits']} right, {results[hands]['nothing']} read as nothing")
    (ROOT / asked.record).mkdir(exist_ok=True)
    (ROOT / asked.record / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
