"""Something to approve."""

from __future__ import annotations

from sala.identity.accounts.actor import Actor
from sala.identity.wallet import approvals
from sala.identity.wallet.approvals import Asked, Asking, Claim
from sala.identity.wallet.rules import Kind

BROWSER = "the secret of the browser that began"
PASSKEY = {"hwk", "user", "mfa"}


def asking(*, client: str = "clinic", strong: bool = False) -> Asking:
    """A clinic wants a name and a birth date."""
    return Asking(
        client_id=client,
        name={"th": "คลินิกสาทร", "en": "Sathon Clinic"},
        owner={"th": "บริษัท สาทรการแพทย์ จำกัด", "en": "Sathon Medical Co., Ltd."},
        claims=(
            Claim(
                scope="name",
                label={"th": "ชื่อและนามสกุล", "en": "Full name"},
                purpose={"th": "เพื่อลงทะเบียนผู้ป่วย", "en": "To register you as a patient"},
                basis={"th": "ความยินยอม", "en": "Your consent"},
            ),
            Claim(
                scope="birthdate",
                label={"th": "วันเกิด", "en": "Date of birth"},
                purpose={"th": "เพื่อคำนวณอายุ", "en": "To know your age"},
                basis={"th": "ความยินยอม", "en": "Your consent"},
                agreed=True,
            ),
        ),
        place="Chrome on Windows",
        message="Visit 42",
        strong=strong,
    )


ASKING = asking()


def asked_in_browser(*, strong: bool = False) -> Asked:
    return approvals.ask(kind=Kind.BROWSER, asking=asking(strong=strong), browser=BROWSER)


def asked_ciba(of: Actor, *, client: str = "clinic", strong: bool = False) -> Asked:
    return approvals.ask(kind=Kind.CIBA, asking=asking(client=client, strong=strong), account_id=of.account_id)


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
