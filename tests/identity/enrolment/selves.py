"""Somebody at a phone: what they type from their card, and their film before the camera."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sala.identity.enrolment.forms import Card
from sala.identity.faces.liveness import Step
from sala.identity.people.queries import PersonCard
from tests.identity.enrolment.office import LASER
from tests.identity.faces.acting import DOING, Actor, actor
from tests.identity.faces.heads import Pose

PIN = "739164"


def typed(person: PersonCard, **other: str) -> dict[str, str]:
    """The three boxes, as somebody fills them who writes Buddhist years."""
    born = person.birth_date
    return {"pid": person.pid, "birth": f"{born.day}/{born.month}/{born.year + 543}", "laser": LASER, **other}


def card_of(person: PersonCard) -> Card:
    return Card(person.pid, person.birth_date, LASER.replace("-", ""))


def film(name: str, steps: list[str]) -> list[bytes]:
    """What a camera sends when somebody does these steps: straight ahead, then each and back."""
    frames = [_shot(name, Pose())] * 5
    for step in steps:
        frames += [_shot(name, DOING[Step(step)])] * 3 + [_shot(name, Pose())] * 3
    return frames


def still(name: str) -> list[bytes]:
    """A photograph held before the camera."""
    return [_shot(name, Pose())] * 20


def show(browser: Client, page: str, ask: str, name: str, *, moves: bool = True) -> Any:
    """Ask for a challenge as the page's script does, do what it says, and send it with the form."""
    asked = browser.post(ask).json()
    frames = film(name, [one["step"] for one in asked["steps"]]) if moves else still(name)
    files = [SimpleUploadedFile(f"{number}.jpg", frame, "image/jpeg") for number, frame in enumerate(frames)]
    return browser.post(page, {"challenge": asked["id"], "frames": files})


@cache
def _shot(name: str, pose: Pose) -> bytes:
    return _actor(name).jpeg(pose)


@cache
def _actor(name: str) -> Actor:
    return actor(name)
