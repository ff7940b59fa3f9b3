"""Who acts in the measurement, and what they ask for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from benchmarks import load
from sala.kit import clock

_APPLICANTS = 64


def answers(number: int) -> dict[str, Any]:
    """A 90-day report that is due in four days: its window is open."""
    arrived = clock.today() - timedelta(days=85)
    return {
        "passport": {"nationality": "PRT", "number": f"C{number % 10_000_000:07d}"},
        "name": {"given_name": "Maria", "surname": "Silva"},
        "birth": {"birth_date": "1990-04-23", "sex": "f"},
        "arrival": {"arrived_on": arrived.isoformat()},
        "journey": {"transport": "air", "vehicle": "TG661"},
        "permission": {"permitted_until": (arrived + timedelta(days=365)).isoformat(), "visa": "non_b"},
        "previous": {"reported": False, "host_reported": "yes_done"},
        "stay": {
            "kind": "flat",
            "address": {
                "line": "99/1 Moo 4", "subdistrict": 740101, "district": 7401, "province": 74, "postcode": 74000,
            },
            "phone": "+6634411123",
        },
        "host": {"name": "Somchai Jaidee", "phone": "+66812345678"},
        "contact": {"email": "maria@example.org", "phone": "+66898765432"},
        "declaration": {"confirmed": True},
    }  # fmt: skip


def applicants() -> list[str]:
    """API tokens of some people."""
    from sala.identity.accounts.actor import system
    from sala.identity.accounts.models import Account
    from sala.identity.accounts.services import issue_token

    made = [
        Account.objects.create(email=f"bench{n}@example.org", given_name="Maria", surname="Silva", phone="+66898765432")
        for n in range(_APPLICANTS)
    ]
    scopes = ["cases:read", "cases:write"]
    return [issue_token(account_id=a.id, name="bench", scopes=scopes, by=system("bench")) for a in made]


def submissions(tokens: list[str], count: int) -> list[bytes]:
    """`count` different submissions, each with an Idempotency-Key."""
    callers = itertools.cycle(tokens)
    return [
        load.request(
            "POST",
            "/api/v1/services/tm47/cases",
            body=msgspec.json.encode({"answers": answers(number), "language": "en"}),
            Authorization=f"Bearer {next(callers)}",
            Idempotency_Key=f"bench-{number}-{clock.now().timestamp():.6f}",
        )
        for number in range(count)
    ]


def look_ups(found: list[tuple[str, str]], count: int) -> Iterator[bytes]:
    """`count` look-ups of cases by number and key."""
    for reference, key in itertools.islice(itertools.cycle(found), count):
        yield load.request("GET", f"/api/v1/cases/{reference}?key={key}")
