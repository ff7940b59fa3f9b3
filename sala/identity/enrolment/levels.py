"""Which proofs lead to which level of identity assurance, by which way: data, and one function. No Django here.

The levels are those of the national standard (ETDA, ขมธอ. 19) as the bureau uses them. What counts as a level differs
by way: what an officer saw with their own eyes, nobody shows on a phone. An installation whose rules differ changes
`LEVELS`, and pages, services and station follow.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sala.kit.text import Text


class Proof(StrEnum):
    """What was shown, and held."""

    CARD = "card"
    LASER = "laser"
    LIVENESS = "liveness"
    FACE = "face"
    CHIP = "chip"
    PHOTOGRAPH = "photograph"
    OFFICER = "officer"


class Way(StrEnum):
    """Where it was shown."""

    PHONE = "phone"
    OFFICE = "office"


WORDS: dict[Proof, Text] = {
    Proof.CARD: Text(th="ข้อมูลบนหน้าบัตรตรงกับทะเบียนราษฎร", en="What is on the card fits the civil register"),
    Proof.LASER: Text(th="รหัสหลังบัตร (เลเซอร์โค้ด) ถูกต้อง", en="The code on the back of the card is right"),
    Proof.LIVENESS: Text(th="มีบุคคลจริงอยู่หน้ากล้อง", en="Somebody stood before the camera"),
    Proof.FACE: Text(th="ใบหน้าตรงกับภาพในทะเบียน", en="The face is that of the register’s photograph"),
    Proof.CHIP: Text(th="อ่านชิปของบัตรแล้ว", en="The card’s chip was read"),
    Proof.PHOTOGRAPH: Text(
        th="ถ่ายภาพต่อหน้าเจ้าหน้าที่ และตรวจแล้วว่าไม่ซ้ำกับผู้อื่น",
        en="A photograph was taken before an officer, and it is nobody else’s",
    ),
    Proof.OFFICER: Text(th="เจ้าหน้าที่ตรวจและยืนยันแล้ว", en="An officer looked, and vouches for it"),
}


@dataclass(frozen=True, slots=True)
class Need:
    """One way to a level: everything that must be shown."""

    way: Way
    proofs: frozenset[Proof]


@dataclass(frozen=True, slots=True)
class Level:
    """A level: its number in the standard, what it is called, what it opens, and the ways to it."""

    ial: str
    name: Text
    opens: Text
    needs: tuple[Need, ...]


def _by(way: Way, *proofs: Proof) -> Need:
    return Need(way, frozenset(proofs))


_CARD_SHOWN = (Proof.CARD, Proof.LASER)
LEVELS: tuple[Level, ...] = (
    Level(
        "1.3",
        Text(th="ยืนยันด้วยบัตรประชาชน", en="Proven with the identity card"),
        Text(th="บริการทั่วไปที่ต้องรู้ว่าท่านเป็นใคร", en="Everyday services that need to know who you are"),
        (
            _by(Way.PHONE, *_CARD_SHOWN),
            _by(Way.OFFICE, Proof.CARD, Proof.OFFICER),
            _by(Way.OFFICE, Proof.CHIP, Proof.OFFICER),
        ),
    ),
    Level(
        "2.2",
        Text(th="ยืนยันด้วยใบหน้า", en="Proven with the face"),
        Text(
            th="บริการที่มีผลต่อสิทธิของท่าน เช่น แจ้งย้ายที่อยู่ และการลงชื่อ",
            en="Services that touch your rights, such as moving house and signing",
        ),
        (
            _by(Way.PHONE, *_CARD_SHOWN, Proof.LIVENESS, Proof.FACE),
            _by(Way.PHONE, *_CARD_SHOWN, Proof.OFFICER),
            _by(Way.OFFICE, Proof.CARD, Proof.OFFICER, Proof.PHOTOGRAPH),
            _by(Way.OFFICE, Proof.CHIP, Proof.OFFICER, Proof.PHOTOGRAPH),
        ),
    ),
    Level(
        "2.3",
        Text(th="ยืนยันต่อหน้าเจ้าหน้าที่", en="Proven before an officer"),
        Text(th="ทุกบริการ รวมถึงบริการที่มีความเสี่ยงสูง", en="Every service, also those where most is at risk"),
        (
            _by(Way.OFFICE, Proof.CHIP, Proof.OFFICER, Proof.PHOTOGRAPH, Proof.FACE),
            _by(Way.OFFICE, *_CARD_SHOWN, Proof.OFFICER, Proof.PHOTOGRAPH, Proof.FACE),
        ),
    ),
)
"""The lowest first. A level also counts as every one below it."""
FOR_RECOVERY = "2.2"
"""What must be reached by phone before an account is given back; at an office an officer vouches."""


def reached(proofs: Collection[str], way: str) -> str:
    """The highest level that these proofs lead to by this way, such as 2.2; empty where to none."""
    shown = set(proofs)
    held = [level.ial for level in LEVELS for need in level.needs if need.way == way and need.proofs <= shown]
    return max(held, default="")


def lacking(ial: str, proofs: Collection[str], way: str) -> tuple[Proof, ...]:
    """What is still to be shown for a level by its nearest way, in the order of `Proof`; empty where it is reached, or
    where this way does not lead there."""
    shown = set(proofs)
    open_ = [need.proofs - shown for need in level(ial).needs if need.way == way]
    nearest = min(open_, key=lambda left: (len(left), Proof.OFFICER in left), default=frozenset[Proof]())
    return tuple(proof for proof in Proof if proof in nearest)


def level(ial: str) -> Level:
    """The level of this number. Raises KeyError."""
    return _LEVELS[ial]


def above(ial: str) -> tuple[Level, ...]:
    """The levels higher than this one; all of them above none."""
    return tuple(level for level in LEVELS if level.ial > ial)


def replaces(fresh: str, former: str, way: str) -> bool:
    """Whether who reached `fresh` now takes the person from an account that is linked at `former`.

    A surer proof does. Before an officer an equal one does too: who stands there is the one who lost the account.
    """
    return fresh > former or (way == Way.OFFICE and fresh == former)


_LEVELS = {level.ial: level for level in LEVELS}
