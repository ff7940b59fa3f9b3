"""Moving a household: several people change their house together, or none does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import queries, services
from sala.identity.people.models import House, Person
from sala.identity.people.queries import PersonCard


@transaction.atomic
def move(
    *,
    people: Mapping[int, int],
    house: str,
    by: Actor,
    reason: str,
    effective_on: date,
    office: int | None = None,
    document: str = "",
) -> list[PersonCard]:
    """Register these people (rows, each with the version of the entry as it was read) in a house; who they are now.

    Into a house where nobody lives the eldest comes as its head, otherwise all as residents. Rows are locked in the
    order of their numbers, after the house: two moves at once wait for each other and none for itself. Raises as
    `services.amend` does; then nobody has moved.
    """
    # Whoever moves into an empty house becomes its head: one after the other.
    House.objects.select_for_update().filter(code=house).first()
    rows = {row.id: row for row in Person.objects.select_for_update().filter(id__in=people).order_by("id")}
    staying = [one for one in queries.household(house) if one.id not in rows]
    eldest = min(rows.values(), key=lambda row: (row.birth_date, row.id)).id if rows and not staying else None
    return [
        services.amend(
            pid=row.pid,
            changes={"house_id": house, "house_role": "head" if row.id == eldest else "resident"},
            by=by,
            reason=reason,
            effective_on=effective_on,
            office=office,
            document=document,
            version=people[row.id],
        )
        for row in rows.values()
    ]
