"""What the camera of a page asks, and what stands on the page for who has none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sala.identity.faces import live_sameness, live_views, services
from sala.identity.faces.client import Busy
from sala.identity.faces.liveness import Step
from sala.identity.faces.models import Challenge
from sala.identity.faces.services import Look
from sala.kit.ratelimit import hit
from tests.factories import client_for, make_account
from tests.identity.faces.moving import film, poses
from tests.identity.faces.test_challenges import BLURRED

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Client:
    client = client_for(make_account())
    client.cookies["lang"] = "en"
    return client


def jpeg(content: bytes = b"a picture", name: str = "0.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    seen: list[bytes] = []

    def look(data: bytes, **_: bool) -> Look:
        seen.append(data)
        return Look(ok=False, advice=[BLURRED], seconds=0.0)

    monkeypatch.setattr(services, "look", look)
    return seen


def test_a_look_says_in_the_pages_language_what_to_do_better(ada: Client, looks: list[bytes]) -> None:
    answer = ada.post("/faces/look/", {"picture": jpeg()})
    assert answer.json() == {"ok": False, "advice": ["The picture is blurred"]}
    assert answer["Cache-Control"] == "no-store"
    ada.cookies["lang"] = "th"
    assert ada.post("/faces/look/", {"picture": jpeg()}).json()["advice"] == ["ภาพไม่ชัด"]
    assert looks == [b"a picture"] * 2


def test_a_look_needs_a_small_picture_and_somebody_signed_in(ada: Client, looks: list[bytes]) -> None:
    assert ada.post("/faces/look/").status_code == 422
    assert ada.post("/faces/look/", {"picture": jpeg(bytes(live_views.SMALL + 1))}).status_code == 422
    assert ada.get("/faces/look/").status_code == 405
    assert b"advice" not in Client().post("/faces/look/", {"picture": jpeg()}).content
    assert looks == []


def test_looks_and_challenges_are_limited(ada: Client, looks: list[bytes]) -> None:
    account = make_account()
    other = client_for(account)
    hit(f"faces.look:account:{account.id}", 60, 60, times=60)
    hit(f"faces.challenge:account:{account.id}", 40, 3600, times=40)
    assert other.post("/faces/look/", {"picture": jpeg()}).status_code == 429
    assert other.post("/faces/challenge/").status_code == 429
    assert ada.post("/faces/look/", {"picture": jpeg()}).status_code == 200


def test_busy_workers_are_told_as_json(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: bytes, **__: bool) -> Look:
        raise Busy

    monkeypatch.setattr(services, "look", busy)
    answer = ada.post("/faces/look/", {"picture": jpeg()})
    assert answer.status_code == 503
    assert answer.json()["code"] == "faces_busy"


def test_a_challenge_begins_in_the_pages_words(ada: Client) -> None:
    asked = ada.post("/faces/challenge/").json()
    row = Challenge.objects.get(id=asked["id"])
    assert [one["step"] for one in asked["steps"]] == row.steps
    words = {one["step"]: one["text"] for one in asked["steps"]}
    known = {"turn_left": "Turn your head slowly to your left", "smile": "Smile broadly"}
    assert all(words[step] == text for step, text in known.items() if step in words)


def test_it_belongs_to_the_browser_that_began(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def describe(frames: Sequence[bytes]) -> list:
        return film(poses(Challenge.objects.get().steps))

    monkeypatch.setattr(services, "describe_frames", describe)
    monkeypatch.setattr(services, "look", lambda _, **__: Look(ok=True, advice=[], seconds=0.0))
    monkeypatch.setattr(live_sameness, "same", lambda *_: True)
    asked = ada.post("/faces/challenge/").json()["id"]
    form = {"challenge": asked, "frames": [jpeg(str(n).encode(), f"{n}.jpg") for n in range(len(poses(Step)) - 10)]}
    account = make_account()
    other = client_for(account)
    assert other.post("/faces/try/?what=movements", form).status_code == 404
    for file in form["frames"]:
        file.seek(0)
    shown = ada.post("/faces/try/?what=movements", form)
    assert "Your movements were recognised" in shown.content.decode()
    assert not Challenge.objects.exists(), "nothing is kept of a try"


def test_the_page_without_a_script_has_a_file_for_a_picture_and_a_way_to_people(ada: Client) -> None:
    page = ada.get("/faces/try/").content.decode()
    assert 'capture="user"' in page
    assert 'accept="image/jpeg,image/png,image/webp"' in page
    assert "<div data-camera-begin hidden>" in page
    assert "An officer can do it with you at an office" in page
    movements = ada.get("/faces/try/?what=movements").content.decode()
    assert "needs a camera and JavaScript" in movements
    assert "An officer can do it with you at an office" in movements


def test_a_picture_that_does_not_do_says_why(ada: Client, looks: list[bytes]) -> None:
    page = ada.post("/faces/try/", {"portrait": jpeg()}).content.decode()
    assert "It did not work yet" in page
    assert "The picture is blurred" in page


@pytest.mark.parametrize("form", [{}, {"challenge": "no"}, {"challenge": "00000000-0000-0000-0000-000000000000"}])
def test_a_form_without_what_it_needs_says_so(ada: Client, form: dict[str, str]) -> None:
    empty = ada.post("/faces/try/", form)
    assert empty.status_code == 422
    assert "Take a picture, or choose a file" in empty.content.decode()
    assert ada.post("/faces/try/?what=movements", form).status_code == 404


def test_no_inline_script_or_style(ada: Client) -> None:
    for what in ("picture", "movements"):
        page = ada.get(f"/faces/try/?what={what}").content.decode()
        assert "style=" not in page
        assert "onclick" not in page
        assert page.count("<script") == page.count('<script type="module" src="')
