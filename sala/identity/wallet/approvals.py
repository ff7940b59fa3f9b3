"""What is asked elsewhere and approved on the phone. Its caller (the provider) asks, and takes the answer once.

Each act is one prepared statement that judges the row it changes: of two at the same moment, the second sees what
the first has made of it. Only hashes of tokens, browsers and codes are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.sessions import own_id
from sala.identity.wallet import rules, statements
from sala.identity.wallet.rules import Kind, State
from sala.kit import clock, sql
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound, TooMany
from sala.kit.ids import hash_token, keyed_digest, new_token, uuid7
from sala.kit.text import Text


class Claim(msgspec.Struct, frozen=True):
    """One thing that the asker wants to be told, in both languages. `agreed`: the person said yes before."""

    scope: str
    label: dict[str, str]
    purpose: dict[str, str]
    basis: dict[str, str]
    agreed: bool = False


class Line(msgspec.Struct, frozen=True):
    """One thing that a person is told of what they are asked to agree to, in both languages."""

    label: dict[str, str]
    text: dict[str, str]


class Asking(msgspec.Struct, frozen=True):
    """Who asks what, as the phone shows it: the RP and whose it is, the claims, the place (browser and system in
    words; never more of the network than the province it would be), and the RP's own short message (CIBA)."""

    client_id: str
    name: dict[str, str]
    owner: dict[str, str]
    claims: tuple[Claim, ...] = ()
    place: str = ""
    message: str = ""
    strong: bool = False
    """Whether a passkey is asked (AAL2), and a PIN alone in a session opened by password is not enough."""
    agree: dict[str, str] = {}
    """Of a request for consent: what is agreed to, in one sentence; `name` is then the service, `owner` the agency."""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A new approval; `token` stands in its QR code or message, and is stored nowhere."""

    id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered: who, what they agreed to tell, how they proved themselves and when."""

    account_id: UUID
    agreed: frozenset[str]
    methods: tuple[str, ...]
    at: datetime


def ask(
    *, kind: Kind, asking: Asking, browser: str = "", account_id: UUID | None = None, until: datetime | None = None
) -> Asked:
    """Ask for approval: of whoever scans it (`browser` is the secret of the browser that began), or of an account,
    which is told by push and, as the channel of record, by e-mail; but not of a device's, whose code the person has
    just typed. It waits for rules.APPROVAL_AGE, or `until`. Raises TooMany (an account is not flooded)."""
    if (kind is Kind.BROWSER) != bool(browser):
        raise ValueError("what is asked in a browser, and nothing else, is bound to that browser's secret")
    now, token, id_ = clock.now(), new_token(), uuid7()
    given = {
        "id": id_,
        "kind": kind.value,
        "token": hash_token(token),
        "browser": _hash_of(browser),
        "account": account_id,
        "client": asking.client_id,
        "asking": sql.jsonb(asking),
        "now": now,
        "expires": until or now + rules.APPROVAL_AGE,
    }
    if account_id is None:
        sql.execute(statements.ASK, given)
    else:
        _ask_account(account_id, given)
    return Asked(id_, token, until or now + rules.APPROVAL_AGE)


def _ask_account(account_id: UUID, given: Mapping[str, Any]) -> None:
    limits = {
        "waiting_max": rules.CONSENTS_MAX if given["kind"] == Kind.CONSENT else rules.WAITING_MAX,
        "asks_max": rules.ASKS_MAX,
        "declines_max": rules.DECLINES_MAX,
        "since": given["now"] - rules.QUIET,
    }
    with transaction.atomic():
        # Counted one after the other: what is asked at the same moment must not slip below the limits together.
        sql.fetch_one(statements.ONE_AT_A_TIME, [f"wallet.ask:{account_id}"])
        statement = statements.ASK_PRESENT if given["kind"] == Kind.DEVICE else statements.ASK_ACCOUNT
        if not sql.fetch_one(statement, {**given, **limits}):
            raise TooMany(retry_after=int(rules.APPROVAL_AGE.total_seconds()))


def renew(*, approval_id: UUID, browser: str) -> str:
    """Another token in place of the one shown, for that browser only, while nobody has scanned. Raises NotFound."""
    token = new_token()
    given = {
        "id": approval_id,
        "browser": hash_token(browser),
        "token": hash_token(token),
        "now": clock.now(),
    }
    if not sql.execute(statements.RENEW, given):
        raise NotFound
    return token


def state(approval_id: UUID, *, browser: str = "") -> State | None:
    """How it stands; None if it has run out, is void or unknown, or is another browser's."""
    given = {
        "id": approval_id,
        "browser": _hash_of(browser),
        "now": clock.now(),
        "tries": rules.CODE_TRIES,
    }
    row = sql.fetch_one(statements.STATE, given)
    return State(row[0]) if row else None


def seen(*, token: str) -> UUID:
    """The phone follows the QR code, and nobody is signed in there yet: what it leads to. Changes nothing.

    The caller lets that browser, and no other, go on with `claim` after the sign-in. Raises NotFound.
    """
    row = sql.fetch_one(statements.SEEN, {"token": hash_token(token), **_ages()})
    if row is None:
        raise NotFound(_GONE)
    return UUID(str(row[0]))


def opened(*, token: str, by: Actor) -> UUID:
    """The phone follows the QR code or message: the first account to do so has it alone. Raises NotFound, Conflict."""
    given = {"token": hash_token(token), "account": own_id(by), **_ages()}
    row = sql.fetch_one(statements.OPEN, given)
    return UUID(str(row[0])) if row else _scanned_by_another(sql.fetch_one(statements.WHOSE, given))


def claim(*, approval_id: UUID, by: Actor) -> UUID:
    """As `opened`, for a browser that has `seen` the token before its person signed in. Raises NotFound, Conflict."""
    given = {"id": approval_id, "account": own_id(by), "now": clock.now()}
    row = sql.fetch_one(statements.CLAIM, given)
    return UUID(str(row[0])) if row else _scanned_by_another(sql.fetch_one(statements.WHOSE_ID, given))


def _scanned_by_another(found: tuple[Any, ...] | None) -> NoReturn:
    if found:
        raise Conflict(_SCANNED_BY_ANOTHER)
    raise NotFound(_GONE)


def approve(*, approval_id: UUID, agreed: Iterable[str], methods: Iterable[str], by: Actor) -> str:
    """The person says yes, having proven themselves by `methods`. Returns the code to type into the browser (six
    digits; empty where none is needed: for CIBA and devices, whose user code was typed).

    Of `agreed` only what was asked counts. May be repeated: the first answer stands.
    Raises NotFound, Conflict (declined, or run out), Forbidden (a passkey is needed).
    """
    proof = sorted(set(methods))
    code = code_of(approval_id)
    given = {
        "id": approval_id,
        "account": own_id(by),
        "agreed": sorted(set(agreed)),
        "methods": proof,
        "code": _code_hash(approval_id, code),
        "weak": not rules.strong_enough(proof, strong=True),
        "now": clock.now(),
    }
    if not proof:
        raise Forbidden(_NOT_PROVEN)
    row = sql.fetch_one(statements.APPROVE, given) or _approved_before(given)
    return code if row[0] == Kind.BROWSER else ""


def _approved_before(given: Mapping[str, Any]) -> tuple[Any, ...]:
    row = sql.fetch_one(statements.STANDS, given)
    if row is None:
        raise NotFound(_GONE)
    kind, found, living, strong = row
    if not living:
        raise Conflict(_RUN_OUT)
    if found in {State.APPROVED, State.USED}:
        return (kind,)
    if found == State.DECLINED:
        raise Conflict(_DECLINED)
    raise Forbidden(_NEEDS_PASSKEY) if strong and given["weak"] else Conflict(_RUN_OUT)


def decline(*, approval_id: UUID, by: Actor) -> None:
    """The person says no, or that it was not they. May be repeated, and takes back a yes that was not used yet.

    Raises NotFound, Conflict (it was used by then).
    """
    given = {"id": approval_id, "account": own_id(by), "now": clock.now()}
    if sql.execute(statements.DECLINE, given):
        return
    row = sql.fetch_one(statements.STANDS, given)
    if row is None:
        raise NotFound(_GONE)
    if row[1] == State.USED:
        raise Conflict(_USED)


def void(*, approval_id: UUID) -> None:
    """Nobody need answer it any more. Nothing where it was answered, or is not there."""
    sql.execute(statements.VOID, {"id": approval_id, "now": clock.now()})


def redeem(*, approval_id: UUID, browser: str, code: str) -> Answer:
    """The code is typed into the browser that began. Used once. Raises Invalid (wrong code; void after
    rules.CODE_TRIES), NotFound."""
    typed = "".join(str(int(c)) for c in code if c.isdecimal())
    given = {
        "id": approval_id,
        "browser": hash_token(browser),
        "code": _code_hash(approval_id, typed),
        "tries": rules.CODE_TRIES,
        "now": clock.now(),
    }
    row = sql.fetch_one(statements.REDEEM, given)
    if row is None:
        raise NotFound(_GONE)
    if row[0] != State.USED:
        raise Invalid([Fault("code", "wrong", _wrong_code(rules.CODE_TRIES - row[1]))])
    return _answer(row[2:])


def take(approval_id: UUID) -> Answer | State | None:
    """For whoever polls (CIBA, device): the answer, once; or the state while there is none (WAITING, DECLINED, USED);
    None if it has run out."""
    row = sql.fetch_one(statements.TAKE, {"id": approval_id, "now": clock.now()})
    if row is None:
        return None
    taken, found = row[0], State(row[1])
    if taken:
        return _answer(row[2:])
    # Seen as approved and not taken: another poll took it at this moment.
    return {State.APPROVED: State.USED, State.SCANNED: State.WAITING}.get(found, found)


def code_of(approval_id: UUID) -> str:
    """The code that the phone shows once it is approved. It follows from the installation's secret, so that the page
    can be looked at again and nothing is stored of it but a keyed hash."""
    number = int.from_bytes(keyed_digest("wallet.code", str(approval_id)).encode())
    return f"{number % 10**rules.CODE_DIGITS:0{rules.CODE_DIGITS}d}"


def _code_hash(approval_id: UUID, code: str) -> bytes:
    return keyed_digest("wallet.code.typed", f"{approval_id}\0{code}").encode()


def _hash_of(browser: str) -> bytes:
    return hash_token(browser) if browser else b""


def _ages() -> dict[str, datetime]:
    now = clock.now()
    return {"now": now, "fresh": now - rules.SCAN_AGE}


def _answer(row: tuple[Any, ...]) -> Answer:
    account_id, agreed, methods, at = row
    return Answer(UUID(str(account_id)), frozenset(agreed), tuple(methods), at)


def _wrong_code(left: int) -> Text:
    if left <= 0:
        return Text(
            th="รหัสไม่ถูกต้อง และลองครบจำนวนครั้งแล้ว โปรดเริ่มใหม่",
            en="That code is not correct, and no try is left. Start again",
        )
    return Text(
        th=f"รหัสไม่ถูกต้อง โปรดดูรหัสบนโทรศัพท์แล้วกรอกใหม่ ลองได้อีก {left} ครั้ง",
        en=f"That code is not correct. Look at your phone and type it again. Tries left: {left}",
    )


_GONE = Text(th="คำขออนุมัตินี้หมดเวลาแล้ว โปรดเริ่มใหม่", en="This request has run out. Begin again where you began")
_SCANNED_BY_ANOTHER = Text(
    th="มีผู้อื่นสแกนคิวอาร์โค้ดนี้ไปแล้ว โปรดเริ่มใหม่ที่หน้าจอเดิม",
    en="Somebody else has scanned this QR code. Begin again on the screen that shows it",
)
_RUN_OUT = Text(th="คำขออนุมัตินี้หมดเวลาแล้ว โปรดเริ่มใหม่", en="This request has run out. Begin again where you began")
_DECLINED = Text(th="ท่านปฏิเสธคำขอนี้แล้ว", en="You have declined this request")
_USED = Text(th="คำขอนี้ถูกใช้แล้ว จึงปฏิเสธไม่ได้", en="This request was used already and cannot be declined")
_NEEDS_PASSKEY = Text(th="คำขอนี้ต้องยืนยันด้วยพาสคีย์", en="This request has to be approved with a passkey")
_NOT_PROVEN = Text(th="โปรดยืนยันตัวตนก่อนอนุมัติ", en="Prove that it is you before you approve")
