"""Writes of the catalogue: publication, opening and closing."""

from __future__ import annotations

import hashlib

import msgspec
from django.db import transaction
from django.db.models import Max

from sala.engine.catalogue import queries
from sala.engine.catalogue.checking import check, check_places
from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.loaded import Loaded
from sala.engine.catalogue.models import Service, ServiceVersion
from sala.identity.accounts.actor import Actor
from sala.kit import audit, sql
from sala.kit.errors import Fault, Invalid, NotFound

_encoder = msgspec.json.Encoder(order="sorted")
_LOCK = "select pg_advisory_xact_lock(hashtext('catalogue'), hashtext(%s))"


def canonical(declaration: Declaration) -> bytes:
    """The declaration's one JSON form: keys sorted, defaults left out. Its SHA-256 names the version."""
    return _encoder.encode(declaration)


def publish(declaration: Declaration, *, by: Actor) -> Loaded:
    """Make `declaration` the version under which its service takes new cases.

    The same content again changes nothing; content published before becomes current again
    under its old number. Raises `Invalid` with every problem of the declaration.
    """
    if problems := check(declaration) + check_places(declaration):
        raise Invalid([Fault(problem.path, "declaration", problem.whole) for problem in problems])
    content = canonical(declaration)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        # Two publications of one service at once would take the same number.
        sql.fetch_one(_LOCK, (declaration.service,))
        version = _version(declaration, content, digest, by)
        before = Service.objects.filter(slug=declaration.service).values_list("version_id", flat=True).first()
        if before != digest:
            Service.objects.update_or_create(
                slug=declaration.service, defaults={"agency_id": declaration.agency, "version": version}
            )
            detail = {"version": digest, "number": version.number, "before": before}
            audit.record(by.label, "service.published", f"service:{declaration.service}", detail)
        transaction.on_commit(queries.forget)
    queries.forget()
    return queries.version(digest)


def _version(declaration: Declaration, content: bytes, digest: str, by: Actor) -> ServiceVersion:
    found = ServiceVersion.objects.filter(hash=digest).first()
    if found is not None:
        return found
    last = ServiceVersion.objects.filter(service=declaration.service).aggregate(last=Max("number"))["last"]
    return ServiceVersion.objects.create(
        hash=digest,
        service=declaration.service,
        number=(last or 0) + 1,
        declaration=msgspec.json.decode(content),
        published_by=by.label,
    )


@transaction.atomic
def set_open(*, slug: str, is_open: bool, by: Actor) -> None:
    """Open the service to new cases, or close it; cases filed already go on."""
    service = Service.objects.select_for_update().filter(slug=slug).first()
    if service is None:
        raise NotFound
    if service.open != is_open:
        service.open = is_open
        service.save(update_fields=["open"])
        audit.record(by.label, "service.opened" if is_open else "service.closed", f"service:{slug}")
    transaction.on_commit(queries.forget)
    queries.forget()
