"""That faces were compared is always noted: for what, by whom, how alike; never the picture, never the template."""

from __future__ import annotations

from dataclasses import dataclass

from sala.identity.accounts.actor import Actor
from sala.identity.faces.models import Comparison, OperatingPoint
from sala.kit import clock

ONE, MANY = Comparison.Kind.ONE, Comparison.Kind.MANY


@dataclass(frozen=True, slots=True)
class Note:
    """What is compared: with whom (nobody where everybody is searched for a stranger), for what, by whom."""

    kind: Comparison.Kind
    person: int | None
    purpose: str
    by: Actor

    def write(self, *, engine: str = "", likeness: float | None = None, threshold: float = 0.0, found: int = 0) -> None:
        """Write it down. Without an engine: nothing could be compared, the house of faces was away."""
        Comparison.objects.create(
            at=clock.now(), kind=self.kind, person_id=self.person, purpose=self.purpose, actor=self.by.label,
            engine=engine, likeness=likeness, threshold=threshold, found=found,
        )  # fmt: skip


def threshold(engine: str, otherwise: float) -> float:
    """From which likeness on two are taken for one person: as this installation measured it, else the engine's own."""
    newest = OperatingPoint.objects.filter(engine=engine).order_by("-id").values_list("threshold", flat=True).first()
    return otherwise if newest is None else newest
