"""What of accounts has served its time and goes."""

from __future__ import annotations

from django.db.models import Q

from sala.identity.accounts import rules
from sala.identity.accounts.models import ApiToken, OneTimeLink, Session, SignInFailures
from sala.kit import clock


def tidy() -> dict[str, int]:
    """Delete old links with what was typed into them, the traces of old sessions, old failures and dead tokens."""
    now = clock.now()
    traces = now - rules.SESSION_KEPT
    links = OneTimeLink.objects.filter(expires_at__lt=now - rules.LINK_KEPT)
    sessions = Session.objects.filter(Q(ended_at__lt=traces) | Q(expires_at__lt=traces) | Q(last_seen_at__lt=traces))
    failures = SignInFailures.objects.filter(last_at__lt=now - rules.LOCK)
    tokens = ApiToken.objects.filter(Q(revoked_at__lt=traces) | Q(expires_at__lt=traces))
    gone = {"links": links, "sessions": sessions, "failures": failures, "tokens": tokens}
    return {name: rows.delete()[0] for name, rows in gone.items()}
