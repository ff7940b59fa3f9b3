"""What people are called, for histories and messages of conflict."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sala.identity.accounts.models import Account

_PREFIX = "account:"


def names(labels: Iterable[str]) -> dict[str, str]:
    """Full names by actor label (`account:<id>`); labels of the system or of nobody known are left out."""
    ids = {UUID(label.removeprefix(_PREFIX)) for label in labels if label.startswith(_PREFIX)}
    rows = Account.objects.filter(id__in=ids).values_list("id", "given_name", "surname")
    return {f"{_PREFIX}{id_}": f"{given} {surname}".strip() for id_, given, surname in rows}
