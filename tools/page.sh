#!/usr/bin/env bash
# The page of `lenet serve`, from its sources to a browser: types and lints, a build that must be what is committed, and the
# tests in Chromium against the real server. Needs Node 20.19 or later; Chromium comes from the system's packages if it is missing.
#
#     tools/page.sh            all of it
#     tools/page.sh check      without the browser
set -euo pipefail
cd "$(dirname "$0")/.."

page=crates/lenet-web/page
target="${CARGO_TARGET_DIR:-$PWD/target}"
export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"

browser() {
    [ -x "$CHROMIUM" ] && return
    echo "installing Chromium"
    if ! { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } > /dev/null || [ ! -x "$CHROMIUM" ]; then
        echo "there is no Chromium at $CHROMIUM and apt-get could not install it; install it, or name another by CHROMIUM" >&2
        return 1
    fi
}

unchanged() { # builds beside what is committed, which keeps its times: cargo has nothing to do again
    if ! (cd "$page" && npm run --silent build -- --outDir "$built" --emptyOutDir > /dev/null) || ! diff -r "$page/dist" "$built" > /dev/null; then
        echo "$page/dist is not what its sources make: run 'npm run build' in $page and commit it" >&2
        return 1
    fi
}

built="$(mktemp -d)"
trap 'rm -rf "$built"' EXIT
command -v npm > /dev/null || { echo "there is no npm: install Node 20.19 or later" >&2; exit 1; }
(cd "$page" && npm ci --silent --no-audit --no-fund && npm run --silent check)
unchanged
[ "${1:-}" = check ] && exit

browser
if [ -z "${LENET:-}" ]; then
    cargo build --quiet --release -p lenet-cli
    export LENET="$target/release/lenet"
fi
(cd "$page" && npm test --silent)
