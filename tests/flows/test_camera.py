"""The camera of a form in a real browser, which is shown a film in place of a camera.

The film is made from one portrait (tests/identity/faces/acting.py). That it passes proves the pipe from the camera to
the judgement, and what stands in docs/liveness.md: a film that is fed to the browser in the order asked is not stopped.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from sala.identity.accounts.models import Account
from sala.identity.faces.models import Challenge
from tests.faces_house import FacesHouse
from tests.flows.conftest import CHROMIUM, PHONE, QUIET, Visitor
from tests.identity.faces.acting import DOING, actor, write_film
from tests.identity.faces.heads import Pose

Arrive = Callable[..., Visitor]
STEPS = ["turn_left", "smile", "blink"]
HASTE = 2
"""How much faster than a person the page and the film go."""
HURRY = f"const slow = window.setTimeout; window.setTimeout = (act, ms, ...rest) => slow(act, ms / {HASTE}, ...rest);"


@pytest.fixture(scope="module")
def camera(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera is a film: straight ahead, then the steps. A page that a busy machine keeps from its pace
    sees them in the same order, which is all that counts."""
    film = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    acts = [(3.2, Pose())]
    for step in STEPS:
        acts += [(0.9, Pose()), (1.3, DOING[step]), (0.6, Pose())]
    write_film(film, actor("collins/1"), [(seconds / HASTE, pose) for seconds, pose in [*acts, (30.0, Pose())]])
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with_camera = [*QUIET, *flags, f"--use-file-for-fake-video-capture={film}"]
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=with_camera)
    yield chromium
    chromium.close()


@pytest.fixture
def someone(camera: Browser, live_server: LiveServer, maria: Account) -> Iterator[Visitor]:
    context = camera.new_context(viewport=PHONE)
    context.add_cookies([{"name": "lang", "value": "en", "url": live_server.url}])
    context.add_init_script(HURRY)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    visitor = Visitor(page, context, live_server.url)
    visitor.sign_in(maria)
    yield visitor
    context.close()
    assert not errors


@pytest.mark.requirement("R-004.2", "R-004.3")
def test_a_camera_is_tried_with_a_picture_and_with_the_movements(
    someone: Visitor, faces_house: FacesHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given somebody who tries the camera: it says by itself how good the picture would be
    page = someone.open("/faces/try/")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text("Good. Now take the picture.")).to_be_visible()
    someone.see()
    page.get_by_role("button", name="Take the picture").click()
    expect(page.get_by_role("button", name="Check this picture")).to_be_focused()
    someone.see()
    page.get_by_role("button", name="Check this picture").click()
    expect(page.get_by_role("heading", name="Your picture is good")).to_be_visible()
    someone.see()
    # When the movements of the film are asked for, in its order
    monkeypatch.setattr(secrets.SystemRandom, "sample", lambda *_: STEPS)
    page = someone.open("/faces/try/?what=movements")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text("Step 1 of 3")).to_be_visible()
    expect(page.get_by_text("Smile broadly")).to_be_visible()
    someone.fits()
    # Then they are recognised, and nothing is kept
    expect(page.get_by_role("heading", name="Your movements were recognised")).to_be_visible()
    someone.see()
    assert not Challenge.objects.exists()


def test_without_a_camera_there_is_a_file_and_a_way_to_people(visitor: Arrive, maria: Account) -> None:
    phone = visitor()
    phone.sign_in(maria)
    page = phone.open("/faces/try/")
    expect(page.get_by_label("Picture of your face")).to_be_hidden()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Picture of your face")).to_be_visible()
    expect(page.get_by_role("button", name="Check this picture")).to_be_visible()
    phone.see()
