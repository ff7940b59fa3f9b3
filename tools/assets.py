"""Is what is committed under sala/web/static/web in step with assets/? Needs no node.

    python tools/assets.py --check

assets/build.js writes the hash of its inputs and of each output into assets.json; this computes them again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "assets"
BUILT = ROOT / "sala" / "web" / "static" / "web"
FOLDERS = ("scss", "js", "img", "licences")
FILES = ("build.js", "package.json", "package-lock.json")


def inputs_hash() -> str:
    """One SHA-256 over the names and contents of all inputs, as assets/build.js computes it."""
    paths = [SOURCE / name for name in FILES]
    for folder in FOLDERS:
        paths += [path for path in (SOURCE / folder).rglob("*") if path.is_file()]
    lines = sorted(f"{path.relative_to(SOURCE).as_posix()} {_sha256(path)}\n" for path in paths)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def faults() -> list[str]:
    """What is out of step, a sentence each; empty if nothing is."""
    told = json.loads((BUILT / "assets.json").read_text())
    found = []
    if told["inputs"] != inputs_hash():
        found.append("assets/ has changed since the last build")
    for name, expected in told["outputs"].items():
        path = BUILT / name
        if not path.exists():
            found.append(f"{name} is missing")
        elif _sha256(path) != expected:
            found.append(f"{name} was changed by hand")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", required=True, help="compare, and fail if out of step")
    parser.parse_args()
    found = faults()
    for fault in found:
        print(f"{fault}: run `make assets` and commit the result", file=sys.stderr)  # noqa: T201
    return 1 if found else 0


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
