"""Published services. A version is immutable: its key is the hash of its content."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class ServiceVersion(models.Model):
    """One publication of a declaration (a trigger refuses change and removal)."""

    hash = models.CharField(primary_key=True, max_length=64, help_text="SHA-256 of the canonical declaration, hex")
    service = models.SlugField()
    number = models.IntegerField(help_text="1 for the first publication, counting up")
    declaration = models.JSONField()
    published_at = models.DateTimeField(db_default=Now())
    published_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "number"], name="version_number_once")]


class Service(models.Model):
    """A service in the catalogue and the version new cases are filed under."""

    slug = models.SlugField(primary_key=True)
    agency = models.ForeignKey("directory.Agency", models.PROTECT)
    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="+")
    open = models.BooleanField(default=True, help_text="takes new cases")
