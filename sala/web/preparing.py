"""Bringing an installation up to date. Every step may be repeated and leaves alone what is done."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation.reloader import translation_file_changed
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sala.web import wiring, words

if TYPE_CHECKING:
    from sala.engine.catalogue.declaration import Declaration
    from sala.engine.catalogue.loaded import Loaded
    from sala.web.demo import SignIn

SERVICES = Path(settings.BASE_DIR) / "services"
_LOCK = 0x53414C41_0001
"""Of the database: two installations that start on one database prepare it one after the other."""

console = Console(stderr=True, highlight=False)


def prepare() -> None:
    """Everything that must stand before the parts start."""
    with _step("Words"):
        if words.compile_stale():
            _read_words_anew()
    with _step("Style and script"):
        collect_static()
    with _one_at_a_time():
        with _step("Tables"):
            migrate()
        with _step("Areas, agencies, offices"):
            load_reference_data()
        with _step("Sign-in by digital ID"):
            register_portal()
        with _step("Services"):
            publish_shipped()
        with _step("Places for appointments"):
            begin_appointments()
        if settings.DEMO:
            demo()


def _read_words_anew() -> None:
    """Django read the words when it was set up, on a first start before they were compiled: the demo's first letters
    would be half English. Forgets what was read, as Django's own reloader does."""
    translation_file_changed(sender=None, file_path=Path("django.mo"))


def migrate() -> int:
    """Apply the migrations that are missing; how many there were."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
    return missing


def collect_static() -> bool:
    """Copy style and script to the state directory, under hashed names, if any has changed since; whether one had."""
    print_ = _fingerprint(_static_files())
    marker = Path(settings.STATIC_ROOT) / ".collected"
    if marker.exists() and marker.read_text() == print_:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    marker.write_text(print_)
    return True


def load_reference_data() -> None:
    """Areas, agencies, offices: what each room has in its files."""
    from sala.identity.directory import offices_file, registration
    from sala.identity.directory import queries as directory

    for path in wiring.REFERENCE_DATA:
        _named(path)()
    for file in sorted(SERVICES.glob("*/offices.csv")):
        offices_file.load(file)
    if not directory.offices_of_kind(registration.KIND):
        registration.load()  # until the installation has its own list (`sala offices import`)


def register_portal() -> bool:
    """The portal signs its people in as any relying party does; whether at this installation's own provider."""
    from sala.web import portal_client

    return portal_client.register()


def publish_shipped() -> list[Loaded]:
    """Publish every declaration that comes with Sala.

    Those given in person come last: they may name another that is given online.
    """
    files = sorted(SERVICES.glob("*/*.yaml"))
    declarations = sorted((_declaration(file) for file in files), key=lambda found: found.appointment is not None)
    return [_publish(declaration) for declaration in declarations]


def publish(file: Path) -> Loaded:
    """Publish one declaration."""
    return _publish(_declaration(file))


def _declaration(file: Path) -> Declaration:
    from sala.engine.catalogue.checking import load_text

    return load_text(file.read_text(encoding="utf-8"))


def _publish(declaration: Declaration) -> Loaded:
    from sala.engine.catalogue.services import publish as publish_declaration
    from sala.identity.accounts.actor import system

    return publish_declaration(declaration, by=system("command-line"))


def begin_appointments() -> int:
    """A first schedule with its places, wherever an office is to give a service and has none; how many were begun."""
    from sala.engine.appointments.office import schedules
    from sala.engine.catalogue import queries as catalogue

    begun = [(service, office) for service in catalogue.catalogue() for office in schedules.lacking(service)]
    for service, office in begun:
        schedules.ensure(service, office)
    return len(begun)


def demo() -> None:
    """Load the demonstration, and say who can sign in."""
    from sala.web.demo import load

    with Progress(
        TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        people = load(_progress(bar))
    _tell(people)


def _tell(people: list[SignIn]) -> None:
    """Who can sign in, the password once where it is everybody's."""
    passwords = {person.password for person in people}
    shared = passwords.pop() if len(passwords) == 1 else None
    title = "[bold]Who can sign in[/bold]"
    console.print(f"\n{title}, with the password [bold]{shared}[/bold]" if shared else f"\n{title}")
    for person in people:
        password = "" if shared else f" {person.password}"
        console.print(f"  {person.email:<33}{password} {person.who} [dim]– {person.hint}[/dim]", soft_wrap=True)


def _progress(bar: Progress) -> Callable[[str, int, int], None]:
    """`progress(what, done, total)` as bars."""
    tasks: dict[str, Any] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    return progress


def _static_files() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def _fingerprint(files: Iterator[Path]) -> str:
    told = sorted(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _named(path: str) -> Callable[[], Any]:
    module, _, name = path.partition(":")
    found: Callable[[], Any] = getattr(import_module(module), name)
    return found


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    with console.status(f"{name} …"):
        yield
    console.print(f"  [green]✓[/green] {name} [dim]{time.monotonic() - began:.1f} s[/dim]")
