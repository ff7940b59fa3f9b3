"""Who hears what: the one table.

A topic is a past fact told through `sala.kit.outbox.emit`. Each hearer is the name of a procrastinate task that
takes one argument, `payload`, as it was told. A hearer hears at least once, in no promised order, and is tried
again with growing pauses when it fails: so it reads the present state, and doing it twice does nothing twice.
What a room does by the clock stands in its own tasks.py (`@app.periodic`; the clock there is UTC).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

HEARERS: dict[str, tuple[str, ...]] = {
    "account.letter": ("messages.account_letter",),
    "account.closed": (
        "drafts.forget_account",
        "waiting.forget_account",
        "provider.forget_account",
        "mydata.forget_account",
        "wallet.forget_account",
        "enrolment.forget_account",
    ),
    "person.moved": ("provider.forget_account", "wallet.forget_account"),
    "person.changed": ("provider.person_changed", "mydata.rename_account", "cases.person_changed"),
    "person.died": ("accounts.person_died", "provider.person_ended", "wallet.forget_account", "cases.person_died"),
    "person.restored": ("accounts.person_restored", "cases.person_restored"),
    "person.renounced": (
        "accounts.person_renounced",
        "provider.person_ended",
        "wallet.forget_account",
        "cases.person_renounced",
    ),
    "provider.webhook_dead": ("console.webhook_dead",),
    "person.gone": ("faces.forget_person",),
    "person.photographed": ("faces.photographed",),
    "mydata.copy_asked": ("mydata.make_copy",),
    "account.session_ended": ("provider.session_ended",),
    "approval.asked": ("wallet.push", "messages.wallet_letter"),
    "approval.changed": ("provider.approval_changed", "cases.consent_answered"),
    "provider.ciba_asked": ("provider.ciba_asked",),
    "wallet.letter": ("messages.wallet_letter",),
    "console.letter": ("messages.console_letter",),
    "enrolment.letter": ("messages.enrolment_letter",),
    "case.submitted": ("cases.check", "cases.letter", "cases.ask_consents"),
    "case.check_again": ("cases.check", "cases.ask_consents"),
    "case.consent_given": ("cases.check",),
    "case.info_requested": ("cases.letter",),
    "case.info_answered": ("cases.check", "cases.letter", "cases.ask_consents"),
    "case.approved": ("cases.letter",),
    "case.refused": ("cases.letter",),
    "case.referred": ("cases.letter",),
    "case.completed": ("cases.letter",),
    "case.withdrawn": ("cases.letter", "appointments.request_withdrawn"),
    "places.freed": ("waiting.offer",),
    "visit.booked": ("appointments.letter", "waiting.booked"),
    "visit.moved": ("appointments.letter", "hall.visit_changed", "waiting.visit_changed"),
    "visit.cancelled": ("appointments.letter", "hall.visit_changed", "waiting.visit_changed"),
    "visit.displaced": ("appointments.letter", "hall.visit_changed", "waiting.offer_again"),
    "visit.missed": ("appointments.letter",),
}

REFERENCE_DATA = (
    "sala.identity.directory.services:load_areas",
    "sala.identity.directory.services:load_agencies",
    "sala.services.immigration.offices:load_offices",
)
"""What is loaded from files that come with Sala, in this order; each may be repeated, at every start."""


def live_topics(payloads: Iterable[Mapping[str, Any]]) -> set[str]:
    """What open pages are told when these facts are: the cases they are of, the offices those are with, and what waits
    for its person's word."""
    told = list(payloads)
    references = {f"case:{payload['reference']}" for payload in told if "reference" in payload}
    offices = {f"office:{payload['office']}" for payload in told if "office" in payload}
    approvals = {f"approval:{payload['approval']}" for payload in told if "approval" in payload}
    people = {f"wallet:{payload['account']}" for payload in told if "approval" in payload and payload.get("account")}
    return references | offices | approvals | people
