"""Who asks to become a relying party (RP), what for, and what was decided. What the provider serves is its own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sala.identity.console.rules import Role, State
from sala.kit.ids import uuid7


class RelyingParty(models.Model):
    """An RP as its people describe it; the provider's client is what an officer has approved of that."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+", help_text="who began it")
    content = models.JSONField(help_text="rules.Content: what is asked, perhaps not yet sent")
    agreed = models.JSONField(
        null=True, help_text="rules.Content as the live client last became it: what is asked now is told from this"
    )
    state = models.TextField(choices=[(state.value, state.value) for state in State], default=State.DRAFT)
    version = models.IntegerField(
        default=1, help_text="counts what was saved or decided: an officer decides on what they read"
    )
    remarks = models.JSONField(default=dict, help_text="what an officer asks to change, by part of the request")
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", help_text="account:<id>")
    sandbox = models.OneToOneField("provider.Client", models.PROTECT, related_name="+")
    sandbox_secret_at = models.DateTimeField(null=True, help_text="when its secret was last shown")
    live = models.OneToOneField("provider.Client", models.PROTECT, null=True, related_name="+")
    live_secret_at = models.DateTimeField(null=True, help_text="when its secret was last shown")

    class Meta:
        indexes = [
            models.Index(fields=["submitted_at"], name="rp_waiting", condition=Q(state="submitted")),
        ]
        constraints = [
            models.CheckConstraint(name="rp_state_known", condition=Q(state__in=[state.value for state in State])),
            models.CheckConstraint(
                name="rp_approved_is_served", condition=~Q(state="approved") | Q(live__isnull=False)
            ),
        ]


class Member(models.Model):
    """Somebody who works on an RP. There is a manager at every moment."""

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(RelyingParty, models.CASCADE, related_name="members")
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    role = models.TextField(choices=[(role.value, role.value) for role in Role])
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "party"], name="rp_member_once"),
            models.CheckConstraint(name="rp_role_known", condition=Q(role__in=[role.value for role in Role])),
        ]


class Invitation(models.Model):
    """Somebody asked by e-mail to work on an RP. Only an account with that very address can accept it, once."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    party = models.ForeignKey(RelyingParty, models.CASCADE, related_name="invitations")
    token_hash = models.BinaryField(unique=True)
    email = models.EmailField()
    role = models.TextField(choices=[(role.value, role.value) for role in Role])
    invited_by = models.TextField(help_text="name of who invites, for the letter")
    language = models.CharField(max_length=2)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="accepted, or taken back")


class TestPerson(models.Model):
    """An invented person made for an RP's sandbox, and the account to sign in with as them."""

    __test__ = False  # pytest: not a test, in spite of its name

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(RelyingParty, models.CASCADE, related_name="people")
    account = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+")
    name_th = models.TextField()
    name_en = models.TextField()
    email = models.TextField()
