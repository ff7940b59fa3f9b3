"""Where the house of faces listens: a Unix socket that this installation's user alone may open."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_LONGEST = 100
"""Bytes of a path that every system takes for a socket (Linux 107, macOS 103)."""


def path() -> Path:
    """SALA_FACES_ADDRESS, else `faces.sock` in the state directory; where that path is too long, one made of it in a
    folder of the user's own."""
    if given := os.environ.get("SALA_FACES_ADDRESS"):
        return Path(given)
    wanted = Path(os.environ.get("SALA_DATA", "var")).resolve() / "faces.sock"
    if len(os.fsencode(wanted)) <= _LONGEST:
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"sala-{os.getuid()}"
    _check_own(folder)
    return folder / f"{name}.sock"


def _check_own(folder: Path) -> None:
    """Anybody may make a folder of that name there first, and would be sent the pictures. Raises PermissionError."""
    with suppress(FileNotFoundError):
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise PermissionError(f"{folder} is not this user's alone")
