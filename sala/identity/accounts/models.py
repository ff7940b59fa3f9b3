"""Sign-in: the account, its links, sessions, passkeys and tokens."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now

from sala.kit.ids import uuid7


class Account(AbstractBaseUser):
    """A person who signs in. Exists only once its e-mail address is proven (R-001.12, .13)."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    email = models.EmailField()
    given_name = models.TextField()
    surname = models.TextField()
    phone = models.TextField(help_text="E.164")
    language = models.CharField(max_length=2, default="th")
    created_at = models.DateTimeField(db_default=Now())
    locked_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="account_email_once")]


class OneTimeLink(models.Model):
    """A link sent by mail that proves the reader holds the address. Stored as a hash, used once."""

    class Purpose(models.TextChoices):
        REGISTER = "register"
        RESET_PASSWORD = "reset_password"
        CHANGE_EMAIL = "change_email"

    id = models.UUIDField(primary_key=True, default=uuid7)
    purpose = models.TextField(choices=Purpose)
    token_hash = models.BinaryField(unique=True)
    email = models.EmailField()
    account = models.ForeignKey(Account, models.CASCADE, null=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Session(models.Model):
    """One browser signed in; ending it here ends it there."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    token_hash = models.BinaryField(unique=True)
    account = models.ForeignKey(Account, models.CASCADE)
    created_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    user_agent = models.TextField(default="")
    address = models.GenericIPAddressField(null=True)


class Passkey(models.Model):
    """A WebAuthn credential."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey(Account, models.CASCADE)
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A bearer token for the API, made by its owner, limited by scopes, shown once."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    token_hash = models.BinaryField(unique=True)
    account = models.ForeignKey(Account, models.CASCADE)
    name = models.TextField()
    scopes = ArrayField(models.TextField())
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, help_text="to the hour")
    revoked_at = models.DateTimeField(null=True)
