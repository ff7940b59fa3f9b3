"""The command line. Each group of commands is a module of `sala.web.commands`; none of them imports Django
before it is needed, so that help is instant and the small processes stay small."""

from __future__ import annotations

from typing import Any

import click

from sala.web.commands import (
    appointments,
    faces,
    house,
    offices,
    parts,
    people,
    population,
    provider,
    registers,
    services,
)


class Plain(click.Group):
    """Expected faults are said in one plain sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise _explained(error) from error


def _explained(error: Exception) -> Exception:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, ProgrammingError

    from sala.kit.errors import Invalid, SalaError
    from sala.kit.postgres import PostgresError

    if isinstance(error, Invalid):
        return click.ClickException("\n".join(f"{fault.field}: {fault.message.en}" for fault in error.faults))
    if isinstance(error, SalaError):
        return click.ClickException(error.message.en)
    if isinstance(error, ProgrammingError) and "does not exist" in str(error):
        return click.ClickException("The database's tables are not up to date. Run: sala migrate")
    plain = {
        PostgresError: "",
        OperationalError: "The database cannot be used: ",
        ImproperlyConfigured: "A setting is wrong: ",
    }
    for kind, words in plain.items():
        if isinstance(error, kind):
            return click.ClickException(words + str(error).strip())
    return error


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sala")
def main() -> None:
    """Sala, the open hall for public services.

    `sala run` starts everything on this machine. The other commands are its parts, for an installation that runs
    each on its own (docs/operating.md), and the tools of those who keep it.
    """


for command in (
    house.run,
    house.prepare,
    house.migrate,
    house.demo,
    parts.web,
    parts.live,
    parts.worker,
    services.services,
    appointments.appointments,
    offices.offices,
    population.population,
    faces.faces,
    people.user,
    people.token,
    provider.provider,
    registers.import_,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
