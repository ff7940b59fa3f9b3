"""Who is told that an entry of the register has changed: the relying parties that the person agreed to tell it.

One statement finds them by consent and writes their messages. What is told are names of claims, never what they say:
the relying party asks at userinfo, where it is judged and put on record as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings

from sala.identity.people import claims as register
from sala.identity.people import queries as people
from sala.identity.people.rules import is_invented
from sala.identity.provider import legacy, rules
from sala.kit import clock, sql

CHANGED, ENDED = "person.changed", "person.ended"

# A consent stands while its client is served and may still ask the claim. A party that knows the person by no name
# yet (nobody signed in since) has nothing that could have changed.
_MESSAGES = """
INSERT INTO provider_webhookmessage (id, client_id, key, type, account_id, subject, claims, made_at, tries,
                                     next_at, fault)
SELECT gen_random_uuid(), c.id, %(key)s, %(type)s, k.account_id, known.subject, coalesce(told.claims, '{}'), %(now)s, 0,
       %(now)s, ''
  FROM provider_consent k
  JOIN provider_client c ON c.id = k.client_id AND c.closed_at IS NULL
  JOIN provider_webhook w ON w.client_id = c.id
  CROSS JOIN LATERAL (
    SELECT array_agg(s.scope ORDER BY s.scope) AS claims FROM provider_clientscope s
     WHERE s.client_id = c.id AND s.ended_at IS NULL AND s.scope = ANY (k.agreed) AND s.scope = ANY (%(claims)s)
  ) told
  CROSS JOIN LATERAL (
    SELECT CASE WHEN c.profile = %(legacy)s AND coalesce(c.profile_until >= %(today)s, true) AND 'pid' = ANY (k.agreed)
                THEN %(pid)s
                ELSE (SELECT value FROM provider_subject s WHERE s.person_id = %(person)s AND s.sector = c.sector)
           END AS subject
  ) known
 WHERE k.account_id = %(account)s AND known.subject IS NOT NULL AND (%(ended)s OR told.claims IS NOT NULL)
   AND CASE WHEN c.sandbox THEN %(sandbox)s ELSE %(live)s END
ON CONFLICT (client_id, key) DO NOTHING
RETURNING client_id
"""


def changed(payload: dict[str, Any]) -> list[str]:
    """The clients that have something to hear of `person.changed`; heard again, nobody is told twice."""
    return _tell(payload, CHANGED, register.touched(payload["fields"]))


def ended(payload: dict[str, Any]) -> list[str]:
    """The clients that have to hear that the person signs in no more: died, or renounced; which, is not said."""
    return _tell(payload, ENDED, ())


def _tell(payload: dict[str, Any], kind: str, claims: Iterable[str]) -> list[str]:
    card, names = people.by_id(payload["person"]), list(claims)
    if card is None or (kind == CHANGED and not names):
        return []
    invented = is_invented(card.pid)
    given = {
        "key": f"{kind}:{card.id}:{payload['change']}",
        "type": kind,
        "account": UUID(payload["account"]),
        "person": card.id,
        "pid": card.pid,
        "claims": names,
        "ended": kind == ENDED,
        "legacy": legacy.PROFILE,
        "today": clock.today(),
        "now": clock.now(),
        **{
            which: rules.may_be_told(sandbox=which == "sandbox", invented=invented, demonstration=settings.DEMO)
            for which in ("sandbox", "live")
        },
    }
    return [client for (client,) in sql.fetch_all(_MESSAGES, given)]
