"""`sala appointments`: places for appointments, as an operator opens, extends and closes them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sala.identity.accounts.actor import Actor

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])


@click.group()
def appointments() -> None:
    """Appointments at offices: the places that can be booked."""


@appointments.command()
@click.option("--service", help="Only this service's offices; its slug.")
def extend(*, service: str | None) -> None:
    """Make the places up to each office's horizon.

    Old free ones are swept away. The worker does this every night; call it after the clock or holidays.yaml was
    corrected. Visits on a day that has become a holiday are displaced: their people are told, and choose another
    time. May be repeated.
    """
    _setup()
    from rich.progress import track

    from sala.engine.appointments.office import schedules
    from sala.web.preparing import console

    every = schedules.all_schedules(service=service)
    made = sum(schedules.extend(one) for one in track(every, "Offices", console=console, transient=True))
    click.echo(f"{made:,} places made at {len(every)} offices.")


@appointments.command("open")
@click.option("--service", required=True, help="Its slug, such as extension-of-stay.")
@click.option("--office", "offices", multiple=True, help="A slug; may be repeated. All of the kind unless given.")
def open_(*, service: str, offices: tuple[str, ...]) -> None:
    """Begin to give a service at offices.

    They begin as its declaration says, and then set their own counters and hours. Publishing a service does this for
    every office of its kind, and the worker every night for new ones.
    """
    _setup()
    from rich.progress import track

    from sala.engine.appointments.office import schedules
    from sala.engine.catalogue import queries as catalogue
    from sala.identity.directory import queries as directory
    from sala.web.preparing import console

    loaded = catalogue.current(service)
    if loaded.declaration.appointment is None:
        raise click.ClickException(f"{service} is given without an appointment: its declaration has none.")
    asked = [directory.office_by_slug(slug).id for slug in offices] or schedules.lacking(loaded)
    begun = [one for one in asked if not _gives(one, service)]
    for office in track(begun, "Offices", console=console, transient=True):
        schedules.ensure(loaded, office)
    click.echo(f"{len(begun)} offices begin to give {service}.")


@appointments.command()
@click.option("--from", "starts", type=MOMENT, required=True, help="2026-12-01, or 2026-12-01T12:00; in Thailand.")
@click.option("--until", "ends", type=MOMENT, required=True, help="The moment at which offices open again.")
@click.option("--reason-th", required=True, help="Why, as visitors read it in Thai.")
@click.option("--reason-en", required=True, help="Why, in English.")
@click.option(
    "--office", "offices", multiple=True, help="An office's slug; may be repeated. EVERY office unless given."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def close(
    *, starts: datetime, ends: datetime, reason_th: str, reason_en: str, offices: tuple[str, ...], yes: bool
) -> None:
    """Close offices for a time, such as a day of mourning.

    Says first whom it touches, and asks. Whoever was to come is told and chooses another time. An office's manager
    closes it on the desk's own pages.
    """
    by = _setup()
    from sala.engine.appointments.office import schedules
    from sala.engine.appointments.office.changes import NewClosure
    from sala.identity.directory import queries as directory
    from sala.kit.clock import THAILAND
    from sala.kit.text import Text

    change = NewClosure(
        offices=tuple(directory.office_by_slug(slug).id for slug in offices) or None,
        starts_at=starts.replace(tzinfo=THAILAND),
        ends_at=ends.replace(tzinfo=THAILAND),
        reason=Text(th=reason_th, en=reason_en),
    )
    seen = schedules.preview(change, by=by)
    where = ", ".join(offices) or "EVERY office"
    lost = f"{seen.visits:,} visits of {seen.people:,} people lose their time"
    click.echo(f"{where}: {lost}, {seen.goes:,} free places go.")
    if not yes:
        click.confirm("Close?", abort=True)
    schedules.make(change, by=by, fingerprint=seen.fingerprint)
    click.echo("Closed. Everybody who lost their time is told.")


def _gives(office: int, service: str) -> bool:
    from sala.engine.appointments import queries

    return queries.schedule_of(office, service) is not None


def _setup() -> Actor:
    from sala.web import database

    database.setup_django()
    from sala.identity.accounts.actor import system

    return system("command-line")
