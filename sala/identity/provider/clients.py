"""The relying parties as requests meet them: read, remembered by each process for seconds. `registry` writes them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from joserfc.jwk import KeySet

from sala.identity.provider import rules
from sala.identity.provider.models import Client
from sala.identity.provider.scopes import CLAIMS
from sala.kit import clock, sql
from sala.kit.text import Text

_REMEMBERED = 5.0  # seconds: a closed client is refused by the statements at once, whatever is remembered here
_known: dict[str, tuple[float, Party]] = {}
_origins: list[tuple[float, frozenset[str]]] = []  # one, or none yet

# A profile that is looser than the strict one ends with its day, whether anybody remembers or not.
_COLUMNS = """
       c.id, c.name_th, c.name_en, c.kind, c.agency_id, c.company, c.redirect_uris, c.sector, c.method, c.secret_hash,
       c.jwks, c.grants, CASE WHEN c.profile_until < %(today)s THEN 'strict' ELSE c.profile END, c.profile_until,
       c.dpop, c.fapi, c.post_logout_uris, c.backchannel_logout_uri, c.ciba_notification_uri, c.sandbox,
       (SELECT jsonb_object_agg(s.scope, jsonb_build_array(s.purpose_th, s.purpose_en, s.basis_th, s.basis_en))
          FROM provider_clientscope s WHERE s.client_id = c.id AND s.ended_at IS NULL)
  FROM provider_client c
"""
_READ = f"SELECT {_COLUMNS} WHERE c.id = %(id)s AND c.closed_at IS NULL"
_SERVED = f"""
SELECT {_COLUMNS} WHERE (c.closed_at IS NULL OR (c.suspended AND %(suspended)s)) AND NOT c.sandbox
 ORDER BY c.name_en, c.id
"""
_PUBLIC = """
SELECT DISTINCT substring(uri FROM '^[^:]+://[^/?]+') FROM provider_client c, unnest(c.redirect_uris) AS uri
 WHERE c.method = 'none' AND c.closed_at IS NULL
"""
_HALTED = "SELECT closed_at, closed_why, suspended FROM provider_client WHERE id = %s AND closed_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Why:
    """For what an RP asks a claim, and by which law it may."""

    purpose: Text
    basis: Text


@dataclass(frozen=True, slots=True)
class Party:
    """A relying party as a process remembers it. What the columns mean, the model says."""

    id: str
    name: Text
    kind: str
    agency: str | None
    company: str
    redirect_uris: tuple[str, ...]
    sector: str
    method: str
    secret_hash: bytes | None
    keys: KeySet | None
    grants: frozenset[str]
    profile: str
    profile_until: date | None
    dpop: bool
    fapi: bool
    post_logout_uris: tuple[str, ...]
    backchannel_logout_uri: str
    ciba_notification_uri: str
    sandbox: bool
    scopes: Mapping[str, Why]

    @property
    def allowed(self) -> Iterable[str]:
        return self.scopes

    @property
    def public(self) -> bool:
        """Whether it runs where nothing stays secret, in a page or an app, and so proves nothing of itself."""
        return self.method == Client.Method.NONE


def party(client_id: str, *, anew: bool = False) -> Party | None:
    """The client of this id, known for a few seconds (`anew`: read now); None if there is none or it is closed."""
    known = None if anew else _known.get(client_id)
    if known and time.monotonic() - known[0] < _REMEMBERED:
        return known[1]
    if len(client_id) > 100 or "\0" in client_id:
        return None
    row = sql.fetch_one(_READ, {"id": client_id, "today": clock.today()})
    if row is None:
        _known.pop(client_id, None)
        return None
    found = _party(row)
    _known[client_id] = (time.monotonic(), found)
    return found


def served(*, suspended: bool = False) -> list[Party]:
    """All RPs that may be told of real people, by their names in English; with those `suspended` for now, too."""
    return [_party(row) for row in sql.fetch_all(_SERVED, {"today": clock.today(), "suspended": suspended})]


def public_origins() -> frozenset[str]:
    """The origins of all public clients' pages, known for a few seconds."""
    if not _origins or time.monotonic() - _origins[0][0] >= _REMEMBERED:
        found = frozenset(rules.web_origin(uri) for (uri,) in sql.fetch_all(_PUBLIC, {}))
        _origins[:] = [(time.monotonic(), found)]
    return _origins[0][1]


@dataclass(frozen=True, slots=True)
class Halted:
    """An RP that is not served: since when, why, and whether only for now."""

    since: datetime
    why: str
    suspended: bool


def halted(client_id: str) -> Halted | None:
    """Why the RP is not served; None if it is."""
    row = sql.fetch_one(_HALTED, [client_id])
    return Halted(*row) if row else None


def listed() -> list[Client]:
    """All clients that are served, sandboxes too, by name."""
    return list(Client.objects.filter(closed_at=None).order_by("name_en", "id"))


def forget(client_id: str | None = None) -> None:
    """Read this client anew, or all (tests)."""
    _origins.clear()
    if client_id is None:
        _known.clear()
    else:
        _known.pop(client_id, None)


def _party(row: tuple[Any, ...]) -> Party:
    id_, name_th, name_en, kind, agency, company, uris, sector, method, secret, jwks, grants, *more = row
    profile, until, dpop, fapi, after, backchannel, ciba, sandbox, scopes = more
    why = {
        scope: Why(Text(th=words[0], en=words[1]), Text(th=words[2], en=words[3]))
        for scope, words in (msgspec.json.decode(scopes) if scopes else {}).items()
    }
    keys = KeySet.import_key_set(msgspec.json.decode(jwks)) if jwks else None
    return Party(
        id=id_,
        name=Text(th=name_th, en=name_en),
        kind=kind,
        agency=agency,
        company=company,
        redirect_uris=tuple(uris),
        sector=sector,
        method=method,
        secret_hash=bytes(secret) if secret else None,
        keys=keys,
        # Those written for ThaID expect a refresh token in every answer.
        grants=frozenset(grants) | ({"refresh_token"} if profile == Client.Profile.LEGACY else set()),
        profile=profile,
        profile_until=until,
        dpop=dpop,
        fapi=fapi,
        post_logout_uris=tuple(after),
        backchannel_logout_uri=backchannel,
        ciba_notification_uri=ciba,
        sandbox=sandbox,
        # In the order of the consent page, whatever the order of the table.
        scopes={scope: why[scope] for scope in CLAIMS if scope in why},
    )
