"""The consent of somebody who cannot be asked, or did not answer: an officer has seen it, and writes how."""

from __future__ import annotations

from django.db import transaction

from sala.engine.cases import words
from sala.engine.cases.consenting import SETTLED, mark
from sala.engine.cases.journal import append, locked
from sala.engine.cases.models import Case, Consent
from sala.engine.cases.permissions import Permission, check
from sala.engine.cases.rules import OPEN, Event
from sala.engine.cases.services import check_free, checked_text
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import Actor
from sala.identity.wallet import approvals
from sala.kit import clock
from sala.kit.errors import Conflict, NotFound


@transaction.atomic
def record(*, reference: str, consent: str, reason: str, by: Actor) -> Case:
    """`reason` says whose word was taken how, such as “came to the counter with their card”. May be repeated.

    Raises Conflict where the consent is there already, or the case is closed.
    """
    case = locked(reference)
    check(by, case, Permission.DECIDE)
    row = Consent.objects.select_for_update().filter(case=case, key=consent).first()
    if row is None:
        raise NotFound
    if row.state == Consent.State.RECORDED and row.answered_by == by.label:
        return case
    check_free(case, by)
    if row.state in SETTLED or case.state not in OPEN:
        raise Conflict(words.CONSENT_THERE)
    text, now = checked_text("consent_reason", reason), clock.now()
    if row.approval:
        approvals.void(approval_id=row.approval)
    row.state, row.note, row.answered_at, row.answered_by = Consent.State.RECORDED, text, now, by.label
    row.save()
    mark(case, catalogue.version(case.version_id))
    append(case, Event.CONSENT_RECORDED, by=by, data={"consent": consent, "note": text}, at=now)
    return case
