"""Records made without connection come in: each once, none dropped, each answered.

Whoever comes in is compared at once; what only an officer can settle waits at the station with the reason why.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.core import signing
from django.db import IntegrityError, transaction

from sala.identity.accounts.actor import Actor
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import codes, envelopes, portraits
from sala.identity.enrolment.envelopes import Envelope
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.station import comparing, services
from sala.identity.enrolment.station.services import CardShown
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Forbidden, Invalid

logger = logging.getLogger("sala.enrolment")
_SALT = "station.officer"
_WORD_AGE = timedelta(days=14)
"""A station that was without connection longer says no more who sat at it."""

Came = Literal["entered", "known", "needs_you", "kept"]


class Record(msgspec.Struct, frozen=True):
    """What a station captured. `picture` is a JPEG in base64; `officer` the word that it was given when last online;
    `captured_at` is that machine's clock; `code` stands on the slip that the person took home."""

    pid: str
    birth_date: date
    captured_at: Annotated[datetime, msgspec.Meta(tz=True)]
    picture: str
    code: str
    laser: str = ""
    expires_on: date | None = None
    reason: str = ""
    officer: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a record. `entered`, `known` (it came before) and `needs_you` are in the database, and the browser
    may forget them; `kept` is not, and stays there. `why` are keys of `words.WHY`."""

    id: UUID
    state: Came
    why: tuple[str, ...] = ()


def word(by: Actor) -> str:
    """What a station keeps to say, when it has no connection, who sits at it."""
    return signing.dumps(str(by.account_id), salt=_SALT)


def enter(envelope: Envelope, *, office: OfficeCard, by: Actor) -> Answer:
    """Take in one record. May be repeated, also at the same moment: it is entered once."""
    try:
        record = msgspec.json.decode(envelopes.opened(envelope), type=Record)
    except (envelopes.EnvelopeError, msgspec.MsgspecError):
        logger.warning("A station's record does not open", extra={"enrolment": str(envelope.id)})
        return Answer(envelope.id, "kept", ("sealed",))
    digest = hashlib.sha256(envelope.sealed.encode()).hexdigest()
    if answer := _known(envelope.id, digest, office):
        return answer
    answer = _entered(envelope.id, record, digest, office, by)
    if answer.state in {"entered", "needs_you"}:
        compare(envelope.id, office=office, by=by)
    return answer


def compare(enrolment: UUID, *, office: OfficeCard, by: Actor) -> None:
    """Compare a picture that came in with the register's, where that was not done yet. May be repeated."""
    row = services.locked(enrolment, office, waits=False)
    portrait = portraits.opened(enrolment)
    if row.person_id is None or portrait is None or "compared" in row.proofs:
        return
    verdict = comparing.with_register(row.person_id, portrait.data, purpose=row.purpose, by=by)
    with services.held(enrolment, office, by) as row:
        row.proofs.setdefault("compared", services.noted(by, **verdict))


def attach(*, enrolment: UUID, person: int, office: OfficeCard, by: Actor) -> None:
    """Say who it is of a record whose number fitted nobody. The card is compared again. Raises Forbidden, Conflict."""
    services.living(person, by)
    with services.held(enrolment, office, by) as row:
        if row.person_id is None:
            row.person_id = person
            audit.record(by.label, "enrolment.begun", f"person:{person}", {"office": office.id, "offline": True})
    compare(enrolment, office=office, by=by)


def _known(enrolment: UUID, digest: str, office: OfficeCard) -> Answer | None:
    row = Enrolment.objects.filter(id=enrolment).first()
    if row is None:
        return None
    came = row.proofs.get("offline", {}).get("detail", {})
    if row.office_id != office.id or came.get("digest") != digest:
        return Answer(enrolment, "kept", ("other",))
    return Answer(enrolment, "known", tuple(came["why"]))


def _entered(enrolment: UUID, record: Record, digest: str, office: OfficeCard, by: Actor) -> Answer:
    captured_by = _captured_by(record)
    person, why = _who(record, by, captured_by)
    proofs = _card(person, record, by) if person else {}
    why += ["card"] if person and not proofs else []
    why += ["changed"] if person and _changed(person, record.captured_at) else []
    picture = _picture(record)
    if picture:
        proofs["taken"] = services.noted(by, advice=[])
    else:
        why.append("picture")
    told = {"captured_at": record.captured_at.isoformat(), "captured_by": captured_by, "digest": digest, "why": why}
    proofs["offline"] = services.noted(by, **told)
    try:
        with transaction.atomic():
            _write(enrolment, person, proofs, record, office)
            if picture:
                portraits.keep(enrolment, picture)
            about = f"person:{person.id}" if person else f"enrolment:{enrolment}"
            audit.record(by.label, "enrolment.begun", about, {"office": office.id, "offline": True})
    except IntegrityError:  # the same record at the same moment: whoever was first has entered it
        return _known(enrolment, digest, office) or Answer(enrolment, "kept", ("other",))
    return Answer(enrolment, "needs_you" if why else "entered", tuple(why))


def _write(
    enrolment: UUID, person: PersonCard | None, proofs: dict[str, Any], record: Record, office: OfficeCard
) -> None:
    now, code = clock.now(), codes.clean(record.code)
    digest = codes.digest(code) if code else None
    if digest and Enrolment.objects.filter(code=digest).exists():
        digest = None  # by chance another's: the officer makes a new one
    Enrolment.objects.create(
        id=enrolment, way="office", purpose="enrol", person_id=person.id if person else None, office_id=office.id,
        proofs=proofs, started_at=now, changed_at=now, expires_at=now + services.KEPT, code=digest,
    )  # fmt: skip


def _who(record: Record, by: Actor, captured_by: str) -> tuple[PersonCard | None, list[str]]:
    """Whom it is about; or nobody, and why that is not plain."""
    found = people.by_pid("".join(filter(str.isdigit, record.pid)))
    if found is None:
        return None, ["unknown"]
    if found.birth_date != record.birth_date:
        return None, ["birth_date"]
    linked = people.account_of(found.id)
    try:
        services.living(found.id, by)
    except Conflict:
        return None, ["dead"]
    except Forbidden:
        return None, ["own"]
    return (None, ["own"]) if linked and captured_by == f"account:{linked}" else (found, [])


def _card(person: PersonCard, record: Record, by: Actor) -> dict[str, Any]:
    with suppress(Invalid):
        shown = CardShown(record.laser, record.expires_on, record.reason)
        return services.card_proofs(person, shown, by)
    return {}


def _changed(person: PersonCard, since: datetime) -> bool:
    return any(change.at > since for change in people.history(person.id))


def _picture(record: Record) -> bytes | None:
    try:
        return comparing.judged(base64.b64decode(record.picture, validate=True))[0]
    except (binascii.Error, Invalid):
        return None


def _captured_by(record: Record) -> str:
    """Who sat at the station; empty where it does not say, or said it too long ago."""
    with suppress(signing.BadSignature):
        return f"account:{signing.loads(record.officer, salt=_SALT, max_age=_WORD_AGE)}"
    return ""
