"""Requests and all that happens to them.

`Case` is the truth of a request: there is no hand-over after it that could lose it.
`CaseEvent` is its history and its audit, hash-chained case by case.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Now, Upper

from sala.engine.cases.states import State
from sala.kit.ids import uuid7

OPEN = [State.SUBMITTED, State.IN_REVIEW, State.INFO_REQUESTED]
WORKING = [State.SUBMITTED, State.IN_REVIEW]
DECIDED = [State.APPROVED, State.REFUSED, State.REFERRED, State.COMPLETED]

SPACE = Value(" ", output_field=models.TextField())


class Attachment(models.Model):
    """A file an applicant gave: of a draft first (`draft`, no foreign key: drafts go), of a case once submitted."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    draft = models.UUIDField(null=True, db_index=True)
    case = models.ForeignKey("Case", models.CASCADE, null=True)
    field = models.TextField()
    name = models.TextField()
    media_type = models.TextField()
    size = models.IntegerField(help_text="bytes")
    sha256 = models.BinaryField()
    content = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())


class Case(models.Model):
    """A request that was filed."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.TextField()
    service = models.SlugField(db_index=False)
    version = models.ForeignKey("catalogue.ServiceVersion", models.PROTECT, db_index=False)
    state = models.TextField(choices=[(s.value, s.value) for s in State], default=State.SUBMITTED)
    office = models.ForeignKey("directory.Office", models.PROTECT, db_index=False)
    area = models.IntegerField(null=True, help_text="province code by which it was routed")
    also_offices = ArrayField(
        models.IntegerField(), default=list, db_default=[], help_text="other offices that see it, and only see it"
    )
    account = models.ForeignKey("accounts.Account", models.PROTECT, null=True, db_index=False)
    group = models.UUIDField(null=True, help_text="filed together (a family)")
    applicant_name = models.TextField()
    email = models.TextField()
    language = models.CharField(max_length=2)
    channel = models.TextField(help_text="web, api or scheduled")
    answers = models.JSONField()
    subject_key = models.TextField(
        default="", help_text="whom the case is about, e.g. a passport, as the declaration names it"
    )
    late = models.BooleanField(default=False)
    due_on = models.DateField(null=True, help_text="the statutory date the filing window turns on")
    next_due_on = models.DateField(null=True, help_text="the next one, once approved; what reminders count to")
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="the promised hour of the result")
    warn_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+", db_index=False)
    claimed_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", help_text="account:<id> or system:rule")
    reason_code = models.TextField(default="")
    events = models.IntegerField(default=1)
    last_hash = models.BinaryField()
    applicant_died_on = models.DateField(null=True, help_text="as the civil register has it; nobody mails the dead")
    key_version = models.SmallIntegerField(default=1, help_text="raised to revoke look-up keys")
    search = models.GeneratedField(
        expression=Upper(Concat("reference", SPACE, "applicant_name", SPACE, "subject_key")),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="case_reference_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="case_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=DECIDED) | Q(decided_at__isnull=False), name="case_decided_has_time"
            ),
            # a rule may approve; only a person refuses.
            models.CheckConstraint(
                condition=~Q(state=State.REFUSED) | (Q(decided_by__startswith="account:") & ~Q(reason_code="")),
                name="case_refused_by_a_person_with_a_reason",
            ),
        ]
        indexes = [
            # The desk: each queue is one range of one small index in the order shown, whatever the number of cases
            # (queues.py). `warn_at` stands in the first so that "due soon" is told without looking at the rows.
            models.Index(
                fields=["office", "due_at", "id", "warn_at"],
                condition=Q(state__in=OPEN, held=False),
                name="case_desk",
            ),
            models.Index(
                fields=["office", "due_at", "id"],
                condition=Q(state__in=WORKING, held=False, claimed_by=None),
                name="case_new",
            ),
            models.Index(
                fields=["office", "due_at", "id"],
                condition=Q(state=State.INFO_REQUESTED, held=False),
                name="case_waiting",
            ),
            models.Index(fields=["office", "due_at", "id"], condition=Q(held=True), name="case_held"),
            models.Index(
                fields=["claimed_by", "due_at", "id"],
                condition=Q(state__in=OPEN, held=False, claimed_by__isnull=False),
                name="case_claimed",
            ),
            models.Index(fields=["account", "-submitted_at"], name="case_of_account"),
            models.Index(fields=["service", "subject_key", "-submitted_at"], name="case_subject"),
            GinIndex(OpClass("search", name="gin_trgm_ops"), name="case_search"),
            GinIndex(fields=["also_offices"], condition=Q(state__in=OPEN) & ~Q(also_offices=[]), name="case_also"),
            models.Index(fields=["group"], condition=Q(group__isnull=False), name="case_group"),
            models.Index(fields=["next_due_on"], condition=Q(next_due_on__isnull=False), name="case_reminders"),
        ]


class CaseEvent(models.Model):
    """A past fact about a case. `hash` = SHA-256 over the hash before it and this event's canonical JSON."""

    pk = models.CompositePrimaryKey("case_id", "number")
    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="history")
    number = models.IntegerField()
    at = models.DateTimeField()
    type = models.TextField()
    actor = models.TextField()
    data = models.JSONField(default=dict)
    public = models.BooleanField(help_text="the applicant sees it")
    hash = models.BinaryField()


class InfoRequest(models.Model):
    """A question to the applicant about named fields, answered in the same place."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="info_requests")
    fields = ArrayField(models.TextField())
    message = models.TextField()
    asked_by = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")
    before = models.JSONField(default=dict, help_text="the named fields' values before the answer")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(answered_at=None), name="one_open_question")
        ]


class CheckResult(models.Model):
    """What an automatic check found; it informs, and never decides against anybody."""

    class Outcome(models.TextChoices):
        PASSED = "passed"
        ALERT = "alert"
        UNKNOWN = "unknown"

    case = models.ForeignKey(Case, models.PROTECT, related_name="checks")
    check_id = models.TextField()
    outcome = models.TextField(choices=Outcome)
    restricted = models.BooleanField(help_text="seen only by those who may see holds")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "check_id"], name="check_once")]


class RegisterFacts(models.Model):
    """What a register said about the case's subject, and when; null facts = it was out of reach."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="facts")
    register = models.TextField()
    facts = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "register"], name="facts_once")]


class Consent(models.Model):
    """Another person's word that the case waits for. Whose it is (`person`, a row of the register) officers see."""

    class State(models.TextChoices):
        WAITING = "waiting"
        GIVEN = "given"
        DECLINED = "declined"
        LAPSED = "lapsed", "no answer in time"
        UNASKED = "unasked", "there is nobody, or nobody who can be asked by phone"
        RECORDED = "recorded", "taken by an officer, who says how"

    case = models.ForeignKey(Case, models.PROTECT, related_name="consents", db_index=False)
    key = models.TextField(help_text="as the declaration names it")
    person = models.BigIntegerField(null=True)
    approval = models.UUIDField(null=True, db_index=True, help_text="what waits in their digital ID")
    state = models.TextField(choices=State)
    why = models.TextField(default="", help_text="unasked: nobody, no_account or too_many")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(default="", help_text="account:<id> or system:consents")
    note = models.TextField(default="", help_text="recorded: whose word was taken how")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="consent_once"),
            models.CheckConstraint(
                condition=~Q(state="recorded") | (Q(answered_by__startswith="account:") & ~Q(note="")),
                name="consent_recorded_by_a_person_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="waiting"), name="consent_waiting")]


class Hold(models.Model):
    """Why a case stands still (R-001.33–.36). Never shown to the applicant."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="holds")
    reason = models.TextField()
    checks = ArrayField(models.TextField(), default=list)
    placed_by = models.TextField()
    placed_at = models.DateTimeField()
    lifted_by = models.TextField(default="")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case"], condition=Q(lifted_at=None), name="one_open_hold")]


class Note(models.Model):
    """What officers tell each other."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    text = models.TextField()
    author = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class SopMark(models.Model):
    """A step of the written procedure, done (R-001.43)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="sop_marks")
    step = models.TextField()
    by = models.TextField(help_text="account:<id>, or system:rule where a check did it")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "step"], name="sop_once")]
