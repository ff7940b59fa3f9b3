"""Those for whom there is no place yet, what is offered to them, and who stands before the door when many come.

Offers also go to visitors whose time the office took back.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sala.engine.waiting.states import OfferState, WaitingState
from sala.kit.ids import uuid7


class Waiting(models.Model):
    """A turn on the waiting list, with everything that the booking will need: an offer is accepted with one tap."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.TextField(unique=True)
    schedule = models.ForeignKey("appointments.Schedule", models.PROTECT, db_index=False, related_name="+")
    service = models.SlugField(db_index=False)
    version = models.ForeignKey("catalogue.ServiceVersion", models.PROTECT, db_index=False, related_name="+")
    answers = models.JSONField(help_text="a list: one set of flat answers a person")
    people = models.SmallIntegerField()
    name = models.TextField()
    email = models.TextField()
    language = models.CharField(max_length=2)
    account = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")
    draft = models.UUIDField(unique=True, null=True, help_text="the draft it came from: sent twice, it is one turn")
    network = models.TextField(default="", help_text="keyed digest of the network it came from")
    joined_at = models.DateTimeField()
    promised_on = models.DateField(help_text="the day by which a place is offered, as told when they joined")
    state = models.TextField(choices=[(s.value, s.value) for s in WaitingState], default=WaitingState.WAITING)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in WaitingState]), name="waiting_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["schedule", "joined_at", "id"],
                condition=Q(state__in=[WaitingState.WAITING, WaitingState.OFFERED]),
                name="waiting_line",
            ),
        ]


class WaitingPerson(models.Model):
    """One person waits once for a service: held by an index. Goes with the turn, and so does what it knows."""

    waiting = models.ForeignKey(Waiting, models.CASCADE, related_name="+")
    service = models.SlugField(db_index=False)
    person = models.TextField(help_text="as a booking names them")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "person"], name="one_turn_a_person")]


class Offer(models.Model):
    """A place held for somebody until a stated hour: its `id` is the holder of the places."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    waiting = models.ForeignKey(Waiting, models.PROTECT, null=True, related_name="offers")
    visit = models.ForeignKey("appointments.Visit", models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    state = models.TextField(choices=[(s.value, s.value) for s in OfferState], default=OfferState.OPEN)
    ended_at = models.DateTimeField(null=True)
    lost = models.DateTimeField(null=True, help_text="of a visit: the time for which this one is offered instead")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in OfferState]), name="offer_state_known"),
            models.CheckConstraint(
                condition=Q(waiting=None, visit__isnull=False) | Q(waiting__isnull=False, visit=None),
                name="offer_to_one",
            ),
            models.UniqueConstraint(
                fields=["waiting"], condition=Q(state=OfferState.OPEN), name="one_open_offer_waiting"
            ),
            models.UniqueConstraint(fields=["visit"], condition=Q(state=OfferState.OPEN), name="one_open_offer_visit"),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(state=OfferState.OPEN), name="offer_to_lapse")]


class Room(models.Model):
    """The waiting room before the calendar of a schedule; there only while many come at once."""

    schedule = models.OneToOneField("appointments.Schedule", models.CASCADE, primary_key=True, related_name="+")
    draws_at = models.DateTimeField(help_text="who came before is ordered by lot; who comes later stands behind")
    drawn = models.BooleanField(default=False, help_text="the order has been put into the audit")
    opened_at = models.DateTimeField(db_default=Now())
    busy_at = models.DateTimeField(help_text="when it was last needed; it closes itself some minutes later")


class RoomTurn(models.Model):
    """Somebody in the waiting room: `rank` is drawn by lot for those who came before, else the hour of arrival.

    Who is signed in has one turn, in whatever browser or program: more would be more lots.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    room = models.ForeignKey(Room, models.CASCADE, db_index=False, related_name="+")
    account = models.UUIDField(null=True)
    came_at = models.DateTimeField()
    rank = models.BigIntegerField()
    seen_at = models.DateTimeField(help_text="who closed the page holds nobody up")
    admitted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, help_text="they have chosen: the next may come in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "account"], name="one_turn_an_account")]
        indexes = [
            models.Index(fields=["room", "rank", "id"], condition=Q(admitted_at=None), name="room_line"),
            models.Index(
                fields=["room", "admitted_at"], condition=Q(admitted_at__isnull=False, done_at=None), name="room_inside"
            ),
        ]


class Load(models.Model):
    """How often the calendar of a schedule was asked for in ten seconds. Unlogged: a crash may forget it."""

    pk = models.CompositePrimaryKey("schedule", "window")
    schedule = models.BigIntegerField()
    window = models.DateTimeField()
    count = models.IntegerField()
