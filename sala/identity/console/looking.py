"""What can be seen of an RP from outside: do its addresses answer, and does it hear of sign-outs as it must?"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from joserfc import jws, jwt
from joserfc.jwk import ECKey

from sala.identity.accounts.actor import Actor
from sala.identity.console import check_words as words
from sala.identity.console import queries
from sala.identity.provider import keys, rules
from sala.identity.provider.clients import Party
from sala.identity.provider.metadata import issuer
from sala.kit import clock, outgoing, ratelimit
from sala.kit.errors import TooMany
from sala.kit.outgoing import Unreachable
from sala.kit.text import Text

LOOKS_AN_HOUR = 20
MOST_HOPS = 5
LONGEST = 10.0
"""Seconds after which an address is led on from no further."""
_ONE = threading.BoundedSemaphore(1)
"""Looks at a time in each web process: slow servers of others must not take all its threads."""
_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Found:
    """One address, and how it does: `right` None where it could not be judged. `words`: what, and what to do."""

    address: str
    right: bool | None
    words: Text


def look(*, party: UUID, by: Actor) -> list[Found]:
    """Ask the sandbox's addresses, all at once, each for seconds at most. Raises NotFound, TooMany."""
    sandbox = queries.own(party, by).sandbox
    ratelimit.hit(f"console.look:{party}", LOOKS_AN_HOUR, 3600)
    return found_of(sandbox)


def found_of(sandbox: Party) -> list[Found]:
    """The same, of a sandbox that may be looked at. Raises TooMany while another look is under way in this process."""
    if not _ONE.acquire(blocking=False):
        raise TooMany(retry_after=int(LONGEST))
    try:
        return _found(sandbox)
    finally:
        _ONE.release()


def _found(sandbox: Party) -> list[Found]:
    tasks: list[tuple[Callable[[str], Found], str]] = [(_page, uri) for uri in sandbox.redirect_uris]
    tasks += [(_page, uri) for uri in sandbox.post_logout_uris]
    found = list(_each(tasks))
    if sandbox.backchannel_logout_uri:
        found += _told_of_logout(sandbox)
    if sandbox.keys:
        found.append(Found("JWKS", right=True, words=words.LOOKED["keys"]))
    return found


def _each(tasks: Iterable[tuple[Callable[[str], Found], str]]) -> Iterable[Found]:
    tasks = list(tasks)
    if not tasks:
        return []
    with ThreadPoolExecutor(8) as pool:  # they wait for others' servers; none of them touches the database
        return list(pool.map(lambda task: task[0](task[1]), tasks))


def _page(uri: str) -> Found:
    """Where people are led back: it must answer, and not send them round in a circle."""
    if rules.is_own_machine(uri) and not outgoing.may_ask(uri):
        return Found(uri, right=None, words=words.LOOKED["own_machine"])
    seen, here, ends = {uri}, uri, time.monotonic() + LONGEST
    try:
        for _ in range(MOST_HOPS):
            answer = _asked(here, ends)
            target = answer.headers.get("location", "")
            if not 300 <= answer.status < 400 or not target:
                right, said = _status(answer.status)
                return Found(uri, right=right, words=said)
            here = urljoin(here, target)
            if here in seen:
                return Found(uri, right=False, words=words.LOOKED["circle"])
            if urlsplit(here).hostname != urlsplit(uri).hostname:
                return Found(uri, right=True, words=words.LOOKED["well"])  # to sign in again, most likely at our door
            seen.add(here)
    except Unreachable as error:
        return Found(uri, right=False, words=words.UNREACHABLE.get(error.reason, words.UNREACHABLE["protocol"]))
    return Found(uri, right=False, words=words.LOOKED["circle"])


def _asked(uri: str, ends: float) -> outgoing.Answer:
    if time.monotonic() > ends:
        raise Unreachable("late")
    return outgoing.get(uri)


def _status(status: int) -> tuple[bool, Text]:
    if status in {404, 410}:
        return False, words.LOOKED["nothing_there"]
    if status >= 500:
        return False, words.LOOKED["broken"]
    return True, words.LOOKED["well"]


# --- Sign-outs -------------------------------------------------------------------------------------------------


def _told_of_logout(client: Party) -> list[Found]:
    """A true logout token of nobody, which must be taken, and a forged one, which must not."""
    uri, claims = client.backchannel_logout_uri, _claims(client)
    genuine = keys.sign(claims, kind="logout+jwt")
    header = jws.extract_compact(genuine.encode()).protected
    forged = jwt.encode(
        header, claims | {"jti": secrets.token_urlsafe(16)}, ECKey.generate_key("P-256"), algorithms=["ES256"]
    )
    if rules.is_own_machine(uri) and not outgoing.may_ask(uri):
        return [Found(uri, right=None, words=words.LOOKED["own_machine"])]
    try:
        taken = outgoing.post_form(uri, {"logout_token": genuine}).status
        refused = outgoing.post_form(uri, {"logout_token": forged}).status
    except Unreachable as error:
        return [Found(uri, right=False, words=words.UNREACHABLE.get(error.reason, words.UNREACHABLE["protocol"]))]
    heard, safe = taken in {200, 204}, refused == 400
    return [
        Found(uri, right=heard, words=words.LOOKED["heard" if heard else "not_heard"]),
        Found(uri, right=safe, words=words.LOOKED["forged_refused" if safe else "forged_taken"]),
    ]


def _claims(client: Party) -> dict[str, object]:
    now = int(clock.now().timestamp())
    return {
        "iss": issuer(), "aud": client.id, "iat": now, "exp": now + 120, "jti": secrets.token_urlsafe(16),
        "sub": f"nobody-{secrets.token_urlsafe(12)}", "events": {_EVENT: {}},
    }  # fmt: skip
