"""Fails when a tracked text file names a place that exists only on the machine where it was written.

    python3 tools/check_text.py

Such names slip in with pasted output: the folder of the checkout, somebody's home, the host of a package mirror. What
they are is asked of the machine that runs the check; homes are recognised on any machine. Cargo.lock is Cargo's own
and stays out.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

# Folders that every system has: in them the next part of a path belongs to the machine.
COMMON = {"home", "Users", "tmp", "var", "usr", "opt", "srv", "mnt", "media", "data", "private", "runner", "github"}
HOMES = r"(?<![\w.:/-])(/home/[a-z_][\w-]*/|/Users/[A-Za-z]\w*/|[A-Z]:\\Users\\\w+)"


def machine_folder(path):
    """The first part of an absolute path that is not the same on every machine."""
    parts = path.parts[1:]
    while len(parts) > 1 and parts[0] in COMMON:
        parts = parts[1:]
    end = len(path.parts) - len(parts) + 1
    return str(Path(*path.parts[:end]))


def mirror_hosts(cargo_home):
    """Hosts of the package indexes that this machine uses."""
    index = cargo_home / "registry" / "index"
    hosts = {folder.name.rsplit("-", 1)[0] for folder in index.iterdir()} if index.is_dir() else set()
    settings = [value for key, value in os.environ.items() if re.search("INDEX|REGISTR", key, re.I)]
    for file in (cargo_home / "config.toml", Path("/etc/pip.conf"), Path.home() / ".npmrc"):
        if file.is_file():
            settings.append(file.read_text(errors="replace"))
    for text in settings:
        hosts.update(re.findall(r"https?://(?:[^/@\s\"]*@)?([\w.-]+\.\w+)", text))
    # the domain, so that its other hosts are found as well
    return {".".join(host.split(".")[-2:]) for host in hosts if "." in host and host != "github.com"}


def patterns():
    """What to look for, with its description."""
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    for place in {machine_folder(Path.cwd()), str(Path.home()), str(cargo_home)} - {"/"}:
        yield re.compile(rf"(?<![\w.:/-]){re.escape(place)}(?![\w-])"), "a folder of this machine"
    yield re.compile(HOMES), "somebody's home"
    for host in sorted(mirror_hosts(cargo_home)):
        yield re.compile(rf"(?<![\w-]){re.escape(host)}(?![\w-])"), "the host of a package index"


def main():
    root = subprocess.run(["git", "rev-parse", "--show-toplevel"], check=True, stdout=subprocess.PIPE, text=True)
    os.chdir(root.stdout.strip())
    files = subprocess.run(["git", "ls-files", "-z"], check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
    looked_for = list(patterns())
    texts = found = 0
    for name in files:
        path = Path(name)
        if not name or path.name == "Cargo.lock" or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        texts += 1
        for n, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            for pattern, what in looked_for:
                for match in pattern.finditer(line):
                    print(f"error: {name}:{n}: {match.group(0)} is {what}")
                    found += 1
    print(f"{texts} text files, {found} offences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
