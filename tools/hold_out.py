"""Holds digits of a training set out: writes a data set whose test digits are 10,000 of the training digits and whose training digits are
the others, as a folder for --data. What is chosen or fitted on those test digits has been neither trained on nor measured with the real ones.

    lenet fetch mnist
    python3 tools/hold_out.py ~/.cache/lenet/mnist held-out
    lenet train --data held-out --recipe reading --seed 1 --out runs/held-out
    lenet eval-reading --data held-out --weights runs/held-out --pages 10000 --fit
"""

import argparse
import gzip
import random
import struct
import sys
from pathlib import Path

NAMES = {"images": "{}-images-idx3-ubyte", "labels": "{}-labels-idx1-ubyte"}


def idx(folder, kind, part):
    """The numbers of an IDX file, raw or with .gz: its shape and its bytes."""
    plain = folder / NAMES[kind].format(part)
    packed = plain.with_name(plain.name + ".gz")
    if not plain.exists() and not packed.exists():
        sys.exit(f"{plain}: there is no such file, nor with .gz; name a folder with the IDX files of a training set")
    content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return shape, content[4 + 4 * dimensions :]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("source", type=Path, help="a folder with the IDX files of the training set")
    arguments.add_argument("out", type=Path, help="the folder to write")
    arguments.add_argument("--digits", type=int, default=10_000, help="how many are held out")
    arguments.add_argument("--seed", type=int, default=1, help="which ones")
    asked = arguments.parse_args()

    (count, *sides), images = idx(asked.source, "images", "train")
    _, labels = idx(asked.source, "labels", "train")
    if not 0 < asked.digits < count:
        arguments.error(f"--digits {asked.digits}: the training set has {count}")
    held_out = set(random.Random(asked.seed).sample(range(count), asked.digits))
    size = sides[0] * sides[1]
    asked.out.mkdir(parents=True, exist_ok=True)
    for part, wanted in (("train", False), ("t10k", True)):
        chosen = [k for k in range(count) if (k in held_out) == wanted]
        pixels = b"".join(images[k * size : (k + 1) * size] for k in chosen)
        header = struct.pack(">4I", 2051, len(chosen), *sides)
        (asked.out / NAMES["images"].format(part)).write_bytes(header + pixels)
        values = bytes(labels[k] for k in chosen)
        (asked.out / NAMES["labels"].format(part)).write_bytes(struct.pack(">2I", 2049, len(chosen)) + values)
    print(f"{asked.out}: {count - asked.digits:,} training and {asked.digits:,} test digits, all of them training digits of {asked.source}")


if __name__ == "__main__":
    main()
