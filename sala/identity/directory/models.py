"""Where things are and who works there: areas, agencies, offices, posts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Area(models.Model):
    """A province, district or sub-district, by the Department of Provincial Administration's code."""

    class Level(models.TextChoices):
        PROVINCE = "province"
        DISTRICT = "district"
        SUBDISTRICT = "subdistrict"

    code = models.IntegerField(primary_key=True)
    level = models.TextField(choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    name_th = models.TextField()
    name_en = models.TextField()
    postcode = models.IntegerField(null=True)
    latitude = models.FloatField(null=True, help_text="degrees, WGS 84")
    longitude = models.FloatField(null=True, help_text="degrees, WGS 84")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level="province", parent__isnull=True)
                | models.Q(level__in=["district", "subdistrict"], parent__isnull=False),
                name="area_has_parent",
            )
        ]


class Agency(models.Model):
    """A ministry, department or bureau that offers services."""

    slug = models.SlugField(primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True)
    name_th = models.TextField()
    name_en = models.TextField()


class Office(models.Model):
    """A place where an agency's officers work. `kind` is what a declaration routes to."""

    slug = models.SlugField(unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT)
    kind = models.SlugField()
    name_th = models.TextField()
    name_en = models.TextField()
    address_th = models.TextField(default="")
    address_en = models.TextField(default="")
    phone = models.TextField(default="")
    email = models.TextField(default="")
    latitude = models.FloatField(null=True, help_text="degrees, WGS 84")
    longitude = models.FloatField(null=True, help_text="degrees, WGS 84")
    province = models.IntegerField(null=True, help_text="code of the province it stands in")


class Jurisdiction(models.Model):
    """Which office of a kind is responsible for an area: never two."""

    office = models.ForeignKey(Office, models.CASCADE, related_name="jurisdictions")
    kind = models.SlugField()
    area = models.ForeignKey(Area, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "area"], name="one_office_an_area")]


class Post(models.Model):
    """An account's appointment: a role at an office, or in a whole agency where `office` is null."""

    class Role(models.TextChoices):
        OFFICER = "officer"
        SENIOR = "senior"
        MANAGER = "manager"
        AUDITOR = "auditor"
        ADMINISTRATOR = "administrator"

    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="posts")
    agency = models.ForeignKey(Agency, models.PROTECT)
    office = models.ForeignKey(Office, models.PROTECT, null=True)
    role = models.TextField(choices=Role)
    services = ArrayField(models.SlugField(), default=list, help_text="limited to these; empty = all of the office")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "agency", "office", "role"], name="post_once", nulls_distinct=False
            )
        ]
