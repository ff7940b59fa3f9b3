"""What the OpenID Provider keeps: its keys, its relying parties, what people agreed to, and what was asked of it.

Secrets, codes, tokens and handles are stored as hashes; none of these rows signs anybody in by being read.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from sala.kit.ids import uuid7


class SigningKey(models.Model):
    """One ES256 key. It is published before it signs and after, so that no relying party meets an unknown one."""

    kid = models.TextField(primary_key=True, help_text="RFC 7638 thumbprint")
    public = models.JSONField(help_text="JWK")
    place = models.TextField(
        default="", db_default="", help_text="where the private key lies (custody.Made); empty: in `sealed`"
    )
    sealed = models.BinaryField(help_text="the private key (PKCS #8), AES-256-GCM under a key from the secret key")
    created_at = models.DateTimeField()
    signs_from = models.DateTimeField(null=True)
    signs_until = models.DateTimeField(null=True)


class Client(models.Model):
    """A relying party (RP): an agency's or a company's program that people sign in to."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government"
        PRIVATE = "private"

    class Method(models.TextChoices):
        BASIC = "client_secret_basic"
        POST = "client_secret_post"
        KEY = "private_key_jwt"
        NONE = "none"

    class Profile(models.TextChoices):
        STRICT = "strict"
        LEGACY = "legacy_thaid"

    id = models.TextField(primary_key=True)
    name_th = models.TextField()
    name_en = models.TextField()
    kind = models.TextField(choices=Kind)
    agency = models.ForeignKey("directory.Agency", models.PROTECT, null=True, help_text="of a government RP")
    company = models.TextField(default="", help_text="of a private RP: its registered name")
    redirect_uris = ArrayField(models.TextField(), help_text="compared character by character")
    sector = models.TextField(help_text="host: RPs of one sector know a person by one subject")
    method = models.TextField(
        choices=Method, help_text="how it proves itself; none: a public client, in a page or an app"
    )
    secret_hash = models.BinaryField(null=True, help_text="SHA-256: the secret is 256 random bits")
    jwks = models.JSONField(null=True, help_text="public keys, for private_key_jwt")
    grants = ArrayField(models.TextField(), help_text="authorization_code, refresh_token, client_credentials")
    profile = models.TextField(choices=Profile, default=Profile.STRICT)
    profile_until = models.DateField(null=True, help_text="the last day of a looser profile; strict from the next")
    dpop = models.BooleanField(db_default=False, default=False, help_text="tokens are bound to a key (RFC 9449)")
    fapi = models.BooleanField(db_default=False, default=False, help_text="FAPI 2.0: pushed, signed, bound")
    post_logout_uris = ArrayField(
        models.TextField(), default=list, db_default=[], help_text="where signing out may lead"
    )
    backchannel_logout_uri = models.TextField(default="", db_default="", help_text="told when a session ends")
    ciba_notification_uri = models.TextField(
        default="", db_default="", help_text="pinged at the answer; empty: it polls"
    )
    sandbox = models.BooleanField(db_default=False, default=False, help_text="to be told of invented people only, ever")
    registration_hash = models.BinaryField(
        null=True, help_text="of the token by which a sandbox that registered itself is changed (RFC 7592)"
    )
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    closed_why = models.TextField(default="", db_default="", help_text="as its people read it")
    suspended = models.BooleanField(db_default=False, default=False, help_text="closed for now: consents are kept")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="client_registered_itself",
                condition=models.Q(registration_hash__isnull=True) | models.Q(sandbox=True),
            ),
            models.CheckConstraint(
                name="client_whose",
                condition=models.Q(kind="government", agency__isnull=False, company="")
                | (models.Q(kind="private", agency__isnull=True) & ~models.Q(company="")),
            ),
            models.CheckConstraint(
                name="client_proof",
                condition=models.Q(method="private_key_jwt", secret_hash__isnull=True, jwks__isnull=False)
                | models.Q(method="none", secret_hash__isnull=True, jwks__isnull=True)
                | models.Q(
                    method__in=["client_secret_basic", "client_secret_post"],
                    secret_hash__isnull=False,
                    jwks__isnull=True,
                ),
            ),
            # What proves nothing of itself signs people in and nothing else, by the strictest rules.
            models.CheckConstraint(
                name="client_public",
                condition=~models.Q(method="none")
                | models.Q(fapi=False, profile="strict", grants__contained_by=["authorization_code", "refresh_token"]),
            ),
        ]


class ClientScope(models.Model):
    """What an RP may ask, for what, by which law. Never altered: a new purpose is a new row, so that the
    purpose of an old look stays known."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE)
    scope = models.TextField()
    purpose_th = models.TextField()
    purpose_en = models.TextField()
    basis_th = models.TextField()
    basis_en = models.TextField()
    since = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "scope"], condition=models.Q(ended_at__isnull=True), name="scope_once_per_client"
            )
        ]


class AuthorizationRequest(models.Model):
    """A request to sign in that waits: pushed by the RP (PAR), or for its person to sign in and agree."""

    token_hash = models.BinaryField(primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE)
    pushed = models.BooleanField()
    asked = models.JSONField(help_text="rules.Asked")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    account_id = models.UUIDField(null=True, help_text="who proved anew to be there, for prompt=login and max_age")
    proved_at = models.DateTimeField(null=True)
    approval_id = models.UUIDField(null=True, help_text="of the wallet: what the QR code on its page leads to")


class Subject(models.Model):
    """By what name the RPs of a sector know a person: a random one, so that two sectors cannot compare."""

    value = models.TextField(primary_key=True)
    sector = models.TextField()
    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "sector"], name="subject_once_per_sector")]


class Consent(models.Model):
    """What a person agreed to tell an RP, and what not. One row for the two, as it stands; the audit has its past."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey("accounts.Account", models.CASCADE, db_index=False)
    client = models.ForeignKey(Client, models.CASCADE)
    agreed = ArrayField(models.TextField())
    refused = ArrayField(models.TextField())
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "client"], name="consent_once_per_client")]


class Grant(models.Model):
    """One sign-in at an RP: its code, and the family of tokens that came of it. Revoking it revokes them all."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    account = models.ForeignKey("accounts.Account", models.CASCADE, db_index=False)
    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    subject = models.TextField()
    scopes = ArrayField(models.TextField())
    code_hash = models.BinaryField(unique=True)
    redirect_uri = models.TextField()
    challenge = models.TextField(help_text="PKCE, S256")
    nonce = models.TextField(default="")
    auth_time = models.DateTimeField()
    acr = models.TextField(default="", db_default="", help_text="how well it was told who signs in: AAL1 or AAL2")
    amr = ArrayField(models.TextField(), default=list, db_default=[], help_text="by what (RFC 8176)")
    session_id = models.UUIDField(null=True, db_index=True, help_text="the account's session at us that it came from")
    sid = models.TextField(default="", db_default="", help_text="by what name the RP knows that session")
    claims = models.JSONField(default=dict, db_default={}, help_text="asked one by one (OpenID Connect Core, 5.5)")
    jkt = models.TextField(default="", db_default="", help_text="thumbprint of the key that the code is bound to")
    created_at = models.DateTimeField()
    code_expires_at = models.DateTimeField()
    code_used_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(help_text="no refresh reaches beyond")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "client"], name="grant_of_account"),
            models.Index(fields=["client"], name="grant_of_client"),
            BrinIndex(fields=["ends_at"], name="grant_ends"),
        ]


class Token(models.Model):
    """An access or refresh token. Opaque: what it allows is read here, so a revocation holds at once."""

    hash = models.BinaryField(primary_key=True)
    kind = models.TextField(help_text="access or refresh")
    client = models.ForeignKey(Client, models.CASCADE, db_index=False, db_constraint=False)
    grant = models.ForeignKey(Grant, models.CASCADE, null=True, help_text="none: the RP's own, by client_credentials")
    scopes = ArrayField(models.TextField(), null=True, help_text="none: all of the grant's")
    jkt = models.TextField(default="", db_default="", help_text="thumbprint of its key; empty: a bearer's")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, help_text="of a refresh token: when it was exchanged")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [BrinIndex(fields=["expires_at"], name="token_expires")]


class Assertion(models.Model):
    """A client's signed proof (private_key_jwt) that was used; it works once."""

    digest = models.BinaryField(primary_key=True)
    expires_at = models.DateTimeField(db_index=True)


class Look(models.Model):
    """What an RP asked of us and learnt: for the citizen's view and the RP's own log. The why is its ClientScope."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    client = models.ForeignKey(Client, models.CASCADE, db_index=False, db_constraint=False)
    account_id = models.UUIDField(null=True)
    act = models.TextField(help_text="authorize, code, refresh, client_credentials, userinfo")
    scopes = ArrayField(models.TextField(), default=list)
    outcome = models.TextField(default="", help_text="empty, or the error's code")
    detail = models.TextField(default="", help_text="the error's words, for the RP")

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-id"], name="look_of_account"),
            models.Index(fields=["client", "-id"], name="look_of_client"),
        ]


class Decoupled(models.Model):
    """A sign-in asked without a browser of ours: by a device (RFC 8628) or by the RP itself (CIBA). It polls.

    `code_hash` is of what it polls with: the device_code or auth_req_id.
    """

    code_hash = models.BinaryField(primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE)
    approval_id = models.UUIDField(null=True, unique=True, help_text="of the wallet; none: not typed in yet")
    user_code_hash = models.BinaryField(null=True, unique=True, help_text="of the code a person types for a device")
    asked = models.JSONField(help_text="rules.Asked")
    jkt = models.TextField(default="")
    notify_token = models.TextField(default="", help_text="the RP's own, sent with the ping")
    seed = models.TextField(
        default="", db_default="", help_text="from which the auth_req_id is made again, for the ping"
    )
    hint = models.JSONField(
        default=dict, db_default={}, help_text="whom the RP named (ciba.Hint), until it is looked up"
    )
    place = models.TextField(default="", db_default="", help_text="what a device said it is")
    polled_at = models.DateTimeField(null=True)
    interval = models.IntegerField(help_text="seconds between two polls; grows when it polls faster")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class LogoutNotice(models.Model):
    """An RP that must hear that a session has ended (OpenID Connect Back-Channel Logout), until it has."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE)
    subject = models.TextField()
    sid = models.TextField(default="")
    made_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    fault = models.TextField(default="", help_text="why the last try failed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "sid"], name="logout_notice_once")]


class Rehearsal(models.Model):
    """One sign-in that an RP's programmer tries with a sandbox client, and what the RP's program did on its way.

    `fault` names what we do wrong on purpose, to see whether the program notices. Only sandboxes have any.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    client = models.ForeignKey(Client, models.CASCADE)
    fault = models.TextField(default="", help_text="rehearsing.Fault; empty: all is done right")
    steps = models.JSONField(default=list, help_text="rehearsing.Step: what the program did, in its order")
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="nothing is noted, or done wrong, after that")

    class Meta:
        indexes = [models.Index(fields=["client", "-begun_at"], name="rehearsal_of_client")]


class Webhook(models.Model):
    """Where an RP wants to hear that somebody's entry has changed, and how it stands with that address."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="+")
    url = models.TextField()
    sealed = models.BinaryField(help_text="the secret that signs, AES-256-GCM under a key from the secret key")
    sealed_before = models.BinaryField(null=True, help_text="the one before: it signs too, until `before_until`")
    before_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    failures = models.IntegerField(default=0, help_text="in a row")
    failing_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True, help_text="not asked before, so that a dead address costs nobody")
    dead_told_at = models.DateTimeField(null=True, help_text="when its people were written that it is dead")


class WebhookMessage(models.Model):
    """One thing that an RP is told, until it has heard it or three days are over. Names of claims, never values."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    key = models.TextField(help_text="what it is about: the same fact is told once")
    type = models.TextField(help_text="person.changed, person.ended, webhook.test")
    account_id = models.UUIDField(null=True)
    subject = models.TextField(default="")
    claims = ArrayField(models.TextField(), default=list)
    made_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True, help_text="none: heard, or given up")
    heard_at = models.DateTimeField(null=True)
    fault = models.TextField(default="", help_text="why the last try failed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="webhook_message_once")]
        indexes = [
            models.Index(fields=["client", "-id"], name="webhook_message_of_client"),
            models.Index(fields=["client", "next_at"], condition=models.Q(next_at__isnull=False), name="webhook_due"),
        ]
