"""What somebody typed into a form while the session ran out, kept through the sign-in.

It travels in the page itself as a signed field, so nothing is stored for people who never come back.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest

from sala.identity.accounts.rules import local_path

MAX_AGE = 3600  # seconds
MAX_CHARACTERS = 400_000
FIELD = "carried"
_SALT = "sala.accounts.carried"
_LEFT_OUT = ("csrfmiddlewaretoken", FIELD, "pin", "again")


@dataclass(frozen=True, slots=True)
class Carried:
    """Where the form was going and its fields in order. `files`: some were attached, and have to be again."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: bool


def pack(request: HttpRequest) -> str:
    """The posted form as one signed text, without passwords and files; empty if it is too large to carry."""
    fields = [[name, value] for name, values in request.POST.lists() if _may_carry(name) for value in values]
    packed = signing.dumps(
        {"path": request.get_full_path(), "fields": fields, "files": bool(request.FILES)}, salt=_SALT, compress=True
    )
    return packed if len(packed) <= MAX_CHARACTERS else ""


def unpack(packed: str) -> Carried | None:
    """What `pack` made; None if it was altered, is older than an hour or goes anywhere but a path of ours."""
    try:
        told = signing.loads(packed, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return None
    path = local_path(told["path"])
    if path is None:
        return None
    return Carried(path, tuple((name, value) for name, value in told["fields"]), told["files"])


def _may_carry(name: str) -> bool:
    return name not in _LEFT_OUT and "password" not in name.lower()
