"""The civil register: who there is, by the thirteen-digit number, and which account is whose.

What was changed, by whom and why stands in `PersonChange`, which takes new rows and nothing else.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Ial(models.TextChoices):
    """How surely the person was identified (ETDA, ขมธอ. 19): by card, by face, by the bureau's enrolment."""

    CARD = "1.3"
    FACE = "2.2"
    ENROLLED = "2.3"


class Person(models.Model):
    """Somebody in the register, as they are now."""

    pid = models.CharField(max_length=13, unique=True, help_text="thirteen digits, the last one checks the others")
    title_th = models.TextField()
    given_name_th = models.TextField()
    middle_name_th = models.TextField(default="")
    family_name_th = models.TextField()
    title_en = models.TextField()
    given_name_en = models.TextField()
    middle_name_en = models.TextField(default="")
    family_name_en = models.TextField()
    birth_date = models.DateField()
    sex = models.CharField(max_length=1, choices=[("m", "male"), ("f", "female")])
    house_no = models.TextField(help_text="such as 99/1")
    moo = models.TextField(default="", help_text="village number")
    lane = models.TextField(default="", help_text="trok or soi")
    road = models.TextField(default="")
    subdistrict = models.ForeignKey("directory.Area", models.PROTECT, db_index=False, related_name="+")
    card_number = models.TextField(default="", help_text="of the card's chip; empty where there is no card")
    card_issued_on = models.DateField(null=True)
    card_expires_on = models.DateField(null=True)
    ial = models.CharField(max_length=3, choices=Ial, default="", help_text="empty: in the register, never proofed")
    died_on = models.DateField(null=True)
    changes = models.IntegerField(default=1, help_text="how many there are in the history")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pid__regex=r"^[1-8][0-9]{12}$"), name="pid_thirteen_digits"),
            models.CheckConstraint(condition=Q(sex__in=["m", "f"]), name="person_sex_known"),
            models.CheckConstraint(condition=Q(ial__in=["", *Ial.values]), name="person_ial_known"),
            models.CheckConstraint(
                condition=Q(card_number="", card_issued_on=None, card_expires_on=None)
                | (~Q(card_number="") & Q(card_issued_on__lt=F("card_expires_on"))),
                name="person_card_whole",
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(died_on__gte=F("birth_date")), name="person_died_after_birth"
            ),
        ]


class PersonChange(models.Model):
    """One change of a person: who made it, why, what was before and after. The first one is the registration."""

    pk = models.CompositePrimaryKey("person_id", "number")
    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="+")
    number = models.IntegerField()
    at = models.DateTimeField(db_default=Now())
    effective_on = models.DateField(help_text="the day since when it is true")
    actor = models.TextField(help_text="account:<id> or system:<name>")
    reason = models.TextField()
    before = models.JSONField(help_text="the changed fields' former values; empty for the registration")
    after = models.JSONField()


class Link(models.Model):
    """Which account is whose. One living account a person, one person an account."""

    account = models.ForeignKey("accounts.Account", models.PROTECT, db_index=False, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="+")
    ial = models.CharField(max_length=3, choices=Ial, help_text="how surely it was told that the account is theirs")
    linked_at = models.DateTimeField()
    linked_by = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(ended_at=None), name="one_person_an_account"),
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="one_account_a_person"),
            models.CheckConstraint(condition=Q(ial__in=Ial.values), name="link_ial_known"),
        ]
