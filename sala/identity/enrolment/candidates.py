"""Who else in the register has a face like this one: found by the machine, decided by an officer, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sala.identity.accounts.actor import Actor
from sala.identity.enrolment import keeping, portraits
from sala.identity.enrolment.levels import Proof
from sala.identity.enrolment.models import Candidate, Enrolment
from sala.identity.enrolment.states import Event, WrongState
from sala.identity.faces import services as faces
from sala.kit import audit, clock
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.text import Text

Decision = Candidate.Decision
_SAY = Text(th="เลือกว่าเป็นคนเดียวกันหรือคนละคน", en="Say whether it is the same person or another")
_REASON = Text(th="เขียนว่าเห็นจากอะไร", en="Write what you saw it by")


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody whose face is like."""

    id: int
    person: int
    likeness: float
    decision: str
    reason: str


def found(enrolment: UUID) -> list[Found]:
    """Those who were found, the most alike first."""
    rows = Candidate.objects.filter(enrolment_id=enrolment).order_by("-likeness", "id")
    return [Found(*row) for row in rows.values_list("id", "person_id", "likeness", "decision", "reason")]


def undecided(enrolment: UUID) -> int:
    """How many wait for an officer's word."""
    return Candidate.objects.filter(enrolment_id=enrolment, decision=Decision.OPEN).count()


def likely(enrolment: UUID, *, person: int, by: Actor) -> list[faces.Alike]:
    """Ask who else is like the picture of an enrolment. Takes its time: outside of any transaction.

    Raises Away, Busy, NotReady: then nothing is known, and it is asked again later.
    """
    portrait = portraits.opened(enrolment)
    if portrait is None:
        raise WrongState
    return faces.candidates(data=portrait.data, besides=person, purpose="enrolment", by=by)


def note(row: Enrolment, alike: list[faces.Alike], by: Actor) -> None:
    """Write down who was found for a locked enrolment, within the caller's transaction. May be repeated."""
    fresh = [Candidate(enrolment=row, person_id=one.person, likeness=one.likeness) for one in alike]
    Candidate.objects.bulk_create(fresh, ignore_conflicts=True)
    told = {"at": clock.now().isoformat(), "by": by.label, "detail": {"found": len(alike)}}
    row.proofs["searched"] = told
    row.proofs.pop(Proof.PHOTOGRAPH.value, None)  # somebody may have been found since the last time
    _conclude(row, by)


def decide(row: Enrolment, *, candidate: int, same: bool | None, reason: str, by: Actor) -> None:
    """An officer's word on one of them, of a locked enrolment. The same person: a senior sees to it, in review.

    Raises NotFound, Invalid.
    """
    faults = [] if same is not None else [Fault("same", "missing", _SAY)]
    faults += [] if reason.strip() else [Fault("reason", "missing", _REASON)]
    if faults:
        raise Invalid(faults)
    decision = Decision.SAME if same else Decision.OTHER
    told = {"decision": decision, "decided_by": by.label, "decided_at": clock.now(), "reason": reason.strip()}
    if not Candidate.objects.filter(enrolment=row, id=candidate).update(**told):
        raise NotFound
    audit.record(by.label, "enrolment.face_decided", f"person:{row.person_id}", {"decision": str(decision)})
    if same:
        keeping.move(row, Event.SENT)
    else:
        _conclude(row, by)


def clear(row: Enrolment, *, reason: str, by: Actor) -> None:
    """A senior found those called the same to be others; of a locked enrolment in review."""
    told = {"decision": Decision.OTHER, "decided_by": by.label, "decided_at": clock.now(), "reason": reason}
    Candidate.objects.filter(enrolment=row, decision=Decision.SAME).update(**told)
    _conclude(row, by)


def is_doubled(enrolment: UUID) -> bool:
    """Whether an officer said of somebody that they are the same person."""
    return Candidate.objects.filter(enrolment_id=enrolment, decision=Decision.SAME).exists()


def forget(enrolment: UUID) -> None:
    """What was found for a former picture."""
    Candidate.objects.filter(enrolment_id=enrolment).delete()


def _conclude(row: Enrolment, by: Actor) -> None:
    """With the last word spoken the photograph is proven to be nobody else's."""
    if not undecided(row.id):
        row.proofs[Proof.PHOTOGRAPH.value] = {"at": clock.now().isoformat(), "by": by.label, "detail": {}}
