#!/bin/sh
# Makes the Zstandard frames beside this script from the four published files: sh make.sh DIRECTORY_OF_THE_GZ_FILES
# The 47 MB of training images become two frames, which two threads decode in half the time for 144 kB more.
set -eu
from=$(cd "$1" && pwd)
cd "$(dirname "$0")"
for name in train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte; do
    frames=1
    [ $name = train-images-idx3-ubyte ] && frames=2
    for frame in $(seq $frames); do
        size=$(gzip -dc "$from/$name.gz" | wc -c)
        part=$((size / frames))
        gzip -dc "$from/$name.gz" | tail -c +$(((frame - 1) * part + 1)) | head -c $part |
            zstd --quiet --force --ultra -22 --long=27 --stream-size=$part -o $name.$frame.zst
    done
done
