"""Asked by the relying party itself (OpenID Connect CIBA Core 1.0, poll and ping): somebody at a counter or on the
telephone says who they are, and approves on their own phone.

Whom the RP named is looked up in the background, after it has its answer. So known and unknown people get the same
answer at the same price, and nobody learns from here who is in the register; the unknown simply never approve.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts import queries as accounts
from sala.identity.people import queries as people
from sala.identity.people.rules import is_pid
from sala.identity.provider import clients, deciding, hints, legacy, rules, showing, tokens
from sala.identity.provider.clients import Party
from sala.identity.provider.deciding import Known, Step
from sala.identity.provider.elsewhere import INTERVAL
from sala.identity.provider.models import Decoupled
from sala.identity.provider.rules import Asked, Refusal
from sala.identity.wallet import approvals
from sala.identity.wallet.rules import APPROVAL_AGE, Kind, State
from sala.kit import clock, outbox, outgoing, ratelimit, sql
from sala.kit.errors import TooMany
from sala.kit.ids import hash_token, keyed_digest, new_token

HINTS = ("login_hint", "id_token_hint", "login_hint_token")
LONGEST_MESSAGE = 80
BEGUN = 600
"""Requests of one client in a minute."""
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{16,1024}=*")
_SECONDS = re.compile(r"[1-9][0-9]{0,5}")
_SUBJECT = "SELECT person_id FROM provider_subject WHERE value = %s AND sector = %s"


class Hint(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom the RP named, in one way; and its message for them. Kept only until it is looked up."""

    login: str = ""
    subject: str = ""
    message: str = ""


def begin(client: Party, given: dict[str, str]) -> dict[str, Any]:
    """What the RP polls with (or is pinged about). Raises Refusal, TooMany."""
    hint = _hint(client, given)
    asked = rules.judge_apart(given, client)
    notify = _notify_token(client, given)
    age = _age(given.get("requested_expiry", ""))
    ratelimit.hit(f"ciba:{client.id}", BEGUN, 60)
    seed, now = new_token(), clock.now()
    code = hash_token(request_id(seed))
    with transaction.atomic():
        Decoupled.objects.create(
            code_hash=code,
            client_id=client.id,
            asked=msgspec.to_builtins(asked),
            notify_token=notify,
            seed=seed,
            hint=msgspec.to_builtins(hint),
            interval=INTERVAL,
            created_at=now,
            expires_at=now + age,
        )
        outbox.emit("provider.ciba_asked", {"request": code.hex()})
    return {"auth_req_id": request_id(seed), "expires_in": int(age.total_seconds()), "interval": INTERVAL}


def request_id(seed: str) -> str:
    """The `auth_req_id`: as good as random, and to be said again in the ping, though only its hash is stored."""
    return f"{seed[:22]}{keyed_digest('provider.ciba', seed)}"


def _hint(client: Party, given: dict[str, str]) -> Hint:
    named = [name for name in HINTS if name in given]
    if len(named) != 1:
        raise Refusal("invalid_request", "Name the person in one way: login_hint or id_token_hint")
    if named == ["login_hint_token"]:
        raise Refusal("invalid_request", "login_hint_token is not supported: use login_hint or id_token_hint")
    message = given.get("binding_message", "")
    if len(message) > LONGEST_MESSAGE:
        raise Refusal("invalid_binding_message", f"binding_message may have {LONGEST_MESSAGE} characters")
    if named == ["login_hint"]:
        return Hint(login=given["login_hint"].strip(), message=message)
    told = hints.read(given["id_token_hint"])
    if told is None or told.client_id != client.id:
        raise Refusal("invalid_request", "id_token_hint is not an ID token that this client got from us")
    return Hint(subject=told.subject, message=message)


def _notify_token(client: Party, given: dict[str, str]) -> str:
    """Without an address to be pinged at, the client polls."""
    if not client.ciba_notification_uri:
        return ""
    token = given.get("client_notification_token", "")
    if not _BEARER.fullmatch(token):
        raise Refusal("invalid_request", "client_notification_token is missing, or is no bearer token of 16 characters")
    return token


def _age(text: str) -> timedelta:
    if not text:
        return APPROVAL_AGE
    if not _SECONDS.fullmatch(text):
        raise Refusal("invalid_request", "requested_expiry must be a number of seconds")
    return min(timedelta(seconds=int(text)), APPROVAL_AGE)


# --- In the background -----------------------------------------------------------------------------------------


def look_up(code: bytes) -> None:
    """Ask whom the RP named, if there is somebody and this RP may be told of them. May be repeated."""
    with transaction.atomic():
        row = Decoupled.objects.select_for_update().filter(code_hash=code, expires_at__gt=clock.now()).first()
        client = clients.party(row.client_id) if row else None
        if row is None or client is None or row.approval_id or not row.hint:
            return
        hint = msgspec.convert(row.hint, Hint)
        row.approval_id, row.hint = _ask(row, client, hint), {}
        row.save(update_fields=["approval_id", "hint"])


def _ask(row: Decoupled, client: Party, hint: Hint) -> UUID | None:
    asked = msgspec.convert(row.asked, Asked)
    account = _account(hint, client)
    if account is None or isinstance(deciding.person(asked, Known(account, 0, clock.now())), Step):
        return None
    given = deciding.consent(account, client.id)
    asking = showing.asking(asked, client, agreed=given.agreed if given else (), message=hint.message)
    try:
        return approvals.ask(kind=Kind.CIBA, asking=asking, account_id=account).id
    except TooMany:  # they have enough to answer, or said no to this RP often enough
        return None


def _account(hint: Hint, client: Party) -> UUID | None:
    if "@" in hint.login:
        return accounts.by_email(hint.login)
    pid = hint.login.replace("-", "").replace(" ", "")
    if hint.subject and legacy.applies(client) and is_pid(hint.subject):
        pid = hint.subject
    if hint.subject and not pid:
        row = sql.fetch_one(_SUBJECT, [hint.subject, client.sector])
        return people.account_of(row[0]) if row else None
    person = people.by_pid(pid) if is_pid(pid) else None
    return people.account_of(person.id) if person else None


def answered(approval_id: UUID) -> bytes | None:
    """The request that this approval answers, if its RP waits to be pinged; None if it does not, or nobody answered."""
    row = Decoupled.objects.filter(approval_id=approval_id).exclude(notify_token="").first()
    if row is None or approvals.state(approval_id) not in {State.APPROVED, State.DECLINED}:
        return None
    return bytes(row.code_hash)


def ping(code: bytes) -> None:
    """Tell the RP that it may fetch its answer. Raises OSError where it could not be reached, to be tried again."""
    row = Decoupled.objects.filter(code_hash=code, expires_at__gt=clock.now()).first()
    client = clients.party(row.client_id) if row else None
    if row is None or client is None or not client.ciba_notification_uri:
        return
    body = msgspec.json.encode({"auth_req_id": request_id(row.seed)})
    try:
        told = outgoing.post_json(
            client.ciba_notification_uri, body, headers={"Authorization": f"Bearer {row.notify_token}"}
        )
    except outgoing.Unreachable as error:
        tokens.note(client.id, "ciba", refusal=Refusal("ping_failed", f"The ping did not reach you: {error.reason}"))
        raise
    if not 200 <= told.status < 300:
        tokens.note(client.id, "ciba", refusal=Refusal("ping_failed", f"The ping was answered with {told.status}"))
