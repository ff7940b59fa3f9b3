"""Sign-in: the account, its links, sessions, passkeys and tokens."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now

from sala.kit.ids import uuid7

# `email__lower=` is served by the indexes on lower(email); Django's `iexact` compares upper(email).
models.EmailField.register_lookup(Lower)


class Account(AbstractBaseUser):
    """A person who signs in. Exists only once its e-mail address is proven (R-001.12, .13)."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    email = models.EmailField()
    given_name = models.TextField()
    surname = models.TextField()
    phone = models.TextField(help_text="E.164")
    language = models.CharField(max_length=2, default="th")
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    rests_since = models.DateTimeField(
        null=True, help_text="its person has died, as the register has it: nobody signs in, nothing is written to it"
    )

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="account_email_once")]


class OneTimeLink(models.Model):
    """A link sent by mail that proves the reader holds the address. Stored as a hash, used once.

    A row without an account (but for REGISTER) opens nothing: it is written so that asking with an
    unknown address costs what asking with a known one does.
    """

    class Purpose(models.TextChoices):
        REGISTER = "register"
        RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose
        CHANGE_EMAIL = "change_email"
        STOP_EMAIL_CHANGE = "stop_email_change"
        DISOWN = "disown"

    id = models.UUIDField(primary_key=True, default=uuid7)
    purpose = models.TextField(choices=Purpose)
    token_hash = models.BinaryField(unique=True)
    email = models.EmailField()
    account = models.ForeignKey(Account, models.CASCADE, null=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(Lower("email"), "purpose", name="link_address")]


class SignInFailures(models.Model):
    """Wrong passwords in a row for one address, known or not, from one trusted browser or all the others.

    `key` is a keyed digest: the table is no list of addresses.
    """

    key = models.TextField(primary_key=True)
    count = models.IntegerField()
    last_at = models.DateTimeField()


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
    address = models.GenericIPAddressField(
        null=True, help_text="in its person's own copy of their data alone; kept 90 days after the end, as the law asks"
    )
    methods = ArrayField(
        models.TextField(),
        default=list,
        db_default=[],
        help_text="how its person proved to be there (RFC 8176)",
    )
    proved_at = models.DateTimeField(null=True, help_text="when they last did; none: when it was opened")
    passkey_proof = models.BinaryField(
        null=True, unique=True, help_text="hash of the challenge: one signature, one session"
    )


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
    suspended_at = models.DateTimeField(null=True, help_text="it signs nobody in: the account was disowned")
    doubtful = models.BooleanField(
        default=False, db_default=False, help_text="a stranger may have made it; its owner has to look at it"
    )


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
