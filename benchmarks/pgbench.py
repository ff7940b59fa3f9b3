"""pgbench running the product's own statement: the ceiling that the product is measured against."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

_PARAMETER = re.compile(r"%\((\w+)\)s")
_TPS = re.compile(r"tps = ([\d.]+) \(without initial connection time\)")


def script(statement: str, values: Mapping[str, Any], *, fresh: Mapping[str, str]) -> str:
    """`statement` for pgbench: parameters as variables, but those in `fresh`, which are SQL made anew each time.

    What is None or empty in `values` stands in the text: pgbench's variables cannot be.
    """
    return f"\\set number random(1, 9007199254740991)\n{text(statement, values, fresh=fresh)}\n"


def text(statement: str, values: Mapping[str, Any], *, fresh: Mapping[str, str], prefix: str = "") -> str:
    """The statement alone; `prefix` keeps its variables apart from those of another one in the same script."""
    said = {name: "NULL" if value is None else "''" for name, value in values.items() if value in (None, "")}
    said |= fresh
    words = _PARAMETER.sub(lambda found: said.get(found[1], f":{prefix}{found[1]}"), statement)
    return f"{' '.join(words.split())};"


def run(
    programs: Path,
    url: str,
    scripts: Sequence[str],
    values: Mapping[str, Any],
    *,
    clients: int,
    seconds: int = 0,
    transactions: int = 0,
) -> float:
    """Transactions a second, for so many `seconds`, or until each client has run so many `transactions`."""
    length = ("-t", str(transactions)) if transactions else ("-T", str(seconds))
    where = conninfo_to_dict(url)
    environment = os.environ | {"PGPASSWORD": str(where.get("password", ""))}
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{i}.sql") for i in range(len(scripts))]
        for file, text in zip(files, scripts, strict=True):
            file.write_text(text)
        command = [
            *(str(programs / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", *length),
            *("-h", str(where["host"]), "-p", str(where.get("port", 5432)), "-U", str(where["user"])),
            *(
                part
                for name, value in values.items()
                if value not in (None, "")
                for part in ("-D", f"{name}={_text(value)}")
            ),
            *(part for file in files for part in ("-f", str(file))),
            str(where["dbname"]),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    found = _TPS.search(done.stdout)
    if not found or "number of failed transactions: 0" not in done.stdout.replace(" (0.000%)", ""):
        raise RuntimeError(f"pgbench failed:\n{done.stdout}\n{done.stderr[:2000]}")
    return float(found[1])


def _text(value: Any) -> str:
    match value:
        case Jsonb():
            return value.dumps(value.obj).decode()
        case bytes():
            return f"\\x{value.hex()}"
        case bool():
            return str(value).lower()
        case datetime() | date():
            return value.isoformat()
        case list():
            return "{" + ",".join(f'"{_text(item)}"' for item in value) + "}"
        case _:
            return str(value)
