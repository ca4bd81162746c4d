"""Asks `lenet read` for digits that other hands wrote than MNIST's, and writes down what it says.

    pip install scikit-learn pillow
    python3 tools/other_hands.py records/2026-11-26-hands

They are the 1,797 test digits of Alpaydin and Kaynak's "Optical Recognition of Handwritten Digits" (UCI, 1998) that scikit-learn brings: 43 people in
Turkey, 8x8 pixels of 17 levels. Each becomes a picture of 140x140, enlarged without edges (bicubic), with blank paper around. Needs a built release binary.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import sklearn
from PIL import Image
from sklearn.datasets import load_digits

from record import ROOT, machine, output

TIMES = 10
PAPER = 3


def picture(digit):
    side = 8 + 2 * PAPER
    page = Image.new("L", (side, side), 255)
    page.paste(Image.fromarray((255 - digit * 255 / 16).astype("uint8")), (PAPER, PAPER))
    return page.resize((side * TIMES, side * TIMES), Image.Resampling.BICUBIC)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("record", type=Path)
    asked, more = arguments.parse_known_args()
    if output("git", "status", "--porcelain", "--untracked-files=no", "--", "crates"):
        sys.exit("the code differs from its commit: commit first, so that the record can name what it measured")

    digits = load_digits()
    with tempfile.TemporaryDirectory() as folder:
        for n, digit in enumerate(digits.images):
            picture(digit).save(f"{folder}/{n:04}.png")
        command = [ROOT / "target/release/lenet", "read", "--json", *more, folder]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    read = {Path(page["file"]).stem: page["text"] for page in map(json.loads, said.splitlines())}
    by_digit = {str(digit): Counter() for digit in range(10)}
    for n, truth in enumerate(digits.target):
        by_digit[str(truth)][read[f"{n:04}"] or "nothing"] += 1
    right = sum(counts[digit] for digit, counts in by_digit.items())
    results = {
        "command": "lenet read --json FOLDER",
        "commit": output("git", "rev-parse", "--short", "HEAD"),
        "machine": machine(),
        "digits": len(digits.target),
        "right": right,
        "nothing": sum(counts["nothing"] for counts in by_digit.values()),
        "by_digit": {digit: dict(counts.most_common()) for digit, counts in by_digit.items()},
        "scikit_learn": sklearn.__version__,
    }
    print(f"{right} of {len(digits.target)} right, {results['nothing']} read as nothing")
    (ROOT / asked.record).mkdir(exist_ok=True)
    (ROOT / asked.record / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
