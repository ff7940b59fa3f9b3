"""The relying parties: registered by an operator, remembered by each process, proven at each request."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from sala.identity.provider import rules
from sala.identity.provider.models import Client, ClientScope, Consent, Grant
from sala.identity.provider.scopes import CLAIMS
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import hash_token, new_token, uuid7
from sala.kit.text import Text

_REMEMBERED = 5.0  # seconds: a closed client is refused by the statements at once, whatever is remembered here
_known: dict[str, tuple[float, Party]] = {}
SMALLEST_RSA = 2048  # bits

_READ = """
SELECT c.id, c.name_th, c.name_en, c.kind, c.agency_id, c.company, c.redirect_uris, c.sector, c.method, c.secret_hash,
       c.jwks, c.grants, c.profile, c.sandbox,
       (SELECT jsonb_object_agg(s.scope, jsonb_build_array(s.purpose_th, s.purpose_en, s.basis_th, s.basis_en))
          FROM provider_clientscope s WHERE s.client_id = c.id AND s.ended_at IS NULL)
  FROM provider_client c WHERE c.id = %s AND c.closed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Why:
    """For what an RP asks a claim, and by which law it may."""

    purpose: Text
    basis: Text


@dataclass(frozen=True, slots=True)
class Party:
    """A relying party as a process remembers it."""

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
    sandbox: bool
    scopes: Mapping[str, Why]

    @property
    def allowed(self) -> Iterable[str]:
        return self.scopes


def party(client_id: str, *, anew: bool = False) -> Party | None:
    """The client of this id, known for a few seconds (`anew`: read now); None if there is none or it is closed."""
    known = None if anew else _known.get(client_id)
    if known and time.monotonic() - known[0] < _REMEMBERED:
        return known[1]
    if len(client_id) > 100 or "\0" in client_id:
        return None
    row = sql.fetch_one(_READ, [client_id])
    if row is None:
        _known.pop(client_id, None)
        return None
    found = _party(row)
    _known[client_id] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Read all clients anew (tests)."""
    _known.clear()


def _party(row: tuple[Any, ...]) -> Party:
    id_, name_th, name_en, kind, agency, company, uris, sector, method, secret, jwks, grants, profile, *more = row
    sandbox, scopes = more
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
        grants=frozenset(grants),
        profile=profile,
        sandbox=sandbox,
        # In the order of the consent page, whatever the order of the table.
        scopes={scope: why[scope] for scope in CLAIMS if scope in why},
    )


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client's id, and its secret: shown this once; empty for private_key_jwt."""

    id: str
    secret: str


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
) -> Registered:
    """A new RP, of an agency (government) or a company (private). It may ask nothing until scopes are approved.

    `by` is an actor's label. A `sandbox` RP is told of invented people only, and stays one. `sector` defaults to the
    host of the redirect URIs. Raises Invalid.
    """
    uris, granted = list(dict.fromkeys(redirect_uris)), list(dict.fromkeys(grants))
    hosts = {rules.origin_of(uri).split("://", 1)[1] for uri in uris}
    faults = [*_uri_faults(uris), *_proof_faults(method, jwks), *_grant_faults(granted, uris)]
    if bool(agency) == bool(company):
        faults.append(_fault("agency", "one_owner", _ONE_OWNER))
    if not sector and len(hosts) > 1:
        faults.append(_fault("sector", "several_hosts", _SEVERAL_HOSTS))
    if faults:
        raise Invalid(faults)
    secret = "" if method == Client.Method.KEY else new_token()
    with transaction.atomic():
        client = Client.objects.create(
            id=str(uuid7()),
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
            grants=granted,
            sandbox=sandbox,
        )
        audit.record(by, "provider.client_registered", f"client:{client.id}", {"uris": uris, "method": method})
    return Registered(client.id, secret)


def approve_scope(*, client_id: str, scope: str, purpose: Text, basis: Text, by: str) -> None:
    """The RP may ask `scope` for this purpose by this law. Saying it again changes nothing. Raises Invalid, NotFound.

    A purpose that changes asks again: who had agreed to the old one has not agreed to the new.
    """
    if scope not in CLAIMS:
        raise Invalid([_fault("scope", "unknown", _NO_SUCH_SCOPE)])
    words = (purpose.th, purpose.en, basis.th, basis.en)
    if not all(text.strip() for text in words):
        raise Invalid([_fault("purpose", "missing", _SAY_WHY)])
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
    _known.pop(client_id, None)


def withdraw_scope(*, client_id: str, scope: str, by: str) -> None:
    """The RP may no longer ask `scope`, also not with tokens that it has. Raises NotFound."""
    with transaction.atomic():
        client = _locked(client_id)
        if _end_scope(client, scope):
            audit.record(by, "provider.scope_withdrawn", f"client:{client.id}", {"scope": scope})
    _known.pop(client_id, None)


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


def new_secret(*, client_id: str, by: str) -> str:
    """Another secret in place of the old one, which stops working; shown this once. Raises NotFound, Conflict."""
    secret = new_token()
    with transaction.atomic():
        client = _locked(client_id)
        if client.method == Client.Method.KEY:
            raise Conflict(_HAS_KEYS)
        client.secret_hash = hash_token(secret)
        client.save(update_fields=["secret_hash"])
        audit.record(by, "provider.secret_replaced", f"client:{client.id}")
    _known.pop(client_id, None)
    return secret


def amend(*, client_id: str, name: Text, redirect_uris: Iterable[str], by: str) -> None:
    """Another name, other addresses to come back to. The sector stays: people stay who they are to the RP.

    Saying the same again changes nothing. Raises Invalid, NotFound.
    """
    uris = list(dict.fromkeys(redirect_uris))
    with transaction.atomic():
        client = _locked(client_id)
        if faults := [*_uri_faults(uris), *_grant_faults(client.grants, uris)]:
            raise Invalid(faults)
        if (client.name_th, client.name_en, client.redirect_uris) == (name.th, name.en, uris):
            return
        client.name_th, client.name_en, client.redirect_uris = name.th, name.en, uris
        client.save(update_fields=["name_th", "name_en", "redirect_uris"])
        detail = {"name": name.en, "uris": uris}
        audit.record(by, "provider.client_amended", f"client:{client.id}", detail)
    _known.pop(client_id, None)


def close(*, client_id: str, by: str) -> None:
    """The RP is no longer served; all its tokens end. Raises NotFound."""
    now = clock.now()
    with transaction.atomic():
        client = _locked(client_id)
        client.closed_at = now
        client.save(update_fields=["closed_at"])
        Grant.objects.filter(client=client, revoked_at=None).update(revoked_at=now)
        Consent.objects.filter(client=client).delete()
        audit.record(by, "provider.client_closed", f"client:{client.id}")
    _known.pop(client_id, None)


def listed() -> list[Client]:
    """All clients that are served, by name."""
    return list(Client.objects.filter(closed_at=None).order_by("name_en", "id"))


def _locked(client_id: str) -> Client:
    client = Client.objects.select_for_update(no_key=True).filter(id=client_id, closed_at=None).first()
    if client is None:
        raise NotFound
    return client


# --- What may be registered ----------------------------------------------------------------------------

_NO_SUCH_SCOPE = Text(th="ไม่มีขอบเขตข้อมูลนี้", en="There is no such scope")
_SAY_WHY = Text(
    th="ต้องระบุวัตถุประสงค์และฐานกฎหมาย ทั้งภาษาไทยและภาษาอังกฤษ",
    en="Say the purpose and the legal basis, in Thai and in English",
)
_ONE_OWNER = Text(th="ระบุหน่วยงานหรือบริษัท อย่างใดอย่างหนึ่ง", en="Name either an agency or a company")
_SEVERAL_HOSTS = Text(
    th="ที่อยู่ redirect URI มีหลายโฮสต์ โปรดระบุ sector",
    en="The redirect URIs have several hosts: name the sector by which people are known to them",
)
_HAS_KEYS = Text(th="ระบบนี้ใช้กุญแจ ไม่มีรหัสลับ", en="This client proves itself by a key and has no secret")
_NEEDS_URI = Text(th="ต้องมี redirect URI อย่างน้อยหนึ่งรายการ", en="Give at least one redirect URI")
_BAD_GRANT = Text(th="ไม่รู้จักประเภทการขอสิทธินี้", en="There is no such grant type")
_BAD_METHOD = Text(th="ไม่รู้จักวิธียืนยันตัวตนของระบบ", en="There is no such way for a client to prove itself")
_BAD_KEYS = Text(
    th="ต้องเป็นชุดกุญแจสาธารณะ (JWKS) ชนิด EC P-256 หรือ RSA ตั้งแต่ 2048 บิต แต่ละดอกมี kid",
    en="Give a JWKS of public keys only, EC P-256 or RSA of 2048 bits or more, each with a kid",
)


def _fault(field: str, code: str, message: Text) -> Fault:
    return Fault(field, code, message)


def _uri_faults(uris: list[str]) -> list[Fault]:
    wrong = [(uri, fault) for uri in uris if (fault := rules.redirect_uri_fault(uri))]
    return [
        _fault("redirect_uris", "address", Text(th=f"{uri}: ที่อยู่ไม่ถูกต้อง ({fault})", en=f"{uri} {fault}"))
        for uri, fault in wrong
    ]


def _grant_faults(grants: list[str], uris: list[str]) -> list[Fault]:
    faults = [_fault("grants", "unknown", _BAD_GRANT) for grant in grants if grant not in rules.GRANTS]
    if "authorization_code" in grants and not uris:
        faults.append(_fault("redirect_uris", "missing", _NEEDS_URI))
    return faults


def _proof_faults(method: str, jwks: dict[str, Any] | None) -> list[Fault]:
    if method not in Client.Method.values:
        return [_fault("method", "unknown", _BAD_METHOD)]
    if method != Client.Method.KEY:
        return [_fault("jwks", "not_used", _BAD_KEYS)] if jwks is not None else []
    return [] if _public_keys(jwks) else [_fault("jwks", "keys", _BAD_KEYS)]


def _public_keys(jwks: dict[str, Any] | None) -> bool:
    try:
        keys = KeySet.import_key_set(jwks or {}).keys  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError):
        return False
    return bool(keys) and all(_fit(key) for key in keys) and len({key.kid for key in keys}) == len(keys)


def _fit(key: object) -> bool:
    """Public, and of a kind whose signature cannot be taken for a shared secret's."""
    if isinstance(key, ECKey):
        return not key.is_private and key.curve_name == "P-256" and bool(key.kid)
    return isinstance(key, RSAKey) and not key.is_private and key.public_key.key_size >= SMALLEST_RSA and bool(key.kid)
