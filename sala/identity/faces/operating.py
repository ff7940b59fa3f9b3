"""The operating point: from which likeness on an installation takes two faces for one person, as it measured it."""

from __future__ import annotations

from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.faces.evaluating import ENOUGH, Point
from sala.identity.faces.models import OperatingPoint
from sala.kit import audit, clock
from sala.kit.errors import Fault, Invalid
from sala.kit.text import Text


def settle(*, engine: str, point: Point, eer: float, by: Actor) -> None:
    """Let that engine's comparisons be judged by this point from now on. Raises Invalid where too few pairs tell it.

    Those who verify read it with each comparison (`comparing.threshold`); older points stay, as a history.
    """
    if not point.told:
        raise Invalid([_too_few(point)])
    with transaction.atomic():
        OperatingPoint.objects.create(
            engine=engine, threshold=point.threshold, fmr=point.fmr.rate, fnmr=point.fnmr.rate, eer=eer,
            genuine=point.fnmr.of, impostors=point.fmr.of, set_at=clock.now(), set_by=by.label,
        )  # fmt: skip
        detail = {"threshold": point.threshold, "fmr": point.fmr.rate, "fnmr": point.fnmr.rate}
        audit.record(by.label, "faces.operating_point", f"engine:{engine}", detail)


def _too_few(point: Point) -> Fault:
    need = round(ENOUGH / point.wanted) if point.wanted else 0
    return Fault(
        "set",
        "too_few_pairs",
        Text(
            th=f"ต้องมีคู่ภาพของคนละคนอย่างน้อย {need:,} คู่ และของคนเดียวกัน {ENOUGH} คู่ "
            f"แต่มีเพียง {point.fmr.of:,} และ {point.fnmr.of:,} คู่ โปรดใช้ภาพของคนจำนวนมากขึ้น",
            en=f"At least {need:,} pairs of two people and {ENOUGH} of one person tell such a rate; these were "
            f"{point.fmr.of:,} and {point.fnmr.of:,}. Use pictures of more people",
        ),
    )
