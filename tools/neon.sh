#!/usr/bin/env bash
# The library's tests at the level NEON on a machine whose processor has none: built for aarch64, executed by QEMU.
#
#     tools/neon.sh
#
# Needs a compiler for aarch64, a linker with that system's C library, and QEMU's user emulation. With rustup the
# compiler is there after `rustup target add aarch64-unknown-linux-gnu`; without it Debian's rustc-web does, which
# builds the standard library from Debian's rust-web-src. What is missing is installed where that takes no question, as
# root on Debian; where it stays missing, the script says so and is content.
set -euo pipefail
cd "$(dirname "$0")/.."

triple=aarch64-unknown-linux-gnu
gcc=aarch64-linux-gnu-gcc
debian_rustc=/usr/bin/rustc
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

skip() { # reason
    echo "neon: skipped, because $1"
    exit 0
}

install() { # package...: quietly, and without harm where it is not possible
    [ "$(id -u)" -eq 0 ] && [ -f /etc/debian_version ] || return 0
    echo "neon: installing $*"
    local apt=(timeout 300 apt-get -qq -o DPkg::Lock::Timeout=60)
    export DEBIAN_FRONTEND=noninteractive
    # Old lists name versions that are no longer there, or a compiler that is too old for this workspace.
    { "${apt[@]}" update; "${apt[@]}" install -y --no-install-recommends "$@"; } < /dev/null > /dev/null 2>&1 || return 0
}

has_target() { # rustc: whether it comes with a standard library for aarch64
    [ -d "$("$1" --print target-libdir --target "$triple" 2> /dev/null)" ]
}

has_source() { # rustc: whether it comes with the standard library's source and is new enough for this workspace
    [ -x "$1" ] && [ -f "$("$1" --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ] || return 1
    local needed found
    needed="$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)"
    found="$("$1" --version | cut -d ' ' -f 2)"
    [ "$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)" = "$needed" ]
}

has_linker() { # crt1.o comes with the C library's development files; the compiler finds it or echoes the name
    command -v "$gcc" > /dev/null && [ -f "$("$gcc" -print-file-name=crt1.o)" ]
}

emulator() {
    command -v qemu-aarch64 || command -v qemu-aarch64-static
}

[ "$(uname -s)" = Linux ] || skip "QEMU emulates single programs on Linux only"
[ "$(uname -m)" != aarch64 ] || skip "this machine has NEON: \`cargo test\` runs it"

standard_library=()
if ! has_target "${RUSTC:-rustc}"; then
    has_source "$debian_rustc" || install rustc-web rust-web-src
    has_source "$debian_rustc" ||
        skip "there is no compiler for it; with rustup: rustup target add $triple"
    # -Z is for the nightly compiler, unless the environment says that we mean it.
    export RUSTC="$debian_rustc" RUSTC_BOOTSTRAP=1
    standard_library=(-Zbuild-std=std,test)
fi
has_linker || install gcc-aarch64-linux-gnu libc6-dev-arm64-cross
has_linker || skip "$gcc or its C library is not installed"
emulator > /dev/null || install qemu-user
qemu="$(emulator)" || skip "qemu-aarch64 is not installed"

# The emulated program looks for its C library below this folder instead of the root.
libraries="$(dirname "$("$gcc" -print-file-name=ld-linux-aarch64.so.1)")/.."
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="$gcc"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$qemu -L $libraries"
# A folder of its own, since another compiler would not share the one of the machine's own builds.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/neon"
# Flags that somebody set for this machine's processor.
unset RUSTFLAGS

# The library and the book are optimised as in a release, and so is what becomes part of the kernels. The rest is
# executed for seconds, but compiled for minutes.
"${RUSTC:-rustc}" --version
cargo test "${standard_library[@]}" --target "$triple" --release -p lenet --no-default-features --lib --test oracles \
    --config 'profile.release.package."*".opt-level=0' \
    --config 'profile.release.package.fearless_simd.opt-level=3' 2>&1 | tee "$log"

# That the oracles ran at neon is asserted by `at_every_level` in crates/lenet/tests/oracles; here, that they ran.
results="$(grep -c '^test result: ok\. [1-9]' "$log")" || true
if [ "$results" -ne 2 ]; then
    echo "neon: expected tests of the library and of the oracles to run, found $results results" >&2
    exit 1
fi
