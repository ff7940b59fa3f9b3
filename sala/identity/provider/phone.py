"""Signing in to a service in one browser with the phone beside it (RFC 10027).

The browser shows a QR code that changes every few seconds; the phone, where the person is signed in, shows who asks
for what; after their yes it shows a code, which is typed into the browser that began. So whoever sends somebody a
picture of their own QR code gains nothing without also talking the code out of them. This browser is signed in to that
one service, and gets no session of the account.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from sala.identity.provider import deciding, services, showing, waiting
from sala.identity.provider.clients import Party
from sala.identity.provider.deciding import Known, Step
from sala.identity.provider.rules import Asked
from sala.identity.provider.waiting import Waiting
from sala.identity.wallet import approvals
from sala.identity.wallet.approvals import Answer
from sala.identity.wallet.rules import Kind, State
from sala.kit import ratelimit
from sala.kit.errors import NotFound, SalaError
from sala.kit.text import Text

BEGUN_A_NETWORK = 300  # in a quarter of an hour: behind one address are many people


class NotTheirs(SalaError):
    """Who approved is not whom this RP may be told of, or not whom it asked for."""

    status = 403
    code = "not_theirs"

    def __init__(self, step: Step) -> None:
        super().__init__(_NO_PERSON if step is Step.PERSON else _ANOTHER)


def begin(*, handle: str, found: Waiting, client: Party, browser: str, place: str, network: str) -> UUID:
    """Something to approve, bound to the `browser`'s secret, in place of what this request had. Raises TooMany."""
    ratelimit.hit(f"phone:{network}", BEGUN_A_NETWORK, 900)
    asking = showing.asking(found.asked, client, place=place)
    asked = approvals.ask(kind=Kind.BROWSER, asking=asking, browser=browser)
    waiting.on_phone(handle, asked.id)
    return asked.id


def state(found: Waiting, browser: str) -> State | None:
    """How the approval of this request stands, for the browser that began it; None for others, or if it has run out."""
    if found.approval_id is None or not browser:
        return None
    return approvals.state(found.approval_id, browser=browser)


def token(found: Waiting, browser: str) -> str:
    """What a QR code leads to for the next few seconds. Raises NotFound once somebody has scanned."""
    if found.approval_id is None:
        raise NotFound
    return approvals.renew(approval_id=found.approval_id, browser=browser)


def finish(*, handle: str, found: Waiting, client: Party, browser: str, code: str) -> str:
    """The code from the phone is typed in: the person is signed in at the RP, whose code is returned.

    Raises Invalid (wrong code), NotFound (run out, another browser's, used), NotTheirs.
    """
    if found.approval_id is None or not browser:
        raise NotFound
    # Not within the transaction below: a wrong code is counted whatever comes of it.
    answer = approvals.redeem(approval_id=found.approval_id, browser=browser, code=code)
    known = whose(found.asked, answer)
    with transaction.atomic():
        if not waiting.take(handle):
            raise NotFound
        return services.decided(
            asked=found.asked, known=known, client=client, chosen=answer.agreed, by=f"account:{answer.account_id}"
        )


def whose(asked: Asked, answer: Answer) -> Known:
    """Who answered, as the civil register has them. Raises NotTheirs."""
    known = deciding.person(asked, Known(answer.account_id, 0, answer.at, None, answer.methods))
    if isinstance(known, Step):
        raise NotTheirs(known)
    return known


_NO_PERSON = Text(
    th="บัญชีที่อนุมัติบนโทรศัพท์ไม่มีดิจิทัลไอดีที่ใช้กับบริการนี้ได้",
    en="The account on the phone has no digital ID that this service can use",
)
_ANOTHER = Text(th="บริการนี้ต้องการให้บุคคลอื่นเข้าสู่ระบบ", en="The service asks for somebody else to sign in")
