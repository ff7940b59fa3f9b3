"""The register of relying parties, written: by the console's officers and the command line. All of it is audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.db import transaction

from sala.identity.provider import clients, registrable, rules
from sala.identity.provider.models import Client, ClientScope, Consent, Grant
from sala.identity.provider.scopes import CLAIMS
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import hash_token, new_token, uuid7
from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client's id, and its secret: shown this once; empty for private_key_jwt and for a public client."""

    id: str
    secret: str


class Setup(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a client works beside its name, addresses and proof; the defaults are the safe ones. The model says more."""

    grants: tuple[str, ...] = ("authorization_code", "refresh_token")
    post_logout_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    ciba_notification_uri: str = ""
    dpop: bool = False
    fapi: bool = False
    profile: str = "strict"
    profile_until: date | None = None


def register(
    *,
    name: Text,
    redirect_uris: Iterable[str],
    by: str,
    agency: str | None = None,
    company: str = "",
    method: str = Client.Method.BASIC,
    jwks: dict[str, Any] | None = None,
    grants: Iterable[str] = ("authorization_code", "refresh_token"),
    sector: str = "",
    sandbox: bool = False,
    client_id: str = "",
    **more: Any,
) -> Registered:
    """A new RP, of an agency (government) or a company (private). It may ask nothing until scopes are approved.

    `by` is an actor's label. A `sandbox` RP is told of invented people only, and stays one. `sector` defaults to the
    host of the redirect URIs, `client_id` to a random one; `more` are the other fields of Setup. Raises Invalid.
    """
    uris, setup = list(dict.fromkeys(redirect_uris)), Setup(grants=tuple(dict.fromkeys(grants)), **more)
    hosts = {rules.origin_of(uri).split("://", 1)[1] for uri in uris}
    faults = [*_faults(uris, method, setup), *registrable.proof_faults(method, jwks)]
    if bool(agency) == bool(company):
        faults.append(Fault("agency", "one_owner", registrable.ONE_OWNER))
    if not sector and len(hosts) > 1:
        faults.append(Fault("sector", "several_hosts", registrable.SEVERAL_HOSTS))
    if faults:
        raise Invalid(faults)
    secret = new_token() if method in registrable.SECRETS else ""
    with transaction.atomic():
        client = Client.objects.create(
            id=client_id or str(uuid7()),
            name_th=name.th,
            name_en=name.en,
            kind=Client.Kind.GOVERNMENT if agency else Client.Kind.PRIVATE,
            agency_id=agency,
            company=company,
            redirect_uris=uris,
            sector=sector or next(iter(hosts), ""),
            method=method,
            secret_hash=hash_token(secret) if secret else None,
            jwks=jwks,
            sandbox=sandbox,
            **_columns(setup),
        )
        detail = {"uris": uris, "method": method, "setup": msgspec.to_builtins(setup)}
        audit.record(by, "provider.client_registered", f"client:{client.id}", detail)
    return Registered(client.id, secret)


def _columns(setup: Setup) -> dict[str, Any]:
    columns = msgspec.structs.asdict(setup)
    return columns | {name: list(columns[name]) for name in ("grants", "post_logout_uris")}


def _faults(uris: list[str], method: str, setup: Setup) -> list[Fault]:
    own = (
        ("backchannel_logout_uri", setup.backchannel_logout_uri),
        ("ciba_notification_uri", setup.ciba_notification_uri),
    )
    return [
        *registrable.uri_faults(uris),
        *registrable.uri_faults(setup.post_logout_uris, "post_logout_uris"),
        *(fault for field, uri in own if uri for fault in registrable.uri_faults([uri], field)),
        *registrable.grant_faults(setup.grants, uris, method),
        *registrable.profile_faults(profile=setup.profile, method=method, fapi=setup.fapi),
    ]


def amend(
    *,
    client_id: str,
    by: str,
    name: Text | None = None,
    redirect_uris: Iterable[str] | None = None,
    setup: Setup | None = None,
    public: bool | None = None,
) -> None:
    """Another name, other addresses, another setup, a `public` client or no longer one; None leaves each as it is. The
    sector stays: people stay who they are to the RP. Saying the same again changes nothing. Raises Invalid, NotFound.
    """
    with transaction.atomic():
        client = _locked(client_id)
        before = _said(client)
        if name is not None:
            client.name_th, client.name_en = name.th, name.en
        if redirect_uris is not None:
            client.redirect_uris = list(dict.fromkeys(redirect_uris))
        for column, value in (_columns(setup) if setup else {}).items():
            setattr(client, column, value)
        if public is not None:
            _run(client, public=public)
        if faults := _faults(client.redirect_uris, client.method, setup_of(client)):
            raise Invalid(faults)
        changed = {key: value for key, value in _said(client).items() if value != before[key]}
        if not changed:
            return
        client.save()
        audit.record(by, "provider.client_amended", f"client:{client.id}", changed)
    clients.forget(client_id)


def _run(client: Client, *, public: bool) -> None:
    """Where nothing stays secret; or, no longer there, with a secret that nobody has seen: `new_secret` shows one."""
    if public:
        client.method, client.secret_hash, client.jwks = Client.Method.NONE, None, None
    elif client.method == Client.Method.NONE:
        client.method, client.secret_hash = Client.Method.BASIC, hash_token(new_token())


def setup_of(client: Client | clients.Party) -> Setup:
    """How a client works now."""
    wanted = {name: getattr(client, name) for name in Setup.__struct_fields__}
    order = [grant for grant in registrable.GRANTS if grant in wanted["grants"]]
    return Setup(**wanted | {"grants": tuple(order), "post_logout_uris": tuple(wanted["post_logout_uris"])})


def _said(client: Client) -> dict[str, Any]:
    named = {"name_th": client.name_th, "name_en": client.name_en, "redirect_uris": list(client.redirect_uris)}
    named["method"] = str(client.method)
    return named | dict(msgspec.to_builtins(msgspec.structs.asdict(setup_of(client))))


# --- How it proves itself ----------------------------------------------------------------------------------


def new_secret(*, client_id: str, by: str, method: str = "") -> str:
    """Another secret in place of the old one, which stops working; shown this once. `method`: how it is brought from
    now on, also in place of keys. Raises NotFound, Conflict (it has keys, or is public), Invalid."""
    secret = new_token()
    with transaction.atomic():
        client = _locked(client_id)
        _check_confidential(client)
        if client.method == Client.Method.KEY and not method:
            raise Conflict(registrable.HAS_KEYS)
        client.method = method or client.method
        if faults := [
            *registrable.secret_faults(client.method),
            *registrable.profile_faults(profile=client.profile, method=client.method, fapi=client.fapi),
        ]:
            raise Invalid(faults)
        client.secret_hash, client.jwks = hash_token(secret), None
        client.save(update_fields=["secret_hash", "jwks", "method"])
        audit.record(by, "provider.secret_replaced", f"client:{client.id}", {"method": client.method})
    clients.forget(client_id)
    return secret


def use_keys(*, client_id: str, jwks: dict[str, Any], by: str) -> None:
    """The client proves itself by these public keys from now on (private_key_jwt); a secret ends.

    Raises Invalid; Conflict for a public client, to which they would be published.
    """
    if faults := registrable.proof_faults(Client.Method.KEY, jwks):
        raise Invalid(faults)
    with transaction.atomic():
        client = _locked(client_id)
        _check_confidential(client)
        if (client.method, client.jwks) == (Client.Method.KEY, jwks):
            return
        client.method, client.jwks, client.secret_hash = Client.Method.KEY, jwks, None
        client.save(update_fields=["secret_hash", "jwks", "method"])
        kids = [key.get("kid") for key in jwks["keys"]]
        audit.record(by, "provider.keys_replaced", f"client:{client.id}", {"kids": kids})
    clients.forget(client_id)


def _check_confidential(client: Client) -> None:
    if client.method == Client.Method.NONE:
        raise Conflict(registrable.HAS_NOTHING)


# --- What it may ask ---------------------------------------------------------------------------------------


def approve_scope(*, client_id: str, scope: str, purpose: Text, basis: Text, by: str) -> None:
    """The RP may ask `scope` for this purpose by this law. Saying it again changes nothing. Raises Invalid, NotFound.

    A purpose that changes asks again: who had agreed to the old one has not agreed to the new.
    """
    if scope not in CLAIMS:
        raise Invalid([Fault("scope", "unknown", registrable.NO_SUCH_SCOPE)])
    words = (purpose.th, purpose.en, basis.th, basis.en)
    if not all(text.strip() for text in words):
        raise Invalid([Fault("purpose", "missing", registrable.SAY_WHY)])
    with transaction.atomic():
        client = _locked(client_id)
        now = ClientScope.objects.filter(client=client, scope=scope, ended_at=None).first()
        if now and (now.purpose_th, now.purpose_en, now.basis_th, now.basis_en) == words:
            return
        _end_scope(client, scope)
        ClientScope.objects.create(
            client=client,
            scope=scope,
            purpose_th=purpose.th,
            purpose_en=purpose.en,
            basis_th=basis.th,
            basis_en=basis.en,
            since=clock.now(),
        )
        detail = {"scope": scope, "purpose": purpose.en, "basis": basis.en}
        audit.record(by, "provider.scope_approved", f"client:{client.id}", detail)
    clients.forget(client_id)


def withdraw_scope(*, client_id: str, scope: str, by: str) -> None:
    """The RP may no longer ask `scope`, also not with tokens that it has. Raises NotFound."""
    with transaction.atomic():
        client = _locked(client_id)
        if _end_scope(client, scope):
            audit.record(by, "provider.scope_withdrawn", f"client:{client.id}", {"scope": scope})
    clients.forget(client_id)


def _end_scope(client: Client, scope: str) -> int:
    """Also in what people agreed to and refused: a new purpose is a new question."""
    ended = ClientScope.objects.filter(client=client, scope=scope, ended_at=None).update(ended_at=clock.now())
    if ended:
        sql.execute(_FORGET_SCOPE, {"client": client.id, "scope": scope})
    return ended


_FORGET_SCOPE = """
WITH grants AS (
  UPDATE provider_grant SET scopes = array_remove(scopes, %(scope)s)
   WHERE client_id = %(client)s AND %(scope)s = ANY (scopes))
UPDATE provider_consent SET agreed = array_remove(agreed, %(scope)s), refused = array_remove(refused, %(scope)s)
 WHERE client_id = %(client)s
"""


# --- Whether it is served ----------------------------------------------------------------------------------


def close(*, client_id: str, by: str, why: str = "") -> None:
    """The RP is no longer served; all its tokens end, and what people agreed to. Also of a suspended one.
    Raises NotFound."""
    with transaction.atomic():
        client = _locked(client_id, suspended=True)
        _stop(client, why, suspended=False)
        Consent.objects.filter(client=client).delete()
        audit.record(by, "provider.client_closed", f"client:{client.id}", {"why": why})
    clients.forget(client_id)


def suspend(*, client_id: str, by: str, why: str) -> None:
    """The RP is not served for now: its tokens end, what people agreed to stays. Raises NotFound."""
    with transaction.atomic():
        client = _locked(client_id)
        _stop(client, why, suspended=True)
        audit.record(by, "provider.client_suspended", f"client:{client.id}", {"why": why})
    clients.forget(client_id)


def resume(*, client_id: str, by: str) -> None:
    """Serve a suspended RP again; people sign in anew. Raises NotFound."""
    with transaction.atomic():
        client = _locked(client_id, suspended=True)
        if client.closed_at is None:
            return
        client.closed_at, client.closed_why, client.suspended = None, "", False
        client.save(update_fields=["closed_at", "closed_why", "suspended"])
        audit.record(by, "provider.client_resumed", f"client:{client.id}")
    clients.forget(client_id)


def _stop(client: Client, why: str, *, suspended: bool) -> None:
    now = clock.now()
    client.closed_at, client.closed_why, client.suspended = now, why, suspended
    client.save(update_fields=["closed_at", "closed_why", "suspended"])
    Grant.objects.filter(client=client, revoked_at=None).update(revoked_at=now)


def _locked(client_id: str, *, suspended: bool = False) -> Client:
    client = Client.objects.select_for_update(no_key=True).filter(id=client_id).first()
    if client is None or (client.closed_at and not (suspended and client.suspended)):
        raise NotFound
    return client
