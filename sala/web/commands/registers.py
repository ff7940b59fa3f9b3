"""`sala import`: each agency brings its own sub-commands, in the group of its `commands.py`."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click

AGENCIES = Path(__file__).resolve().parents[2] / "services"


class Imports(click.Group):
    """The commands of every agency's own `import` group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for group in _groups() for name in group.list_commands(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = (group.get_command(ctx, cmd_name) for group in _groups())
        return next((_with_database(command) for command in found if command), None)


def _with_database(command: click.Command) -> click.Command:
    """The command, with Django set up before it runs: an agency's commands need not see to that."""
    work, ready = command.callback, copy.copy(command)

    def callback(**options: Any) -> Any:
        from sala.web import database

        database.setup_django()
        return work(**options) if work else None

    ready.callback = callback
    return ready


def _groups() -> Iterator[click.Group]:
    for path in sorted(AGENCIES.glob("*/commands.py")):
        yield import_module(f"sala.services.{path.parent.name}.commands").group


@click.command("import", cls=Imports)
def import_() -> None:
    """Load an agency's registers from files."""
