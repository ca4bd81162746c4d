"""Fails when the dependency tree holds something that the project does not want to stand for.

    python3 tools/check_dependencies.py

Reads `cargo metadata` (every package of Cargo.lock, all platforms and features) and checks that each package

- has a licence that can be met with the ones on the list below,
- comes from the default registry: no git sources, no other registry, no path outside the workspace,
- is a release, not a pre-release.

Two versions of one package are reported, but do not fail: they are other people's updates in progress. Advisories are
not checked here, because that needs a database from the network; `cargo deny check advisories` does it.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict

# Licences whose conditions the project's binaries meet by shipping the texts.
ALLOWED = {
    "Apache-2.0",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",  # the root certificates of webpki-roots: data
    "ISC",  # ring, rustls-webpki, untrusted
    "MIT",
    "Unicode-3.0",  # the tables in unicode-ident
    "Zlib",
}


def acceptable(expression):
    """Whether an SPDX expression can be met with ALLOWED: OR needs one side, AND both. `A/B` is an old way to say OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        met = conjunction()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = conjunction() or met  # both sides have to be read
        return met

    def conjunction():
        met = term()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = term() and met
        return met

    def term():
        if not tokens:
            raise ValueError(expression)
        token = tokens.pop(0)
        if token == "(":
            met = alternatives()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError(expression)
            return met
        if token in (")", "OR", "AND", "WITH"):
            raise ValueError(expression)
        if tokens[:1] == ["WITH"]:
            token = " ".join([token, tokens.pop(0), tokens.pop(0)])
        return token in ALLOWED

    met = alternatives()
    if tokens:
        raise ValueError(expression)
    return met


def offences(metadata):
    """One line for everything that is wrong."""
    members = set(metadata["workspace_members"])
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        if package["id"] in members:
            for dependency in package["dependencies"]:
                if dependency["registry"] is not None:
                    yield f"{name}: {dependency['name']} is asked of another registry"
        elif package["source"] is None:
            yield f"{name}: is a path outside the workspace"
        elif not package["source"].startswith("registry+"):
            yield f"{name}: comes from {package['source']}"
        if "-" in package["version"].split("+")[0]:
            yield f"{name}: is a pre-release"
        licence = package["license"]
        if licence is None:
            yield f"{name}: states no licence"
            continue
        try:
            met = acceptable(licence)
        except (ValueError, IndexError):
            met = False
        if not met:
            yield f"{name}: {licence} is not met by the allowed licences"
    registries = {package["source"] for package in metadata["packages"] if package["source"]}
    if len(registries) > 1:
        yield f"packages come from more than one place: {', '.join(sorted(registries))}"


def main():
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    versions = defaultdict(list)
    for package in metadata["packages"]:
        versions[package["name"]].append(package["version"])
    for name, found in sorted(versions.items()):
        if len(found) > 1:
            print(f"note: {name} is there in {len(found)} versions: {', '.join(sorted(found))}")
    found = list(offences(metadata))
    for line in found:
        print(f"error: {line}")
    print(f"{len(metadata['packages'])} packages, {len(found)} offences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
