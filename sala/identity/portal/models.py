"""The portal as a relying party: sign-ins that it began, whom it knows by them, and which session came of which."""

from __future__ import annotations

from django.db import models


class Begun(models.Model):
    """A sign-in that a browser began here; its answer is taken once, and from that browser alone."""

    state_hash = models.BinaryField(primary_key=True)
    browser_hash = models.BinaryField(help_text="of the cookie of the browser that began it")
    issuer = models.TextField(help_text="whom it asked: another's answer is none (RFC 9207)")
    nonce = models.TextField()
    verifier = models.TextField(help_text="PKCE")
    next_path = models.TextField(default="", help_text="where the person was going")
    carried = models.TextField(default="", help_text="what they had typed when their session ran out, signed")
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class Identity(models.Model):
    """By what name a provider knows somebody of the civil register. Whose account that is, the register tells."""

    issuer = models.TextField()
    subject = models.TextField()
    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    known_since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="portal_identity_once")]


class RemoteSession(models.Model):
    """The provider's session that one of ours came from: when that ends, ours does."""

    session = models.OneToOneField("accounts.Session", models.CASCADE, primary_key=True, related_name="+")
    issuer = models.TextField()
    subject = models.TextField()
    sid = models.TextField(default="", help_text="by what name the provider knows it; empty: it has none")
    begun_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["issuer", "subject"], name="portal_session_of")]
