"""Who acts in the measurement, and what they ask for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks import load
from sala.kit import clock

if TYPE_CHECKING:
    from sala.engine.catalogue.declaration import Field

_APPLICANTS = 64


_ADDRESS = {"line": "99/1 Moo 4", "subdistrict": 740101, "district": 7401, "province": 74, "postcode": 74000}
_BY_TYPE: dict[str, Any] = {
    "text": "TG661", "long_text": "As agreed", "latin_name": "Maria", "thai_name": "มาเรีย", "country": "PRT",
    "thai_address": _ADDRESS, "phone": "+66812345678", "email": "maria@example.org", "yes_no": False, "confirm": True,
}  # fmt: skip


def answers(number: int, service: str = "tm47") -> dict[str, Any]:
    """All that a service asks: of a 90-day report such that it is due in four days, and its window open."""
    from sala.engine.catalogue import queries

    pages = queries.current(service).declaration.form
    return {page.page: {f.key: _value(f, number) for f in page.fields if f.type != "file"} for page in pages}


def _value(asked: Field, number: int) -> Any:
    arrived = clock.today() - timedelta(days=85)
    days = {"birth_date": date(1990, 4, 23), "arrived_on": arrived, "permitted_until": arrived + timedelta(days=365)}
    match asked.type:
        case "date":
            return days.get(asked.key, clock.today()).isoformat()
        case "passport":
            return f"C{number % 10_000_000:07d}"
        case "choice":
            return asked.choices[0].value
        case other:
            return _BY_TYPE[other]


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
