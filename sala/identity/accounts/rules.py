"""What may be typed, where a sign-in may lead, what a device is called. Pure."""

from __future__ import annotations

import re

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def local_path(path: str) -> str | None:
    """`path` if a browser takes it for an address of this site and nothing else; None otherwise.

    Refused are schemes, hosts, `//host`, `/\\host`, control characters and blanks, which browsers drop.
    """
    return path if len(path) <= 2000 and _LOCAL.fullmatch(path) else None
