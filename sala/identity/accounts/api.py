"""The API's endpoints as this house uses them: callers are accounts, by their API tokens."""

from __future__ import annotations

from functools import partial
from typing import TypeAlias, TypeVar

from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.requests import bearer
from sala.kit import api
from sala.kit.text import Text

B = TypeVar("B")
Q = TypeVar("Q")

SCOPES: dict[str, Text] = {
    "cases:read": Text(th="ดูเรื่องของตนเอง", en="Read one's own cases"),
    "cases:write": Text(th="ยื่นเรื่อง ตอบคำถาม และถอนเรื่องของตนเอง", en="File, answer and withdraw one's own cases"),
    "desk:read": Text(th="ดูคิวและเรื่องของสำนักงานที่ตนประจำ", en="Read the queues and cases of one's office"),
    "desk:decide": Text(th="ทำงานกับเรื่องและพิจารณาตามตำแหน่ง", en="Work on and decide cases, as one's post allows"),
    "reports:read": Text(th="ดูสถิติของสำนักงาน", en="Read the figures of offices"),
}
"""What a token may be limited to, in words for the page that makes one. A post is needed beside a desk's scope."""

IDENTIFICATION: api.Identification[Actor] = api.Identification(bearer=bearer, nobody=ANONYMOUS)

Call: TypeAlias = api.Call[Actor, B, Q]

endpoint = partial(api.endpoint, identification=IDENTIFICATION)
"""`sala.kit.api.endpoint` for this house's actors."""
