"""How somebody shows that an account is theirs: by themselves on a phone, or before an officer at a station.

Which proofs lead to which level is data (`levels`). No automatic check refuses anybody: what is not plain waits for
an officer, in the state `review`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Enrolment(models.Model):
    """One attempt, begun by the person or at a station; a station makes its number itself, also without connection, so
    that what it sends twice is entered once."""

    class Way(models.TextChoices):
        PHONE = "phone", "by oneself"
        OFFICE = "office", "before an officer"

    class Purpose(models.TextChoices):
        ENROL = "enrol", "the first time, or to a higher level"
        RECOVER = "recover", "the way back to one's own account"
        PIN = "pin", "a PIN that was forgotten or locked: an office opens it"

    class State(models.TextChoices):
        STARTED = "started"
        REVIEW = "review", "waits for an officer"
        READY = "ready", "proven; waits for the person's PIN, or for their code to be typed in"
        DONE = "done"
        REFUSED = "refused", "by an officer, with a reason"
        ENDED = "ended", "given up, or too late"

    id = models.UUIDField(primary_key=True)
    way = models.CharField(max_length=6, choices=Way)
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.ENROL)
    state = models.CharField(max_length=8, choices=State, default=State.STARTED)
    account = models.ForeignKey("accounts.Account", models.PROTECT, null=True, db_index=False, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, db_index=False, related_name="+")
    level = models.CharField(max_length=3, default="", help_text="the highest that the proofs so far lead to")
    office = models.ForeignKey("directory.Office", models.PROTECT, null=True, db_index=False, related_name="+")
    proofs = models.JSONField(default=dict, help_text="proof: {at, by, detail}, such as card, face, chip, officer")
    tries = models.JSONField(default=dict, help_text="how often each proof was tried and not given")
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(default="", help_text="the officer's, when refused")
    decided_by = models.TextField(default="")
    code = models.BinaryField(null=True, unique=True, help_text="digest of the code that brings it to an account")
    usable_from = models.DateTimeField(
        null=True, help_text="ready, but not before: whom it is about has until then to say that it was not they"
    )
    opened_by = models.TextField(default="", help_text="the officer who has it before them in review")
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(way="phone", state__in=["started", "review", "ready"]),
                name="one_enrolment_at_a_time",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("started_at")), name="enrolment_expires_later"),
            models.CheckConstraint(
                condition=Q(ended_at=None, state__in=["started", "review", "ready"])
                | Q(ended_at__isnull=False, state__in=["done", "refused", "ended"]),
                name="enrolment_ended_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | (~Q(reason="") & ~Q(decided_by="")), name="enrolment_refused_by_whom"
            ),
        ]
        indexes = [
            models.Index(fields=["changed_at"], condition=Q(state="review"), name="enrolment_to_review"),
            models.Index(fields=["person"], name="enrolment_by_person"),
            models.Index(fields=["account"], name="enrolment_by_account"),
            models.Index(
                fields=["office", "changed_at"], condition=Q(state="started", way="office"), name="enrolment_to_finish"
            ),
        ]


class Portrait(models.Model):
    """The live picture of an enrolment, sealed, until it is decided; then it is the register's photograph, or gone."""

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, primary_key=True, related_name="+")
    sealed = models.BinaryField()
    key = models.CharField(max_length=16)
    media_type = models.TextField()


class Candidate(models.Model):
    """Somebody else in the register whose face is like: an officer says whether it is the same person."""

    class Decision(models.TextChoices):
        OPEN = "", "not decided"
        OTHER = "other", "another person"
        SAME = "same", "the same person"

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    likeness = models.FloatField()
    decision = models.CharField(max_length=5, choices=Decision, default=Decision.OPEN)
    decided_by = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "person"], name="one_candidate_once"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="candidate_decided_whole",
            ),
        ]
