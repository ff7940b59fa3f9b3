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


class HouseRole(models.TextChoices):
    """Of somebody in the household they are registered in."""

    HEAD = "head"
    RESIDENT = "resident"


class House(models.Model):
    """A registered house. Who lives there is told by `Person.house`, and who lived there by their history."""

    code = models.CharField(max_length=11, primary_key=True, help_text="eleven digits, the last one checks the others")
    house_no = models.TextField(help_text="such as 99/1")
    moo = models.TextField(default="", help_text="village number")
    lane = models.TextField(default="", help_text="trok or soi")
    road = models.TextField(default="")
    subdistrict = models.ForeignKey("directory.Area", models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{11}$"), name="house_eleven_digits")]


class Person(models.Model):
    """Somebody in the register, as they are now. The address is their house's, written out for a read of one row."""

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
    nationality = models.CharField(max_length=3, default="THA", db_default="THA", help_text="ISO 3166, three letters")
    house = models.ForeignKey(House, models.PROTECT, null=True, db_index=False, related_name="+")
    house_role = models.CharField(max_length=8, choices=HouseRole, default="", db_default="")
    father_pid = models.CharField(max_length=13, default="", db_default="", help_text="empty: not known")
    father_name_th = models.TextField(default="", db_default="", help_text="where the number is not known")
    mother_pid = models.CharField(max_length=13, default="", db_default="")
    mother_name_th = models.TextField(default="", db_default="")
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
            models.CheckConstraint(
                condition=Q(house=None, house_role="") | Q(house__isnull=False, house_role__in=HouseRole.values),
                name="person_house_whole",
            ),
            models.UniqueConstraint(
                fields=["house"], condition=Q(house_role="head", died_on=None), name="one_head_a_house"
            ),
        ]
        indexes = [
            models.Index(fields=["birth_date", "family_name_th"], name="person_by_birth_and_name"),
            models.Index(fields=["house"], name="person_by_house"),
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
    office = models.ForeignKey("directory.Office", models.PROTECT, null=True, db_index=False, related_name="+")
    document = models.TextField(default="", db_default="", help_text="the paper it rests on, such as its number")
    before = models.JSONField(help_text="the changed fields' former values; empty for the registration")
    after = models.JSONField()


class ProposedChange(models.Model):
    """A change that one officer proposes and another confirms (`proposing`): nothing of it is true before."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="+")
    version = models.IntegerField(help_text="how many changes there were when it was proposed")
    changes = models.JSONField(help_text="the fields' new values, as the history has them")
    effective_on = models.DateField()
    reason = models.TextField()
    document = models.TextField()
    office = models.ForeignKey("directory.Office", models.PROTECT, db_index=False, related_name="+")
    proposed_at = models.DateTimeField()
    proposed_by = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    confirmed = models.BooleanField(null=True)
    answer = models.TextField(default="", help_text="why it was not confirmed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(decided_at=None), name="one_proposal_a_person"),
            models.CheckConstraint(
                condition=~Q(confirmed=True) | ~Q(decided_by=F("proposed_by")), name="confirmed_by_another"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, confirmed=None) | Q(decided_at__isnull=False, confirmed__isnull=False),
                name="proposal_decided_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["office", "proposed_at"], condition=Q(decided_at=None), name="proposal_to_confirm")
        ]


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
        indexes = [models.Index(fields=["person"], condition=Q(ended_at__isnull=False), name="link_ended")]


class CardSecret(models.Model):
    """The laser code on the back of a card, as a keyed digest: it can be checked, and nobody can read it."""

    person = models.OneToOneField(Person, models.PROTECT, primary_key=True, related_name="+")
    laser = models.BinaryField(help_text="keyed digest of the twelve letters and digits")


class Guardianship(models.Model):
    """Who acts for a child or a ward, on what ground, and until when."""

    class Ground(models.TextChoices):
        PARENT = "parent", "parental power (Civil and Commercial Code, section 1566)"
        GUARDIAN = "guardian", "guardian of a minor by order of a court (section 1585)"
        CURATOR = "curator", "guardian of an adult by order of a court (section 28)"

    guardian = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="+")
    ward = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="+")
    ground = models.CharField(max_length=8, choices=Ground)
    document = models.TextField(help_text="the birth certificate or the court's order")
    since = models.DateField()
    until = models.DateField(help_text="the last day; of a minor not later than the day before they are of age")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    ended_at = models.DateTimeField(null=True, help_text="ended before its day, by an officer or by what happened")
    ended_by = models.TextField(default="")
    end_reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "ward"], condition=Q(ended_at=None), name="one_guardianship_a_pair"
            ),
            models.CheckConstraint(condition=~Q(guardian=F("ward")), name="nobodys_own_guardian"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="guardianship_ends_later"),
        ]
        indexes = [models.Index(fields=["ward"], name="guardianship_by_ward")]


class Biometric(models.Model):
    """A picture or a finger's template: sealed, and apart from the row that everybody reads (`biometrics`)."""

    class Kind(models.TextChoices):
        PHOTOGRAPH = "photograph"
        FINGER = "finger"

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    finger = models.SmallIntegerField(default=0, help_text="ISO/IEC 19794-2: 1 right thumb … 10 left little finger")
    media_type = models.TextField()
    sealed = models.BinaryField(help_text="AES-256-GCM: nonce and ciphertext, bound to person, kind and finger")
    key = models.CharField(max_length=16, help_text="which key of the key file sealed it")
    kept_at = models.DateTimeField()
    kept_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "finger"], name="one_biometric_of_a_kind"),
            models.CheckConstraint(
                condition=Q(kind="photograph", finger=0) | Q(kind="finger", finger__range=(1, 10)),
                name="biometric_finger_known",
            ),
        ]


class ImportRun(models.Model):
    """How far a file has come into the register, committed with each batch: so that it goes on where it was killed."""

    digest = models.CharField(max_length=64, help_text="SHA-256 of the file, and of what was said with it")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0, help_text="read so far")
    added = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    wrong = models.BigIntegerField(default=0)
    told = models.BigIntegerField(default=0, help_text="bytes of the file of faults that belong to `rows`")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], condition=Q(finished_at=None), name="one_import_of_a_file")
        ]
