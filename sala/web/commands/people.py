"""`sala user` and `sala token`: accounts that an operator makes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from sala.identity.accounts.actor import Actor

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def user() -> None:
    """People's accounts and officers' posts."""


@user.command()
@click.argument("email")
@click.option("--given-name", prompt=True)
@click.option("--surname", prompt=True)
@click.option("--phone", prompt=True, help="With the country's code, such as +66812345678.")
@click.option("--language", type=click.Choice(["th", "en"]), default="th", show_default=True, help="Of their letters.")
def add(*, email: str, given_name: str, surname: str, phone: str, language: str) -> None:
    """Make an account for EMAIL and print the link that sets its password.

    Hand the link to its owner; it works once. An address that has an account keeps it as it is.
    """
    by = _setup()
    from sala.identity.accounts import registration

    _, link = registration.create_account(
        email=email, given_name=given_name, surname=surname, phone=phone, language=language, by=by
    )
    click.echo(link or "This address has an account with a password already.")


@user.command("password-link")
@click.argument("email")
def password_link(*, email: str) -> None:
    """Print a link that sets a new password for EMAIL, for somebody whose mail does not arrive."""
    by = _setup()
    from sala.identity.accounts import registration

    click.echo(registration.password_link(email=email, by=by))


@user.command()
@click.argument("email")
@click.option("--agency", required=True, help="Its slug, such as immigration-bureau.")
@click.option("--role", required=True, help="What the post allows: officer, supervisor, manager, administrator …")
@click.option("--office", help="The office's slug; without it, all offices of the agency.")
@click.option("--service", "services", multiple=True, help="Only this service; may be repeated.")
@click.option("--since", type=DAY, help="First day; today unless given.")
@click.option("--until", type=DAY, help="Last day; open unless given.")
def post(
    *,
    email: str,
    agency: str,
    role: str,
    office: str | None,
    services: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Give EMAIL a post in an agency, or change the dates and services of one."""
    by = _setup()
    from sala.identity.directory import queries
    from sala.identity.directory import services as directory

    number = directory.appoint(
        account=_account(email),
        agency=agency,
        role=role,
        office=queries.office_by_slug(office).id if office else None,
        services=services,
        since=since.date() if since else None,
        until=until.date() if until else None,
        by=by,
    )
    click.echo(f"Post {number}: {email} is {role} of {office or agency}.")


@click.command()
@click.argument("email")
@click.option("--name", required=True, help="What it is for; its owner sees it in the list of tokens.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; may be repeated.")
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How long it holds.")
def token(*, email: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a new API token of EMAIL. It is shown this once and cannot be read again."""
    by = _setup()
    from sala.identity.accounts import tokens

    click.echo(tokens.issue_token(account_id=_account(email), name=name, scopes=scopes, days=days, by=by))


def _setup() -> Actor:
    from sala.web import database

    database.setup_django()
    from sala.identity.accounts.actor import system

    return system("command-line")


def _account(email: str) -> UUID:
    from sala.identity.accounts import registration

    account = registration.by_email(email)
    if account is None:
        raise click.ClickException(f"No account has the address {email}. Make one with: sala user add {email}")
    return account.id
