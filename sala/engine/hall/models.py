"""The hall on the day: counters, tickets and what the big screen shows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sala.engine.hall.states import TicketState
from sala.kit.ids import uuid7


class Counter(models.Model):
    """A place where an officer serves, and which services are given there. Open while somebody sits at it."""

    office = models.ForeignKey("directory.Office", models.CASCADE, related_name="+")
    name = models.TextField(help_text="as people see it, such as 3")
    services = ArrayField(models.SlugField(), default=list, help_text="empty = all of the office")
    officer = models.ForeignKey("accounts.Account", models.PROTECT, null=True, db_index=False, related_name="+")
    opened_at = models.DateTimeField(null=True)
    active = models.BooleanField(default=True, help_text="false once removed: tickets of the past still name it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "name"], condition=Q(active=True), name="counter_once"),
            # Whoever sits down somewhere else has stood up here.
            models.UniqueConstraint(fields=["officer"], name="one_counter_an_officer"),
            models.CheckConstraint(
                condition=Q(officer=None, opened_at=None) | Q(officer__isnull=False, opened_at__isnull=False),
                name="counter_open_while_somebody_sits",
            ),
        ]


class Ticket(models.Model):
    """Somebody who has come: a visit that was checked in, or a walk-in (`visit` null)."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    office = models.ForeignKey("directory.Office", models.PROTECT, db_index=False, related_name="+")
    day = models.DateField(help_text="in Thailand")
    number = models.TextField(help_text="such as A012")
    service = models.SlugField(db_index=False)
    visit = models.ForeignKey("appointments.Visit", models.PROTECT, null=True, db_index=False, related_name="+")
    name = models.TextField(default="", help_text="of a walk-in, if they gave it")
    language = models.CharField(max_length=2)
    people = models.SmallIntegerField(default=1)
    state = models.TextField(choices=[(s.value, s.value) for s in TicketState], default=TicketState.WAITING)
    arrived_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="the booked time; of walk-ins, and of who came too late, the arrival")
    booked = models.BooleanField(default=False, help_text="has its place in line by its booked time")
    counter = models.ForeignKey(Counter, models.PROTECT, null=True, related_name="+", help_text="called to, or sent to")
    calls = models.SmallIntegerField(default=0)
    first_called_at = models.DateTimeField(null=True, help_text="until then they waited")
    called_at = models.DateTimeField(null=True, help_text="last time")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "day", "number"], name="ticket_once"),
            # A visit moved to another day, after it was missed, gets a number of that day.
            models.UniqueConstraint(fields=["visit", "day"], name="one_ticket_a_visit_and_day"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in TicketState]), name="ticket_state_known"),
            # A counter serves one at a time, whoever clicks how often.
            models.UniqueConstraint(fields=["counter"], condition=Q(state=TicketState.CALLED), name="one_at_a_counter"),
        ]
        indexes = [
            models.Index(
                fields=["office", "day", "due_at", "id"], condition=Q(state=TicketState.WAITING), name="ticket_line"
            ),
        ]


class TicketNumber(models.Model):
    """The last number given out for a letter of a day."""

    pk = models.CompositePrimaryKey("office_id", "day", "letter")
    office = models.ForeignKey("directory.Office", models.CASCADE, db_index=False, related_name="+")
    day = models.DateField()
    letter = models.CharField(max_length=1)
    last = models.SmallIntegerField()


class Display(models.Model):
    """What the hall's screen shows, ready to be sent: the live process reads it once a change, for all who watch."""

    office = models.OneToOneField("directory.Office", models.CASCADE, primary_key=True, related_name="+")
    content = models.JSONField()
    changed_at = models.DateTimeField()
