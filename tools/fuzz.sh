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
[ ${#targets[@]} -gt 0 ] || targets=(picture idx weights)
# The sanitizer's switches are not for everybody's compiler yet; this lets a stable one have them.
export RUSTC_BOOTSTRAP=1

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    case "$target" in
        picture) cp -n vectors/pages/*.png docs/page.jpg fuzz/corpus/picture/ ;;
        weights) cp -n crates/lenet/models/lenet-5.safetensors fuzz/corpus/weights/ ;;
    esac
    echo "$target, $seconds s"
    if ! (cd fuzz && cargo fuzz run "$target" -- -max_total_time="$seconds" -max_len=300000 -timeout=20 -rss_limit_mb=2048) > "$log" 2>&1; then
        cat "$log"
        exit 1
    fi
    grep '^Done' "$log"
done
