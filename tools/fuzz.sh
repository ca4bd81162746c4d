#!/usr/bin/env bash
# Fuzzes what reads foreign bytes, each target for so many seconds (60 unless told otherwise). The corpus begins with the project's own
# files and grows in fuzz/corpus, which is not committed. Needs a C++ compiler, for libFuzzer, and installs cargo-fuzz if it is not there.
#
#     tools/fuzz.sh            all targets
#     tools/fuzz.sh 600 picture
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v c++ > /dev/null; then
    echo "fuzzing: skipped, because there is no C++ compiler"
    exit
fi
command -v cargo-fuzz > /dev/null || cargo install --quiet --locked cargo-fuzz@0.13.2

seconds="${1:-60}"
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(picture idx weights bodies)
# The sanitizer's switches are not for everybody's compiler yet; this lets a stable one have them.
export RUSTC_BOOTSTRAP=1

zeros() { # count: as bytes
    head -c "$1" /dev/zero
}

bodies() { # folder: one for each route; the first byte names it, as fuzz/fuzz_targets/bodies.rs says
    local image tensor numbers
    numbers="$(printf '0,%.0s' {1..783})0"
    image='"name": "image", "datatype": "UINT8", "shape": [1, 28, 28]'
    tensor="{\"id\": \"1\", \"inputs\": [{$image, \"parameters\": {\"binary_data_size\": 784}}]}"
    printf '0{"inputs": [{%s, "data": [%s]}], "outputs": [{"name": "digit"}]}' "$image" "$numbers" > "$1/infer"
    { printf '1%d\n%s' "${#tensor}" "$tensor" && zeros 784; } > "$1/infer-binary"
    printf '2{"images": [[%s]]}' "$numbers" > "$1/classify-json"
    { printf 3 && zeros 1568; } > "$1/classify"
    { printf '4 ' && zeros 1024; } > "$1/classify-side-32"
    { printf 5 && zeros 784; } > "$1/look"
    { printf '6\40\0' && zeros 1024; } > "$1/strings"
    printf '7{"recipe": "fast", "net": "lenet-1", "seed": 1, "passes": 2, "validation": 5000}' > "$1/runs"
}

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    case "$target" in
        picture) cp -n vectors/pages/*.png docs/page.jpg fuzz/corpus/picture/ ;;
        weights) cp -n crates/lenet/models/lenet-5.safetensors fuzz/corpus/weights/ ;;
        bodies) bodies fuzz/corpus/bodies ;;
    esac
    echo "$target, $seconds s"
    # More units are built faster and run somewhat slower: a change waits for the build.
    if ! (cd fuzz && cargo fuzz run --codegen-units 16 "$target" -- -max_total_time="$seconds" -max_len=300000 -timeout=20 -rss_limit_mb=2048) > "$log" 2>&1; then
        cat "$log"
        exit 1
    fi
    grep '^Done' "$log"
done
