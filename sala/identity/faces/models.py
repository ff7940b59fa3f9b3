"""Templates of faces, sealed and apart from the register; and what was compared, without picture or template."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class FaceKey(models.Model):
    """A person's own key, wrapped by the master key: deleting this row makes all their templates unreadable."""

    person = models.OneToOneField("people.Person", models.PROTECT, primary_key=True, related_name="+")
    wrapped = models.BinaryField(help_text="AES-256-GCM: nonce and ciphertext, bound to the person")
    key = models.CharField(max_length=16, help_text="which master key wrapped it")


class FaceTemplate(models.Model):
    """What an engine says of a person's face. One a person and engine: the newest picture's."""

    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    engine = models.CharField(max_length=40)
    sealed = models.BinaryField(help_text="AES-256-GCM under the person's own key, bound to person and engine")
    made_at = models.DateTimeField()
    source = models.CharField(max_length=16, choices=[("photograph", "photograph"), ("enrolment", "enrolment")])
    broken_at = models.DateTimeField(null=True, help_text="it did not open: put aside, told, others are served")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "engine"], name="one_template_an_engine")]
        indexes = [
            models.Index(fields=["engine", "id"], name="template_by_engine"),
            models.Index(fields=["id"], condition=Q(broken_at__isnull=False), name="template_broken"),
        ]


class Comparison(models.Model):
    """That faces were compared: for what, by whom, how alike. Never the picture, never the template."""

    class Kind(models.TextChoices):
        ONE = "one", "with one person"
        MANY = "many", "with everybody"

    at = models.DateTimeField()
    kind = models.CharField(max_length=4, choices=Kind)
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, db_index=False, related_name="+")
    purpose = models.TextField(help_text="such as enrolment, recovery")
    actor = models.TextField(help_text="account:<id>, or system:<name>")
    engine = models.CharField(max_length=40)
    likeness = models.FloatField(null=True, help_text="null: there was nothing to compare with, or no face")
    threshold = models.FloatField()
    found = models.IntegerField(default=0, help_text="with everybody: how many were over the threshold")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kind="one") | Q(person__isnull=False), name="one_compared_with_whom")
        ]
        indexes = [
            models.Index(fields=["person", "at"], name="comparison_by_person"),
            BrinIndex(fields=["at"], autosummarize=True, name="comparison_by_age"),
        ]


class OperatingPoint(models.Model):
    """From which likeness on an engine takes two for one person: measured, by whom, with what error rates."""

    engine = models.CharField(max_length=40)
    threshold = models.FloatField()
    fmr = models.FloatField(help_text="false match rate measured there")
    fnmr = models.FloatField(help_text="false non-match rate measured there")
    eer = models.FloatField(help_text="equal error rate")
    genuine = models.BigIntegerField(help_text="pairs of one person that it rests on")
    impostors = models.BigIntegerField(help_text="pairs of two people that it rests on")
    set_at = models.DateTimeField()
    set_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["engine", "-id"], name="operating_point_newest")]


class Challenge(models.Model):
    """What somebody is asked to do before the camera, in an order nobody knew before: used once, and soon over."""

    id = models.UUIDField(primary_key=True)
    session = models.TextField(help_text="whose browser may answer it: bound to the session that began it")
    steps = models.JSONField(help_text="such as [turn_left, blink, smile]")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    passed = models.BooleanField(null=True)
    portrait = models.BinaryField(null=True, help_text="the frontal frame, sealed, until it is compared")
    portrait_key = models.CharField(max_length=16, default="")


class TemplateChange(models.Model):
    """That somebody's template came, changed or went: for whoever searches. Written by the database itself, with the
    change (migration `template_changes`), and gone after a day."""

    person = models.BigIntegerField()
    engine = models.CharField(max_length=40)
    transaction = models.BigIntegerField(help_text="in which it was written: see gallery.changes")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["engine", "transaction"], name="template_change_next"),
            models.Index(fields=["at"], name="template_change_age"),
        ]


class GalleryMark(models.Model):
    """How far an index that outlasts the searcher has been filled, and since when its changes are to be followed."""

    index = models.CharField(max_length=64, primary_key=True, help_text="a hash of its address and its engine")
    after = models.BigIntegerField(null=True, help_text="the template to go on after; null: everybody is in it")
    horizon = models.BigIntegerField(help_text="the transaction from which on changes may be new")
    at = models.DateTimeField()
