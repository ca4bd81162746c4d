#!/usr/bin/env bash
# Asks `lenet serve` whatever its OpenAPI document allows, and what it forbids, and checks every answer against the document: schemathesis, as
# tools/api.toml tells it, against a server in an empty folder. Needs python3 with venv; installs schemathesis into target/api.
#
#     tools/api.sh                     other requests each time (in .ci/run always the same)
#     tools/api.sh --max-time 600      more of it: further arguments are those of `schemathesis run`
set -euo pipefail
cd "$(dirname "$0")/.."

target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
if [ -z "${LENET:-}" ]; then
    cargo build --quiet --release -p lenet-cli
    LENET="$target/release/lenet"
fi

python3 -m venv "$target/api"
"$target/api/bin/pip" install --quiet --disable-pip-version-check --requirement tools/api.requirements.txt

folder="$(mktemp -d)"
(cd "$folder" && exec "$LENET" serve --port 0 > said 2>&1) &
server=$!
trap 'kill "$server" 2> /dev/null || true; wait "$server" 2> /dev/null || true; rm -rf "$folder"' EXIT

address=
for _ in {1..100}; do
    address="$(grep -om 1 'http://[^ ]*' "$folder/said" || true)"
    [ -n "$address" ] && break
    sleep 0.1
done
[ -n "$address" ] || { echo "lenet serve did not say its address within 10 s:" >&2 && cat "$folder/said" >&2 && exit 1; }

# In the folder of the hooks, which are modules there.
export PYTHONDONTWRITEBYTECODE=1 HYPOTHESIS_STORAGE_DIRECTORY="$target/api/hypothesis"
(cd tools && "$target/api/bin/schemathesis" --no-color --config-file api.toml run "${address}api/openapi.json" "$@")

kill "$server"
wait "$server" || { echo "lenet serve ended with a failure:" >&2 && cat "$folder/said" >&2 && exit 1; }
