"""A sign-in by a digital ID: begun, its answer judged, the person's account found; and its end, when the provider says.

The provider is asked outside of transactions: it may be ourselves, on the same connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from sala.identity.accounts import sessions
from sala.identity.accounts.actor import system
from sala.identity.people import queries as people
from sala.identity.portal import provider, rules
from sala.identity.portal.models import Begun, Identity, RemoteSession
from sala.identity.portal.rules import Ended, Identified, Wrong
from sala.kit import audit, clock, sql
from sala.kit.ids import hash_token, new_token

_BY = system("portal")
_TAKE = """
DELETE FROM portal_begun WHERE state_hash = %s AND browser_hash = %s AND expires_at > %s
RETURNING issuer, nonce, verifier, next_path, carried
"""
_KEEP = """
INSERT INTO portal_remotesession (session_id, issuer, subject, sid, begun_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (session_id) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject, sid = excluded.sid,
                                       begun_at = excluded.begun_at
"""


class Stale(Exception):
    """No sign-in of this browser waits for this answer: too old, used, or begun elsewhere."""


class Declined(Exception):
    """The person said no at the provider, or it could not identify them. `going`: where they had wanted to go."""

    def __init__(self, going: Going) -> None:
        super().__init__()
        self.going = going


class NoAccount(Exception):
    """The provider knows the person, and no account here is theirs."""

    def __init__(self, going: Going) -> None:
        super().__init__()
        self.going = going


@dataclass(frozen=True, slots=True)
class Going:
    """Where the person was going, and what they had typed (signed) when their session ran out."""

    next_path: str = ""
    carried: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose account it is, and how the provider told."""

    account_id: UUID
    issuer: str
    identified: Identified
    going: Going


# --- Begin -------------------------------------------------------------------------------------------------


def begin(*, browser: str, going: Going, language: str, at: str = "") -> str:
    """Where to send the browser, which is known by the secret in its cookie. `at`: under which of our names
    (`kit.here`) it stands, and comes back; empty for PUBLIC_URL. Raises OutOfReach, Refused."""
    state, nonce, verifier = new_token(), new_token(), new_token()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id(),
        "redirect_uri": back(at),
        "scope": " ".join(rules.SCOPES),
        "state": state,
        "nonce": nonce,
        "code_challenge": rules.challenge_of(verifier),
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    query = urlencode(provider.pushed(asked))
    now = clock.now()
    Begun.objects.create(
        state_hash=hash_token(state),
        browser_hash=hash_token(browser),
        issuer=provider.issuer(),
        nonce=nonce,
        verifier=verifier,
        next_path=going.next_path,
        carried=going.carried,
        begun_at=now,
        expires_at=now + rules.AGE,
    )
    return f"{_door(at)}?{query}"


def _door(at: str) -> str:
    """The page that signs people in; where that is ourselves, under the name that the browser knows us by."""
    uri = provider.server().authorization_endpoint
    return uri if settings.IDP or not at else at + uri.removeprefix(settings.PUBLIC_URL)


def back(at: str = "") -> str:
    """The address to which a provider leads back: the one to register."""
    return (at or settings.PUBLIC_URL) + reverse("portal:back")


# --- The answer --------------------------------------------------------------------------------------------


def recognise(*, given: Mapping[str, str], browser: str, at: str = "") -> Recognised:
    """Whom the answer in the address names, once it is proven to be the provider's, to this browser, now.

    Raises Stale, Declined, Wrong, NoAccount, OutOfReach, Refused.
    """
    row = sql.fetch_one(_TAKE, [hash_token(given.get("state", "")), hash_token(browser), clock.now()])
    if row is None:
        raise Stale
    issuer, nonce, verifier, next_path, carried = row
    going = Going(next_path, carried)
    if issuer != provider.issuer():
        raise Stale  # the installation has changed its provider meanwhile
    says_issuer = provider.server().authorization_response_iss_parameter_supported
    rules.judge_answer(given, issuer=issuer, says_issuer=says_issuer)
    if "error" in given:
        raise Declined(going)
    identified, access_token = _identified(given.get("code", ""), issuer=issuer, nonce=nonce, verifier=verifier, at=at)
    person = _person(issuer, identified, access_token, going)
    account_id = people.account_of(person) if person else None
    if account_id is None:
        raise NoAccount(going)
    return Recognised(account_id, issuer, identified, going)


def _identified(code: str, *, issuer: str, nonce: str, verifier: str, at: str) -> tuple[Identified, str]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back(at), "code_verifier": verifier}
    answer = provider.exchanged(form)
    access_token = str(answer.get("access_token", ""))
    identified = rules.judge_id_token(
        provider.verified(str(answer.get("id_token", ""))),
        issuer=issuer,
        client_id=provider.client_id(),
        nonce=nonce,
        access_token=access_token,
        now=clock.now(),
    )
    return identified, access_token


def _person(issuer: str, identified: Identified, access_token: str, going: Going) -> int | None:
    """The person's row. The number is asked for once: later the provider's name for them will do. Raises Declined
    where they kept it to themselves."""
    known = Identity.objects.filter(issuer=issuer, subject=identified.subject).values_list("person_id", flat=True)
    if found := known.first():
        return int(found)
    pid = identified.pid or _pid(identified, access_token)
    if not pid:
        raise Declined(going)
    card = people.by_pid(pid)
    if card is None:
        return None
    with transaction.atomic():
        given = {"person_id": card.id, "known_since": clock.now()}
        row, fresh = Identity.objects.get_or_create(issuer=issuer, subject=identified.subject, defaults=given)
        if fresh:
            audit.record(_BY.label, "portal.identity_known", f"person:{card.id}", {"issuer": issuer})
    return int(row.person_id)


def _pid(identified: Identified, access_token: str) -> str:
    told = provider.userinfo(access_token)
    # Another's answer put in place of this one (token substitution) names another subject (Core, 5.3.2).
    if told.get("sub") != identified.subject:
        raise Wrong("userinfo is of another person than the ID token (sub)")
    return str(told.get("pid") or "")


def keep(*, session_id: UUID, recognised: Recognised) -> None:
    """Note which session of the provider ours came from."""
    one = recognised.identified
    sql.execute(_KEEP, [session_id, recognised.issuer, one.subject, one.sid, clock.now()])


# --- The end -----------------------------------------------------------------------------------------------


def end(logout_token: str) -> int:
    """The provider says that a session has ended: ours that came of it end, too. How many.

    Repeating it ends no session that was opened since. Raises Wrong, OutOfReach.
    """
    issuer = provider.issuer()
    claims = provider.verified(logout_token)
    ended = rules.judge_logout_token(claims, issuer=issuer, client_id=provider.client_id(), now=clock.now())
    ours = _ours(issuer, ended)
    with transaction.atomic():
        return sum(sessions.end_from_outside(session_id=session_id, by=_BY) for session_id in ours)


def _ours(issuer: str, ended: Ended) -> list[UUID]:
    found = RemoteSession.objects.filter(issuer=issuer)
    if ended.subject:
        found = found.filter(subject=ended.subject)
    found = found.filter(sid=ended.sid) if ended.sid else found.filter(begun_at__lt=ended.before)
    return list(found.order_by("session_id").values_list("session_id", flat=True))


def tidy() -> int:
    """Delete sign-ins that were begun and never came back; how many."""
    return Begun.objects.filter(expires_at__lt=clock.now()).delete()[0]
