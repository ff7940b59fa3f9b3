"""`sala import …`: filling the bureau's registers from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sala.kit.errors import Invalid

_HELP = """Load FILE, a CSV file with a heading.

Columns: {columns}. Commas, semicolons and tabs, UTF-8 and Thai Windows (cp874, TIS-620) files and years
of both eras are understood. Rows that cannot be taken are listed in FILE.errors.csv with what to do;
the others are loaded. Start it again after an interruption: nothing is loaded twice."""


@click.group("import")
def group() -> None:
    """Load the immigration records or the arrest warrants from a file."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option("--dry-run", is_flag=True, help="Judge the rows, load nothing."),
        click.option("--encoding", help="The file's encoding, where it is not found by itself."),
        click.option(
            "--language", type=click.Choice(["en", "th"]), default="en", show_default=True, help="Of the error file."
        ),
    ):
        command = option(command)
    return command


@group.command("immigration-records", help=_HELP.format(
    columns="passport_no, nationality, given_name, surname, birth_date, arrived_on, arrival_card_no, "
    "permitted_until, last_report_on"
))  # fmt: skip
@_options
@click.option("--overwrite", is_flag=True, help="Also take entries older than the one on record (to correct it).")
def immigration_records(file: Path, **options: Any) -> None:
    from sala.services.immigration.columns import RECORDS

    _run(RECORDS, file, **options)


@group.command("warrants", help=_HELP.format(
    columns="number, passport_no, nationality, given_name, surname, birth_date, issued_on, withdrawn_on"
))  # fmt: skip
@_options
def warrants(file: Path, **options: Any) -> None:
    from sala.services.immigration.columns import WARRANTS

    _run(WARRANTS, file, **options)


def _run(sheet: Any, file: Path, **options: Any) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from sala.identity.accounts.actor import system
    from sala.services.immigration.importing import import_file

    bar = Progress(
        TextColumn(file.name), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    with bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        try:
            outcome = import_file(
                sheet=sheet, path=file, by=system("command-line"),
                progress=lambda read: bar.update(task, completed=read), **options,
            )  # fmt: skip
        except Invalid as invalid:
            raise click.ClickException(
                "; ".join(f.message.in_(options["language"]) for f in invalid.faults)
            ) from invalid
    click.echo(_summary(outcome, dry_run=options["dry_run"]))
    if outcome.errors:
        click.echo(f"Not taken: {outcome.faulty:,}. What to do about each stands in {outcome.errors}", err=True)
        raise SystemExit(1)


def _summary(outcome: Any, *, dry_run: bool) -> str:
    if dry_run:
        return f"Rows read: {outcome.read:,}; {outcome.good:,} could be loaded. Nothing was changed."
    return (
        f"Rows read: {outcome.read:,}; {outcome.new:,} new, {outcome.changed:,} changed, "
        f"{outcome.unchanged:,} as they were."
    )
