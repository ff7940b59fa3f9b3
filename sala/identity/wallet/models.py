"""The phone's side of the identity: the PIN, the devices that are told, and what waits to be approved."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sala.identity.wallet.rules import Kind, State
from sala.kit.ids import uuid7


class Pin(models.Model):
    """The number that confirms a person's intent. By itself it signs nobody in."""

    account = models.OneToOneField("accounts.Account", models.CASCADE, primary_key=True, related_name="+")
    hash = models.TextField(help_text="Argon2id of the PIN and a pepper from the secret key")
    failures = models.IntegerField(default=0, help_text="in a row; it is locked at rules.PIN_TRIES")
    changed_at = models.DateTimeField()


class Device(models.Model):
    """A browser or installed app that is told by web push (RFC 8030) that something waits."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    name = models.TextField()
    endpoint = models.TextField(unique=True)
    p256dh = models.TextField()
    auth = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True)


class Approval(models.Model):
    """Something asked elsewhere that waits for its person's word on their phone: answered once, used once."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.TextField(choices=[(kind.value, kind.value) for kind in Kind])
    state = models.TextField(choices=[(state.value, state.value) for state in State], default=State.WAITING)
    token_hash = models.BinaryField(unique=True, help_text="of what the QR code or the message leads to; it rotates")
    token_at = models.DateTimeField(help_text="when the token was last made anew")
    former_hash = models.BinaryField(
        null=True, unique=True, help_text="of the token before: whoever was just scanning it as it changed is let in"
    )
    former_at = models.DateTimeField(null=True, help_text="when that one was made")
    account = models.ForeignKey(
        "accounts.Account", models.CASCADE, null=True, related_name="+", help_text="none: not scanned yet"
    )
    client_id = models.TextField(help_text="of the relying party that asks")
    asking = models.JSONField(help_text="approvals.Asking: who asks what, as the phone shows it")
    browser_hash = models.BinaryField(
        default=bytes, help_text="of the browser in which it began, and alone may end; empty where none did"
    )
    code_hash = models.BinaryField(default=bytes, help_text="of the code shown on the phone, typed into that browser")
    code_tries = models.IntegerField(default=0)
    agreed = ArrayField(models.TextField(), default=list, help_text="the scopes that the person agreed to tell")
    methods = ArrayField(models.TextField(), default=list, help_text="how they proved themselves (RFC 8176)")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="approval_of_account")]
        constraints = [
            models.CheckConstraint(name="approval_kind_known", condition=Q(kind__in=[kind.value for kind in Kind])),
            models.CheckConstraint(name="approval_state_known", condition=Q(state__in=[s.value for s in State])),
            models.CheckConstraint(
                name="approval_answered_by_somebody",
                condition=~Q(state__in=[State.APPROVED, State.DECLINED, State.USED]) | Q(account__isnull=False),
            ),
        ]
