"""`sala provider`: the OpenID Provider's keys and relying parties."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

METHODS = click.Choice(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"])
PROFILES = click.Choice(["strict", "legacy_thaid"])
DAY = click.DateTime(["%Y-%m-%d"])
GRANTS = click.Choice(
    [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:openid:params:grant-type:ciba",
    ]
)


@click.group()
def provider() -> None:
    """Signing people in to other services: keys, and who may ask for what."""


@provider.command("rotate-keys")
@click.option("--compromised", is_flag=True, help="Withdraw the old key at once: what it signed is believed no more.")
def rotate_keys(*, compromised: bool) -> None:
    """Sign with the next key from now on.

    Nobody notices: it has been published for at least an hour, and the old key stays published for a day.
    """
    by = _setup()
    from sala.identity.provider import keys

    click.echo(f"Signs now: {keys.rotate(by=by, compromised=compromised)}")


@provider.command("keys")
def list_keys() -> None:
    """The keys: which signs, which comes next, which did until when."""
    _setup()
    from sala.identity.provider import keys

    keys.jwks()
    for key in keys.listed():
        state = "next" if key.signs_from is None else f"until {key.signs_until:%F %R}" if key.signs_until else "signs"
        click.echo(f"{key.kid}  made {key.created_at:%F %R}  {keys.place(key.place)}  {state}")


@provider.command("logouts")
def list_logouts() -> None:
    """Sign-outs that a relying party has not heard of yet, and why. Tried again for six hours; its console says it."""
    _setup()
    from sala.identity.provider import logout

    for notice in logout.untold():
        fault = notice.fault or "waits"
        click.echo(f"{notice.made_at:%F %R}  {notice.client_id} ({notice.client.name_en})  {fault}")


@provider.group()
def client() -> None:
    """Relying parties: the programs that people sign in to."""


@client.command()
@click.option("--name-th", required=True, help="As people read it, in Thai.")
@click.option("--name-en", required=True, help="As people read it, in English.")
@click.option("--agency", help="Whose it is: an agency's slug …")
@click.option("--company", default="", help="… or a company's registered name.")
@click.option("--redirect-uri", "uris", multiple=True, help="Where people come back to; exact; may be repeated.")
@click.option(
    "--method",
    type=METHODS,
    default="client_secret_basic",
    show_default=True,
    help="How it proves itself; none: it runs in a page or an app.",
)
@click.option("--jwks", type=click.Path(exists=True, path_type=Path), help="Its public keys, for private_key_jwt.")
@click.option("--grant", "grants", type=GRANTS, multiple=True, default=["authorization_code", "refresh_token"])
@click.option("--sector", default="", help="Host by which people are known to it; of the redirect URIs unless given.")
@click.option("--dpop", is_flag=True, help="Its tokens must be bound to a key (RFC 9449).")
@click.option("--fapi", is_flag=True, help="FAPI 2.0: pushed requests, private_key_jwt, bound tokens, or nothing.")
@click.option("--profile", type=PROFILES, default="strict", help="legacy_thaid: for programs written for ThaID.")
@click.option("--until", type=DAY, help="The last day of legacy_thaid; strict from the next.")
def add(
    *,
    name_th: str,
    name_en: str,
    agency: str | None,
    company: str,
    uris: tuple[str, ...],
    method: str,
    jwks: Path | None,
    grants: tuple[str, ...],
    sector: str,
    dpop: bool,
    fapi: bool,
    profile: str,
    until: datetime | None,
) -> None:
    """Register a relying party; prints its client_id, and its secret this once."""
    by = _setup()
    from sala.identity.directory import queries as directory
    from sala.identity.provider import registry
    from sala.kit.text import Text

    made = registry.register(
        name=Text(th=name_th, en=name_en),
        redirect_uris=uris,
        agency=directory.agency(agency).slug if agency else None,
        company=company,
        method=method,
        jwks=_keys(jwks),
        grants=grants,
        sector=sector,
        dpop=dpop,
        fapi=fapi,
        profile=profile,
        profile_until=until.date() if until else None,
        by=by,
    )
    click.echo(f"client_id: {made.id}")
    if made.secret:
        click.echo(f"client_secret: {made.secret}")


@client.command("list")
def list_clients() -> None:
    """The relying parties that are served."""
    _setup()
    from sala.identity.provider import clients

    for one in clients.listed():
        known = clients.party(one.id)
        scopes = " ".join(known.scopes) if known else ""
        loose = f"  {known.profile}" if known and known.profile != "strict" else ""
        click.echo(f"{one.id}  {one.name_en} ({one.agency_id or one.company})  {one.method}{loose}  {scopes}".rstrip())


@client.command()
@click.argument("client_id")
@click.argument("name", type=PROFILES)
@click.option("--until", type=DAY, help="The last day of legacy_thaid; strict from the next.")
def profile(*, client_id: str, name: str, until: datetime | None) -> None:
    """How strictly CLIENT_ID is held to the standard: strict, or legacy_thaid for a program written for ThaID."""
    by = _setup()
    import msgspec

    from sala.identity.provider import clients, registry
    from sala.kit.errors import NotFound

    known = clients.party(client_id, anew=True)
    if known is None:
        raise NotFound
    wanted = {"profile": name, "profile_until": until.date() if until and name != "strict" else None}
    registry.amend(client_id=client_id, setup=msgspec.structs.replace(registry.setup_of(known), **wanted), by=by)
    click.echo(f"Profile: {name}{f' until {until:%F}' if wanted['profile_until'] and until else ''}")


@client.command("sign-out")
@click.argument("client_id")
@click.option("--after", "after", multiple=True, help="Where signing out may lead; exact; may be repeated.")
@click.option("--tell", default="", help="The address that hears when a session has ended (back-channel logout).")
def sign_out(*, client_id: str, after: tuple[str, ...], tell: str) -> None:
    """Set where signing out leads and who is told of it, for CLIENT_ID; what is not said is none."""
    by = _setup()
    import msgspec

    from sala.identity.provider import clients, registry
    from sala.kit.errors import NotFound

    known = clients.party(client_id, anew=True)
    if known is None:
        raise NotFound
    setup = msgspec.structs.replace(
        registry.setup_of(known), post_logout_uris=tuple(dict.fromkeys(after)), backchannel_logout_uri=tell
    )
    registry.amend(client_id=client_id, setup=setup, by=by)
    click.echo(f"After signing out: {' '.join(after) or 'nowhere'}. Told: {tell or 'nobody'}.")


@client.command()
@click.argument("client_id")
@click.argument("scopes", nargs=-1, required=True)
@click.option("--purpose-th", required=True, help="What for, as the consent page says it in Thai.")
@click.option("--purpose-en", required=True, help="The same in English.")
@click.option("--basis-th", required=True, help="By which law, in Thai.")
@click.option("--basis-en", required=True, help="The same in English.")
def allow(
    *, client_id: str, scopes: tuple[str, ...], purpose_th: str, purpose_en: str, basis_th: str, basis_en: str
) -> None:
    """Let CLIENT_ID ask for SCOPES, for a purpose, by a law."""
    by = _setup()
    from sala.identity.provider import registry
    from sala.kit.text import Text

    why = {"purpose": Text(th=purpose_th, en=purpose_en), "basis": Text(th=basis_th, en=basis_en)}
    for scope in scopes:
        registry.approve_scope(client_id=client_id, scope=scope, **why, by=by)
    click.echo(f"May ask for: {' '.join(scopes)}")


@client.command()
@click.argument("client_id")
@click.argument("scopes", nargs=-1, required=True)
def forbid(*, client_id: str, scopes: tuple[str, ...]) -> None:
    """CLIENT_ID may no longer ask for SCOPES, also not with tokens that it has."""
    by = _setup()
    from sala.identity.provider import registry

    for scope in scopes:
        registry.withdraw_scope(client_id=client_id, scope=scope, by=by)
    click.echo(f"May no longer ask for: {' '.join(scopes)}")


@client.command()
@click.argument("client_id")
def secret(*, client_id: str) -> None:
    """Print another secret of CLIENT_ID; the old one stops working. It is shown this once."""
    by = _setup()
    from sala.identity.provider import registry

    click.echo(f"client_secret: {registry.new_secret(client_id=client_id, by=by)}")


@client.command()
@click.argument("client_id")
@click.confirmation_option(prompt="All its tokens end, and nobody signs in to it any more. Go on?")
def close(*, client_id: str) -> None:
    """Serve CLIENT_ID no longer."""
    by = _setup()
    from sala.identity.provider import registry

    registry.close(client_id=client_id, by=by)
    click.echo("Closed.")


def _keys(path: Path | None) -> dict[str, object] | None:
    if path is None:
        return None
    try:
        found = json.loads(path.read_text())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise click.ClickException(f"{path} is not a JWKS: a JSON object with the list `keys`")
    return found


def _setup() -> str:
    from sala.web import database

    database.setup_django()
    from sala.identity.accounts.actor import system

    return system("command-line").label
