"""Where an RP's program hears of changes in the register: its address, its secret, and what was sent."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from sala.identity.accounts.actor import Actor
from sala.identity.console import letters, rules, words
from sala.identity.console.configuring import served_client
from sala.identity.console.models import RelyingParty
from sala.identity.provider import tasks as sending
from sala.identity.provider import webhooks
from sala.identity.provider.clients import Party
from sala.kit import outgoing, ratelimit
from sala.kit.errors import Fault, Invalid

LETTER = "console_webhook_dead"
TRIES_AN_HOUR = 60
"""Messages that a developer has sent by hand, tests and repeated ones: each asks another's server."""


def place(*, party: UUID, which: str, typed: str, by: Actor) -> str | None:
    """Hear at this address from now on; the secret where it is the first one. Raises Invalid, Conflict, Forbidden."""
    url = typed.strip()[:2000]
    with transaction.atomic():
        client = served_client(party, which, by)
        if faults := _faults(url, client, sandbox=which == "sandbox"):
            raise Invalid(faults)
        return webhooks.place(client_id=client.id, url=url, by=by.label)


def _faults(url: str, client: Party, *, sandbox: bool) -> list[Fault]:
    """As other addresses, and of a live client only where an officer has seen the host."""
    if not url:
        return [Fault("url", "missing", words.WEBHOOK_MISSING)]
    found = rules.address_faults([url], sandbox=sandbox, field="url")
    if found:
        return found
    if not outgoing.may_ask(url):
        return [Fault("url", "address", words.WEBHOOK_PUBLIC)]
    if not sandbox and rules.needs_approval(client.redirect_uris, [url]):
        return [Fault("url", "new_host", words.WEBHOOK_HOST)]
    return []


def rotate(*, party: UUID, which: str, by: Actor) -> str:
    """Another secret, shown this once; the one before signs too for a day."""
    with transaction.atomic():
        return webhooks.rotate(client_id=served_client(party, which, by).id, by=by.label)


def stop(*, party: UUID, which: str, by: Actor) -> None:
    """Nothing is told any more. May be repeated."""
    with transaction.atomic():
        webhooks.stop(client_id=served_client(party, which, by).id, by=by.label)


def test(*, party: UUID, which: str, by: Actor) -> None:
    """Send a message that says nothing but that it arrived. Raises TooMany."""
    ratelimit.hit(f"webhook:{party}", TRIES_AN_HOUR, 3600)
    with transaction.atomic():
        message = webhooks.test(client_id=served_client(party, which, by).id, by=by.label)
        sending.send_webhook.defer(message=str(message))


def repeat(*, party: UUID, which: str, message: UUID, by: Actor) -> None:
    """Try a message once more now: the same name, the same words. Raises NotFound, TooMany."""
    ratelimit.hit(f"webhook:{party}", TRIES_AN_HOUR, 3600)
    with transaction.atomic():
        webhooks.repeat(client_id=served_client(party, which, by).id, message=message, by=by.label)
        sending.send_webhook.defer(message=str(message))


def tell_dead(client_id: str) -> None:
    """A letter to the managers of the RP whose client it is; one that has none in the console is told nobody."""
    row = RelyingParty.objects.filter(Q(live_id=client_id) | Q(sandbox_id=client_id)).first()
    if row is not None:
        letters.tell(LETTER, row.id)
