"""Signing in by an address alone, for programs that test relying parties and us: invented people only, no proof asked.

Off unless `SALA_TEST_LOGIN=1`, which a production refuses to start with; while on, every page says so, and the log
each minute.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sala.identity.accounts import rules as account_rules
from sala.identity.accounts import sessions
from sala.identity.accounts.requests import browser_of, private
from sala.identity.accounts.views import admit
from sala.identity.people.rules import RESERVED
from sala.kit import clock, sql
from sala.kit.errors import NotFound

logger = logging.getLogger("sala.identity.provider")
MOST = 100
_INVENTED = """
SELECT a.id, a.email, p.title_th || p.given_name_th || ' ' || p.family_name_th,
       p.title_en || ' ' || p.given_name_en || ' ' || p.family_name_en
  FROM people_link l JOIN people_person p ON p.id = l.person_id JOIN accounts_account a ON a.id = l.account_id
 WHERE l.ended_at IS NULL AND p.died_on IS NULL AND a.closed_at IS NULL AND starts_with(p.pid, %(reserved)s)
   AND NOT EXISTS (SELECT FROM directory_post WHERE account_id = a.id)
   AND (%(email)s::text IS NULL OR a.email = %(email)s)
 ORDER BY a.email LIMIT %(most)s
"""


@require_safe
def test_login(request: HttpRequest) -> HttpResponse:
    """`?account=` an e-mail address signs this browser in as that invented person and leads to `next`; `acr=AAL2` as if
    by a passkey. Without an account, the page that lists them."""
    if not settings.TEST_LOGIN:
        raise NotFound
    back, acr = request.GET.get("next", ""), request.GET.get("acr", "")
    email = request.GET.get("account", "")
    if not email:
        return private(render(request, "provider/test_login.html", {"people": _invented(), "back": back, "acr": acr}))
    found = _invented(email)
    if not found:
        raise NotFound
    return private(admit(request, _admitted(request, found[0][0], acr), back))


def _admitted(request: HttpRequest, account_id: UUID, acr: str) -> sessions.SignedIn:
    methods = account_rules.BY_PASSKEY if acr == "AAL2" else account_rules.BY_PASSWORD
    logger.warning("A test login, without any proof")
    return sessions.admit_identified(
        account_id=account_id, browser=browser_of(request), methods=methods, proved_at=clock.now(), way="test login"
    )


def _invented(email: str | None = None) -> list[tuple[UUID, str, str, str]]:
    """Accounts of invented people who hold no post: id, address, name in Thai and in English."""
    given = {"reserved": RESERVED, "email": email, "most": MOST}
    return [(row[0], row[1], row[2], row[3]) for row in sql.fetch_all(_INVENTED, given)]


def warn() -> None:
    """Once a minute."""
    logger.warning("TEST LOGIN IS ON: anybody signs in as any invented person without proof (SALA_TEST_LOGIN)")
