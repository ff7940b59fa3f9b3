"""Who called somebody in the hall, for that somebody: at the counter their name is read."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from sala.engine.appointments import queries as appointments
from sala.engine.hall.models import Ticket
from sala.identity.mydata import trails
from sala.identity.mydata.trails import Trail
from sala.kit.text import Text

_LOOKS = {
    "hall.checked_in": Text(th="รับท่านเข้าคิวที่สำนักงาน", en="Checked you in at the office"),
    "hall.called": Text(th="เรียกคิวของท่าน", en="Called your number"),
    "hall.sent_on": Text(th="ส่งคิวของท่านต่อ", en="Sent your number on"),
}


def contribute() -> None:
    """Tell the page of one's own data who read the name at a counter."""
    trails.register(_trails, _LOOKS)


def _trails(account: UUID) -> list[Trail]:
    visits = {visit.id: visit for visit in appointments.visits_of_account(account)}
    tickets = Ticket.objects.filter(visit__in=visits) if visits else ()
    return [_of_ticket(ticket, visits[ticket.visit_id].reference) for ticket in tickets if ticket.visit_id in visits]


def _of_ticket(ticket: Ticket, reference: str) -> Trail:
    reason = Text(th=f"เพื่อให้บริการตามนัด {reference}", en=f"For your visit {reference}")
    url = reverse("appointments:visit", args=[reference])
    return Trail(f"ticket:{ticket.id}", reason, url, ticket.office_id, plain=True)
