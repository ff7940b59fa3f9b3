"""Challenges: whose they are, how long, how often; and that a product can stand beside them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from sala.identity.faces import challenges, live_product, live_sameness, services
from sala.identity.faces.advice import Advice
from sala.identity.faces.challenges import Answered
from sala.identity.faces.client import Busy
from sala.identity.faces.live_product import HttpProduct, NoProduct, Product, ProductAway
from sala.identity.faces.liveness import Step
from sala.identity.faces.models import Challenge
from sala.identity.faces.services import Look
from sala.identity.people import sealing
from sala.kit import clock
from sala.kit.errors import Conflict, NotFound
from sala.kit.text import Text
from tests.faces_house import FacesHouse, picture
from tests.identity.faces.acting import DOING, actor
from tests.identity.faces.heads import Pose
from tests.identity.faces.moving import film, poses

pytestmark = pytest.mark.django_db
SESSION = "account:ada/one"
BLURRED = Advice("blurred", Text(th="ภาพไม่ชัด", en="The picture is blurred"))


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The workers' part, known beforehand: a frame `b"7"` shows the seventh pose of what is done in `steps`."""
    doing: dict[str, list[str]] = {"steps": [], "blurred": [], "others": []}

    def describe(frames: Sequence[bytes]) -> list:
        told = film(poses(doing["steps"]))
        return [told[int(frame)] for frame in frames]

    def look(frame: bytes) -> Look:
        good = frame.decode() not in doing["blurred"]
        return Look(good, [] if good else [BLURRED], 0.0)

    monkeypatch.setattr(services, "describe_frames", describe)
    monkeypatch.setattr(services, "look", look)
    monkeypatch.setattr(live_sameness, "same", lambda one, other: other.decode() not in doing["others"])
    return doing


FRAMES = [str(n).encode() for n in range(len(poses([Step.BLINK] * 3)))]


def done(asked: challenges.Asked, eyes: dict[str, list[str]], **given: object) -> Answered:
    eyes["steps"] = asked.steps
    return challenges.answer(**{"challenge": asked.id, "session": SESSION, "frames": FRAMES} | given)  # type: ignore[arg-type]


def test_three_different_steps_of_four_in_an_order_nobody_knows() -> None:
    seen = {tuple(challenges.begin(session=SESSION).steps) for _ in range(200)}
    assert seen <= set(permutations([str(step) for step in Step], 3))
    assert len(seen) > 15  # of 24; fewer than 16 of 200 would be worse luck than 1 in 10 to the 12
    assert all({"turn_left", "turn_right"} & set(steps) for steps in seen), "a flat picture cannot turn its head"


@pytest.mark.requirement("R-004.2")
def test_who_does_it_gets_a_portrait_that_lies_sealed_until_it_was_compared(eyes: dict[str, list[str]]) -> None:
    asked = challenges.begin(session=SESSION)
    first = done(asked, eyes)
    assert first.passed
    assert first.portrait in FRAMES
    row = Challenge.objects.get()
    assert row.passed
    assert row.used_at
    assert bytes(row.portrait) != first.portrait
    assert sealing.unseal(bytes(row.portrait), key=row.portrait_key, about=f"challenge:{row.id}") == first.portrait
    # A form sent twice, or after busy workers: the same is told, whatever is sent.
    assert done(asked, eyes, frames=[]) == first
    challenges.forget(challenge=asked.id, session=SESSION)
    assert not Challenge.objects.exists()
    with pytest.raises(NotFound):
        done(asked, eyes)


def test_no_other_session_can_answer_it_or_fetch_its_portrait(eyes: dict[str, list[str]]) -> None:
    asked = challenges.begin(session=SESSION)
    for _ in range(2):
        with pytest.raises(NotFound):
            done(asked, eyes, session="account:eve/two")
        challenges.forget(challenge=asked.id, session="account:eve/two")
        assert done(asked, eyes).passed
    assert SESSION not in Challenge.objects.get().session


def test_one_that_failed_is_over(eyes: dict[str, list[str]]) -> None:
    asked = challenges.begin(session=SESSION)
    eyes["steps"] = list(reversed(asked.steps))
    wrong = challenges.answer(challenge=asked.id, session=SESSION, frames=FRAMES)
    assert not wrong.passed
    assert wrong.portrait is None
    again = done(asked, eyes)
    assert not again.passed
    assert [one.code for one in again.advice] == ["again"]


def test_after_two_minutes_it_is_too_late(eyes: dict[str, list[str]]) -> None:
    asked = challenges.begin(session=SESSION)
    with clock.frozen(asked.expires_at + timedelta(seconds=1)):
        assert [one.code for one in done(asked, eyes).advice] == ["expired"]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([], "too_few"),
        ([b"0"] * 11, "too_few"),
        ([b"0"] * 41, "too_large"),
        ([b"0"] * 20 + [bytes(150_001)], "too_large"),
        ([b"0"] * 40, None),
    ],
)
def test_frames_too_few_too_many_too_large(eyes: dict[str, list[str]], frames: list[bytes], code: str | None) -> None:
    asked = challenges.begin(session=SESSION)
    found = done(asked, eyes, frames=frames)
    assert not found.passed
    assert [one.code for one in found.advice] == [code or f"missed_{asked.steps[0]}"]


def test_busy_workers_cost_nobody_a_challenge(eyes: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = challenges.begin(session=SESSION)

    def busy(_: Sequence[bytes]) -> list:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(services, "describe_frames", busy)
        with pytest.raises(Busy):
            done(asked, eyes)
    assert done(asked, eyes).passed


def test_while_it_is_judged_the_same_is_not_judged_again(
    eyes: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = challenges.begin(session=SESSION)
    judged: list[str] = []

    def twice(_: Sequence[bytes]) -> list:
        with pytest.raises(Conflict):
            done(asked, eyes)
        judged.append("once")
        return [None] * 20

    monkeypatch.setattr(services, "describe_frames", twice)
    done(asked, eyes)
    assert judged == ["once"]


def test_the_portrait_is_a_frame_that_is_good_enough_else_the_advice_is_told(eyes: dict[str, list[str]]) -> None:
    best = done(challenges.begin(session=SESSION), eyes).portrait
    assert best
    eyes["blurred"] = [best.decode()]
    found = done(challenges.begin(session=SESSION), eyes)
    assert found.portrait != best
    eyes["blurred"] = [frame.decode() for frame in FRAMES]
    none = done(challenges.begin(session=SESSION), eyes)
    assert none == Answered(passed=False, advice=[BLURRED])


def test_who_does_it_for_another_does_not_pass(eyes: dict[str, list[str]]) -> None:
    portrait = done(challenges.begin(session=SESSION), eyes).portrait
    assert portrait
    rest = [frame.decode() for frame in FRAMES if abs(int(frame) - int(portrait)) > 10]
    eyes["others"] = rest
    found = done(challenges.begin(session=SESSION), eyes)
    assert [one.code for one in found.advice] == ["swapped"]


def test_one_face_is_told_from_another_by_the_real_workers(faces_house: FacesHouse) -> None:
    one, other = picture("collins/1"), picture("obama/1")
    assert live_sameness.same(one, one)
    assert not live_sameness.same(one, other)
    assert not live_sameness.same(one, b"no picture")
    assert not live_sameness.same(b"no picture", one)


def test_what_is_long_over_goes(eyes: dict[str, list[str]]) -> None:
    asked = challenges.begin(session=SESSION)
    done(asked, eyes)
    with clock.frozen(asked.expires_at + timedelta(minutes=29)):
        assert challenges.sweep() == 0
    with clock.frozen(asked.expires_at + timedelta(minutes=31)):
        assert challenges.sweep() == 1


def test_a_bent_portrait_on_film_in_another_order_does_not_pass_with_the_real_workers(
    faces_house: FacesHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = actor("collins/1")
    told = [Pose()] * 5
    for step in (Step.TURN_LEFT, Step.TURN_RIGHT):
        told += [DOING[step]] * 2 + [Pose()] * 2
    known = {pose: somebody.jpeg(pose) for pose in set(told)}
    asked = challenges.begin(session=SESSION)
    Challenge.objects.update(steps=["turn_right", "turn_left", "smile"])
    frames = [known[pose] for pose in told]
    found = challenges.answer(challenge=asked.id, session=SESSION, frames=frames)
    assert [one.code for one in found.advice] == ["missed_turn_left"]


# A product besides.


class _Stand(BaseHTTPRequestHandler):
    """What a product's vendor would build: it calls alive what has a frame `alive` in it."""

    asked: list[tuple[dict[str, object], str | None]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((body, self.headers.get("Authorization")))
        answers = {
            "/live": (200, {"live": "YWxpdmU=" in body["frames"]}),
            "/broken": (500, {"live": True}),
            "/odd": (200, {"alive": True}),
            "/elsewhere": (302, {}),
        }
        status, answer = answers[self.path]
        self.send_response(status)
        self.send_header("Location", "/live")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def product() -> Iterator[str]:
    _Stand.asked = []
    with HTTPServer(("127.0.0.1", 0), _Stand) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_every_product_keeps_the_contract(product: str) -> None:
    both: list[Product] = [NoProduct(), HttpProduct(f"{product}/live")]
    for one in both:
        assert one.live([b"alive"], ["blink"]) is True
        assert isinstance(one.live([b"a print"], ["blink"]), bool)
    assert HttpProduct(f"{product}/live").live([b"a print"], ["blink"]) is False


def test_what_is_said_to_a_product_is_what_the_documents_say(product: str) -> None:
    HttpProduct(f"{product}/live", "a secret").live([b"alive", b"frame"], ["blink", "smile", "turn_left"])
    said = {"frames": ["YWxpdmU=", "ZnJhbWU="], "steps": ["blink", "smile", "turn_left"]}
    assert _Stand.asked == [(said, "Bearer a secret")]


@pytest.mark.parametrize("path", ["/broken", "/odd", "/elsewhere"])
def test_a_product_that_fails_refuses_nobody(product: str, path: str) -> None:
    with pytest.raises(ProductAway):
        HttpProduct(product + path).live([b"alive"], [])
    assert all(body for body, _ in _Stand.asked)
    assert len(_Stand.asked) == 1, "frames of faces are led nowhere else"


def test_a_product_that_is_not_there_refuses_nobody() -> None:
    with pytest.raises(ProductAway):
        HttpProduct("http://127.0.0.1:1/").live([], [])


def test_both_must_pass(eyes: dict[str, list[str]], product: str, settings: Settings) -> None:
    settings.FACES_LIVENESS = f"http:{product}/live"
    found = done(challenges.begin(session=SESSION), eyes)
    assert [one.code for one in found.advice] == ["not_live"]
    asked = challenges.begin(session=SESSION)
    settings.FACES_LIVENESS = f"http:{product}/broken"
    with pytest.raises(ProductAway):
        done(asked, eyes)
    settings.FACES_LIVENESS = "challenge"
    assert done(asked, eyes).passed  # it was not used up


@pytest.mark.parametrize("named", ["", "certified", "http:", "http:ftp://example.org", "https://example.org"])
def test_a_setting_that_names_nothing_is_said_at_once(settings: Settings, named: str) -> None:
    settings.FACES_LIVENESS = named
    with pytest.raises(ValueError, match="SALA_FACES_LIVENESS"):
        live_product.chosen()


def test_a_challenge_of_nobody() -> None:
    for challenge in (uuid4(), UUID(int=0)):
        with pytest.raises(NotFound):
            challenges.answer(challenge=challenge, session=SESSION, frames=FRAMES)
