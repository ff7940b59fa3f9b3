"""The statements of approvals: each judges and changes its row at once, and tells of it in the same breath."""

# ruff: noqa: S608 - put together of constants of this module alone
from __future__ import annotations

_TOLD = """
told AS (
  INSERT INTO kit_outboxevent (topic, payload)
  SELECT %(topic)s, jsonb_build_object('approval', id, 'account', account_id) FROM changed
)"""


def _changing(statement: str, *, topic: str = "approval.changed", action: str = "") -> str:
    """`statement` returns the changed row's columns; the outbox is told, and the audit where there is an `action`
    (an SQL expression)."""
    parts = [f"changed AS ({statement})", _TOLD.replace("%(topic)s", f"'{topic}'")]
    if action:
        parts.append(
            f"""noted AS (
  INSERT INTO kit_auditentry (actor, action, subject, detail)
  SELECT 'account:' || account_id, {action}, 'account:' || account_id,
         jsonb_build_object('approval', id, 'client', client_id) FROM changed
)"""
        )
    return "WITH " + ", ".join(parts)


_INSERT = """
INSERT INTO wallet_approval (id, kind, state, token_hash, token_at, account_id, client_id, asking, browser_hash,
  code_hash, code_tries, agreed, methods, created_at, expires_at)
SELECT %(id)s, %(kind)s, 'waiting', %(token)s, %(now)s, %(account)s::uuid, %(client)s, %(asking)s, %(browser)s,
  '', 0, '{}', '{}', %(now)s, %(expires)s
"""
ASK = _INSERT

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# The waiting are those of everybody, requests for consent apart; asked and declined count this client's alone.
_ASK_ACCOUNT = (
    _INSERT
    + """
 WHERE %(waiting_max)s > (SELECT count(*) FROM wallet_approval
        WHERE account_id = %(account)s AND state IN ('waiting', 'scanned') AND expires_at > %(now)s
          AND (kind = 'consent') = (%(kind)s = 'consent'))
   AND %(asks_max)s > (SELECT count(*) FROM wallet_approval
        WHERE account_id = %(account)s AND client_id = %(client)s AND kind = %(kind)s AND created_at > %(since)s)
   AND %(declines_max)s > (SELECT count(*) FROM wallet_approval
        WHERE account_id = %(account)s AND client_id = %(client)s AND state = 'declined' AND answered_at > %(since)s)
RETURNING id, account_id, client_id"""
)
ASK_ACCOUNT = _changing(_ASK_ACCOUNT, topic="approval.asked") + " SELECT id FROM changed"
# Whoever typed a device's code stands at the page that asks: no push, no letter; their other pages hear of it.
ASK_PRESENT = _changing(_ASK_ACCOUNT) + " SELECT id FROM changed"

RENEW = """
UPDATE wallet_approval SET former_hash = token_hash, former_at = token_at, token_hash = %(token)s, token_at = %(now)s
 WHERE id = %(id)s AND browser_hash = %(browser)s AND state = 'waiting' AND expires_at > %(now)s
"""

STATE = """
SELECT state FROM wallet_approval
 WHERE id = %(id)s AND browser_hash = %(browser)s AND expires_at > %(now)s
   AND (state <> 'approved' OR code_tries < %(tries)s)
"""

# A token in a QR code ages; what is asked of a known account is found by whoever is that account, and nobody else.
# A code that changes while it is being scanned lives to its age, unless somebody else has scanned meanwhile.
_LIVING = """expires_at > %(now)s AND (
  token_hash = %(token)s AND (account_id IS NOT NULL OR token_at > %(fresh)s)
  OR former_hash = %(token)s AND former_at > %(fresh)s)"""
SEEN = f"SELECT id FROM wallet_approval WHERE {_LIVING}"

_SCAN = """
UPDATE wallet_approval SET account_id = %(account)s,
       state = CASE WHEN state = 'waiting' THEN 'scanned' ELSE state END
"""
_MINE_OR_NOBODYS = "(account_id = %(account)s OR (account_id IS NULL AND state = 'waiting'))"
_ROW = "RETURNING id, account_id, client_id"
_ID = " SELECT id FROM changed"
OPEN = _changing(f"{_SCAN} WHERE {_LIVING} AND {_MINE_OR_NOBODYS} {_ROW}") + _ID
CLAIM = _changing(f"{_SCAN} WHERE id = %(id)s AND expires_at > %(now)s AND {_MINE_OR_NOBODYS} {_ROW}") + _ID
# Only of what was scanned in a browser is it told that another was first: of an account's own nothing is.
_ANOTHERS = """
 AND expires_at > %(now)s AND kind = 'browser' AND account_id IS DISTINCT FROM %(account)s AND account_id IS NOT NULL"""
WHOSE = f"SELECT 1 FROM wallet_approval WHERE (token_hash = %(token)s OR former_hash = %(token)s) {_ANOTHERS}"
WHOSE_ID = f"SELECT 1 FROM wallet_approval WHERE id = %(id)s {_ANOTHERS}"

APPROVE = (
    _changing(
        """
UPDATE wallet_approval a
   SET state = 'approved', answered_at = %(now)s, code_hash = %(code)s, methods = %(methods)s::text[],
       agreed = ARRAY(SELECT unnest(%(agreed)s::text[])
                      INTERSECT SELECT c ->> 'scope' FROM jsonb_array_elements(a.asking -> 'claims') c)
 WHERE id = %(id)s AND account_id = %(account)s AND state IN ('waiting', 'scanned') AND expires_at > %(now)s
   AND NOT (%(weak)s::boolean AND (a.asking ->> 'strong')::boolean)
RETURNING id, account_id, client_id, kind""",
        action="'approval.approved'",
    )
    + " SELECT kind FROM changed"
)
STANDS = """
SELECT kind, state, expires_at > %(now)s, (asking ->> 'strong')::boolean
  FROM wallet_approval WHERE id = %(id)s AND account_id = %(account)s
"""
DECLINE = (
    _changing(
        f"""
UPDATE wallet_approval SET state = 'declined', answered_at = %(now)s
 WHERE id = %(id)s AND account_id = %(account)s AND state IN ('waiting', 'scanned', 'approved')
   AND expires_at > %(now)s
{_ROW}""",
        action="'approval.declined'",
    )
    + _ID
)

VOID = (
    _changing(
        f"UPDATE wallet_approval SET expires_at = %(now)s WHERE id = %(id)s AND state = 'waiting' {_ROW}",
    )
    + _ID
)
_USED = "RETURNING id, account_id, client_id, state, code_tries, agreed, methods, answered_at"
REDEEM = (
    _changing(
        f"""
UPDATE wallet_approval SET code_tries = code_tries + 1,
       state = CASE WHEN code_hash = %(code)s THEN 'used' ELSE state END
 WHERE id = %(id)s AND browser_hash = %(browser)s AND state = 'approved' AND expires_at > %(now)s
   AND code_tries < %(tries)s
{_USED}""",
        action="CASE state WHEN 'used' THEN 'approval.used' ELSE 'approval.wrong_code' END",
    )
    + " SELECT state, code_tries, account_id, agreed, methods, answered_at FROM changed"
)
TAKE = (
    _changing(
        f"""
UPDATE wallet_approval SET state = 'used'
 WHERE id = %(id)s AND kind <> 'browser' AND state = 'approved' AND expires_at > %(now)s
{_USED}""",
        action="'approval.used'",
    )
    + """
SELECT true, state, account_id, agreed, methods, answered_at FROM changed
UNION ALL
SELECT false, state, account_id, agreed, methods, answered_at FROM wallet_approval
 WHERE id = %(id)s AND expires_at > %(now)s AND NOT EXISTS (SELECT 1 FROM changed)
"""
)
