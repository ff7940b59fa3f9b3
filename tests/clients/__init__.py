"""Relying parties of others: what `npm ci` here installs, or a distribution has. Where one is absent, its tests are
skipped and say what to install."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

HOME = Path(__file__).parent
NODE = shutil.which("node")
NODE_MODULES = HOME / "node_modules"
INSTALLED = bool(NODE) and NODE_MODULES.exists()
MISSING = "needs node, and `npm ci` in tests/clients"

needs_node = pytest.mark.skipif(not INSTALLED, reason=MISSING)
needs_npm = pytest.mark.skipif(not NODE_MODULES.exists(), reason=MISSING)
"""For what runs in a browser."""


def free_port() -> int:
    """One that nobody listened at a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
