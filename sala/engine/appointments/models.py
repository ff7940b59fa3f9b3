"""Places in time, and who comes at them.

A `Place` is one counter at one time: it exists before anybody wants it, so that taking it is an update of one row
and two people cannot both have it (docs/decisions/0070.md). A `Visit` is what somebody booked, for one service and
one or more people; a `Booking` is one person's part of it and names the case that it is for.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from sala.engine.appointments.states import VisitState
from sala.kit.ids import uuid7


class Schedule(models.Model):
    """How a service is given at an office: how long one takes, at how many counters, and how far ahead it is booked."""

    office = models.ForeignKey("directory.Office", models.PROTECT, related_name="+")
    service = models.SlugField(db_index=False)
    minutes = models.SmallIntegerField(help_text="that one person takes")
    counters = models.SmallIntegerField(help_text="served at the same time")
    lead_minutes = models.IntegerField(help_text="how long before its time a place can last be booked")
    horizon_days = models.SmallIntegerField(help_text="how many days ahead there are places")
    late_percent = models.SmallIntegerField(default=0, help_text="share of the places that is opened late")
    late_hours = models.SmallIntegerField(default=48, help_text="how long before their time those are opened")
    opens_at = models.DateTimeField(null=True, help_text="no place can be booked before this moment")
    active = models.BooleanField(default=True)
    letter = models.CharField(max_length=1, default="A", help_text="begins the ticket numbers of the day")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "service"], name="one_schedule_a_service"),
            models.CheckConstraint(
                condition=Q(
                    minutes__range=(1, 480),
                    counters__range=(0, 500),
                    lead_minutes__gte=0,
                    horizon_days__range=(1, 366),
                    late_percent__range=(0, 100),
                    late_hours__gte=0,
                ),
                name="schedule_in_bounds",
            ),
        ]
        indexes = [models.Index(fields=["service"], name="schedule_of_service")]


class Hours(models.Model):
    """When an office is open on a weekday; a lunch break is two rows. Holidays are the calendar's."""

    office = models.ForeignKey("directory.Office", models.CASCADE, related_name="+")
    weekday = models.SmallIntegerField(help_text="0 is Monday")
    opens = models.TimeField(help_text="in Thailand")
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "weekday", "opens"], name="hours_once"),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6), opens__lt=F("closes")), name="hours_in_order"),
        ]


class Closure(models.Model):
    """A time in which an office, or every office (`office` null), is closed although its hours say open."""

    office = models.ForeignKey("directory.Office", models.CASCADE, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason_th = models.TextField()
    reason_en = models.TextField()
    made_by = models.TextField(help_text="account:<id>")
    made_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="closure_in_order")]
        indexes = [models.Index(fields=["ends_at"], condition=Q(withdrawn_at=None), name="closure_standing")]


class Place(models.Model):
    """One counter at one time.

    Free when nobody has taken it, or when a hold on it has run out: an expired hold needs no sweeper.
    `taken_by` is the holder's key: a draft while somebody fills in the form, an offer of the waiting list, and the
    visit itself once booked (then `held_until` is null).
    """

    id = models.BigAutoField(primary_key=True)
    schedule = models.ForeignKey(Schedule, models.PROTECT, db_index=False, related_name="+")
    starts_at = models.DateTimeField()
    number = models.SmallIntegerField()
    opens_at = models.DateTimeField(help_text="can be booked by everybody from this moment")
    taken_by = models.UUIDField(null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "starts_at", "number"], name="place_once"),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(taken_by__isnull=False), name="place_held_by_somebody"
            ),
        ]
        indexes = [
            # Their last columns let availability pass over places that are not open yet, or held, within the index.
            models.Index(fields=["schedule", "starts_at", "opens_at"], condition=Q(taken_by=None), name="place_free"),
            models.Index(
                fields=["schedule", "starts_at", "held_until", "opens_at"],
                condition=Q(held_until__isnull=False),
                name="place_held",
            ),
            models.Index(fields=["taken_by"], condition=Q(taken_by__isnull=False), name="place_taken_by"),
        ]


class Visit(models.Model):
    """What somebody booked: they come to the office at this time. The name on it cannot be changed."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.TextField(unique=True)
    schedule = models.ForeignKey(Schedule, models.PROTECT, db_index=False, related_name="+")
    office = models.ForeignKey("directory.Office", models.PROTECT, db_index=False, related_name="+")
    service = models.SlugField(db_index=False)
    state = models.TextField(choices=[(s.value, s.value) for s in VisitState], default=VisitState.BOOKED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    people = models.SmallIntegerField(help_text="as many places are taken")
    name = models.TextField()
    email = models.TextField()
    phone = models.TextField(default="")
    language = models.CharField(max_length=2)
    account = models.ForeignKey("accounts.Account", models.PROTECT, null=True, db_index=False, related_name="+")
    channel = models.TextField(help_text="web, api, waiting list or desk")
    network = models.TextField(default="", help_text="keyed digest of the network it was booked from")
    key_version = models.SmallIntegerField(default=1, help_text="raised to revoke links")
    sequence = models.SmallIntegerField(default=0, help_text="of its calendar entry: raised by every change")
    moves = models.SmallIntegerField(default=0, help_text="how often the visitor changed its time")
    second_chance = models.BooleanField(default=False, help_text="was moved after its time had passed: only once")
    holder = models.UUIDField(null=True, help_text="the draft or offer that it was booked from")
    booked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="when it was attended, missed or cancelled")
    ended_by = models.TextField(default="", help_text="account:<id>, key:<reference> or system:<name>")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in VisitState]), name="visit_state_known"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at"), people__gte=1), name="visit_in_bounds"),
            models.UniqueConstraint(fields=["holder"], condition=Q(holder__isnull=False), name="one_visit_a_holder"),
            models.CheckConstraint(
                condition=Q(state__in=[VisitState.BOOKED, VisitState.DISPLACED], ended_at=None)
                | Q(
                    state__in=[VisitState.ATTENDED, VisitState.MISSED, VisitState.CANCELLED],
                    ended_at__isnull=False,
                ),
                name="visit_ended_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["office", "starts_at", "id"], name="visit_day_list"),
            models.Index(fields=["account", "-starts_at"], name="visit_of_account"),
            models.Index(
                fields=["email"], condition=Q(state__in=[VisitState.BOOKED, VisitState.DISPLACED]), name="visit_contact"
            ),
            models.Index(fields=["schedule", "starts_at"], condition=Q(state=VisitState.BOOKED), name="visit_standing"),
        ]


class Booking(models.Model):
    """One person's part of a visit. One active booking a person and service, held by an index, not by a check."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="bookings")
    service = models.SlugField(db_index=False)
    person = models.TextField(help_text="whom it is for, as the declaration's subject names them, else the account")
    name = models.TextField()
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    filed = models.BooleanField(default=False, help_text="the case was filed with the booking, and ends with it")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "person"], condition=Q(active=True), name="one_active_booking"),
        ]


class Feed(models.Model):
    """A calendar address of an office, or of one officer's own visits: secret, revocable."""

    token_hash = models.BinaryField(unique=True)
    office = models.ForeignKey("directory.Office", models.CASCADE, related_name="+")
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+", help_text="whose address it is")
    own = models.BooleanField(default=False, help_text="only the visits whose case this officer has claimed")
    made_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)


class HoardingMonth(models.Model):
    """What shows whether places are hoarded or sold, counted each night and published."""

    office = models.ForeignKey("directory.Office", models.CASCADE, related_name="+")
    service = models.SlugField(db_index=False)
    month = models.DateField(help_text="its first day; of the time of booking")
    booked = models.IntegerField()
    missed = models.IntegerField()
    cancelled_within_hour = models.IntegerField()
    contacts = models.IntegerField(help_text="different e-mail addresses")
    contacts_many = models.IntegerField(help_text="addresses with three bookings or more")
    most_of_one = models.IntegerField(help_text="bookings of the busiest address")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "service", "month"], name="hoarding_once")]
