"""The self-check: what is concluded from what a program did, and what is seen of its addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import configuring, judging, looking, queries
from sala.identity.console.judging import Verdict, judge
from sala.identity.provider import keys, rehearsing
from sala.identity.provider.rehearsing import Fault, Tried
from sala.kit import clock
from sala.kit.errors import NotFound, TooMany
from tests.factories import client_for
from tests.identity.console.conftest import approved, begun
from tests.serving import serving

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = NOW + judging.PATIENCE
ASKED = {"act": "asked", "state": True, "nonce": True, "scopes": []}


def tried(fault: Fault, *steps: dict[str, Any]) -> Tried:
    ends = NOW + timedelta(minutes=15)
    return Tried(UUID(int=1), fault, NOW, ends, tuple({"at": NOW.isoformat(), **step} for step in steps))


def verdict(fault: Fault, *steps: dict[str, Any], now: datetime = LATER, asks: bool = True) -> Verdict:
    return judge(fault, tried(fault, *steps), now=now, asks_userinfo=asks).verdict


def step(act: str, **facts: Any) -> dict[str, Any]:
    return {"act": act, **facts}


def test_a_sign_in_as_it_should_be() -> None:
    assert judge(Fault.NONE, None, now=NOW, asks_userinfo=False).verdict is Verdict.NOT_TRIED
    assert verdict(Fault.NONE) is Verdict.WAITING
    assert verdict(Fault.NONE, ASKED, step("answered")) is Verdict.WAITING
    assert verdict(Fault.NONE, ASKED, step("answered"), step("token")) is Verdict.RIGHT
    for lacks in ("state", "nonce"):
        judged = judge(
            Fault.NONE, tried(Fault.NONE, ASKED | {lacks: False}, step("token")), now=NOW, asks_userinfo=True
        )
        assert judged.verdict is Verdict.WRONG
        assert [line.cure for line in judged.lines if line.right is False]
    failed = step("proof", outcome="invalid_client", detail="Wrong client_secret")
    judged = judge(Fault.NONE, tried(Fault.NONE, ASKED, failed), now=NOW, asks_userinfo=True)
    assert judged.verdict is Verdict.WRONG
    assert "secret" in str(judged.lines[-1].cure.en if judged.lines[-1].cure else "")


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault and not fault.of_answer])
def test_a_false_token_must_stop_it(fault: Fault) -> None:
    made = (ASKED, step("answered"), step("token", spoiled=True))
    assert verdict(fault, ASKED, step("answered")) is Verdict.WAITING
    assert verdict(fault, *made, now=NOW) is Verdict.WAITING
    assert verdict(fault, *made) is Verdict.RIGHT
    assert verdict(fault, *made, asks=False) is Verdict.UNSEEN
    assert verdict(fault, *made, step("said", noticed=True), asks=False) is Verdict.RIGHT
    assert verdict(fault, *made, step("said", noticed=False), asks=False) is Verdict.WRONG
    assert verdict(fault, *made, step("userinfo"), now=NOW) is Verdict.WRONG
    # It began anew, and that sign-in was true.
    assert verdict(fault, *made, ASKED, step("answered"), step("token"), step("userinfo"), now=NOW) is Verdict.RIGHT


@pytest.mark.parametrize("fault", [Fault.STATE, Fault.ISS])
def test_a_false_answer_must_stop_it(fault: Fault) -> None:
    made = (ASKED, step("answered", spoiled=True))
    assert verdict(fault, *made, now=NOW) is Verdict.WAITING
    assert verdict(fault, *made) is Verdict.RIGHT
    assert verdict(fault, *made, step("token")) is Verdict.WRONG
    assert verdict(fault, *made, step("code", outcome="invalid_grant")) is Verdict.WRONG


# --- With a database ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_live_client_is_never_cheated(by: Actor, officer: Actor) -> None:
    live = queries.own(approved(by, officer), by).client("live")
    with pytest.raises(NotFound):
        rehearsing.begin(client_id=live.id, fault=Fault.NONCE)
    from sala.identity.provider.models import Rehearsal

    # Even if such a row were there, by whatever way.
    now = clock.now()
    Rehearsal.objects.create(client_id=live.id, fault="nonce", begun_at=now, ends_at=now + timedelta(hours=1))
    claims = {"iss": "x", "nonce": "true", "iat": 1, "exp": 2}
    token = rehearsing.signed(live, claims, act="code")
    ours = KeySet.import_key_set(keys.jwks())  # type: ignore[arg-type]
    assert jwt.decode(token, ours).claims == claims
    assert rehearsing.answered(live.id, "state", "issuer") == ("state", "issuer")
    rehearsing.saw(live.id, "userinfo")
    assert Rehearsal.objects.get().steps == []


@pytest.mark.django_db
def test_each_fault_is_one_thing_wrong_and_once(by: Actor) -> None:
    sandbox = queries.own(begun(by), by).sandbox
    now = int(clock.now().timestamp())
    claims = {"iss": "i", "aud": "a", "nonce": "n", "iat": now, "exp": now + 900, "at_hash": "h", "sub": "s"}
    ours = KeySet.import_key_set(keys.jwks())  # type: ignore[arg-type]
    for fault in (one for one in Fault if one and not one.of_answer):
        rehearsing.begin(client_id=sandbox.id, fault=fault)
        token = rehearsing.signed(sandbox, claims, act="code")
        if fault is Fault.SIGNATURE:
            with pytest.raises(JoseError):
                jwt.decode(token, ours)
        else:
            told = jwt.decode(token, ours).claims
            assert {name for name in claims if told[name] != claims[name]} <= {
                "nonce", "iss", "aud", "at_hash", "iat", "exp"
            }  # fmt: skip
            assert told != claims
        assert jwt.decode(rehearsing.signed(sandbox, claims, act="code"), ours).claims == claims
    for fault, expected in ((Fault.STATE, (False, True)), (Fault.ISS, (True, False))):
        rehearsing.begin(client_id=sandbox.id, fault=fault)
        state, iss = rehearsing.answered(sandbox.id, "s", "i")
        assert (state == "s", iss == "i") == expected
        assert rehearsing.answered(sandbox.id, "s", "i") == ("s", "i")
    rehearsing.begin(client_id=sandbox.id, fault=Fault.NONCE)
    rehearsing.end(client_id=sandbox.id)
    assert jwt.decode(rehearsing.signed(sandbox, claims, act="code"), ours).claims == claims


@pytest.mark.django_db
def test_the_page_begins_follows_and_ends(by: Actor, developer: Account) -> None:
    party, browser = begun(by), client_for(developer)
    page = f"/relying-parties/{party}/check/"
    assert browser.get(page).status_code == 200
    assert browser.post(f"{page}begin/", {"fault": "nonce"}).status_code == 303
    sandbox = queries.own(party, by).sandbox
    rehearsing.signed(sandbox, {"iat": 1, "nonce": "n"}, act="code")
    with clock.frozen(clock.now() + judging.PATIENCE):
        shown = browser.get(f"{page}?lang=en").content.decode()
    assert "we cannot see whether it stopped" in shown
    assert browser.post(f"{page}said/", {"fault": "nonce", "noticed": "no"}).status_code == 303
    assert "Compare the ID token’s nonce" in browser.get(page).content.decode()
    assert browser.post(f"{page}end/").status_code == 303
    assert browser.post(f"{page}begin/", {"fault": "other"}).status_code == 404


# --- Addresses -------------------------------------------------------------------------------------------------


@contextmanager
def program(answer: Callable[[str, dict[str, list[str]]], tuple[int, str]]) -> Iterator[str]:
    """A relying party's server: path and form in, status and Location out."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, location = answer(self.path, parse_qs(self.rfile.read(length).decode()))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_args: object) -> None:
            pass

    with serving(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def found(party: UUID, by: Actor) -> dict[str, list[tuple[bool | None, str]]]:
    told: dict[str, list[tuple[bool | None, str]]] = {}
    for one in looking.look(party=party, by=by):
        told.setdefault(one.address.rsplit("/", 1)[1], []).append((one.right, one.words.en))
    return told


@pytest.mark.django_db
def test_addresses_are_asked_and_their_faults_named(by: Actor, settings: Any) -> None:
    settings.DEMO = True
    ways = {
        "/well": (400, ""), "/circle": (302, "/round"), "/round": (302, "/circle"), "/gone": (404, ""),
        "/broken": (500, ""), "/again": (302, "http://localhost:1/"),
    }  # fmt: skip
    party = begun(by)
    with program(lambda path, _form: ways[path]) as home:
        uris = [f"{home}/{name}" for name in ("well", "circle", "gone", "broken", "again")]
        typed = "\n".join([*uris, "http://127.0.0.1:1/nobody"])
        configuring.change_addresses(party=party, which="sandbox", typed=typed, by=by)
        told = found(party, by)
    assert {name: lines[0][0] for name, lines in told.items()} == {
        "well": True, "circle": False, "gone": False, "broken": False, "again": True, "nobody": False,
    }  # fmt: skip
    assert "circle" in told["circle"][0][1]
    assert "firewall" in told["nobody"][0][1]


@pytest.mark.django_db
def test_in_production_the_programmers_own_machine_is_left_alone(by: Actor, settings: Any) -> None:
    settings.DEMO = False
    asked: list[str] = []

    def note(path: str, _form: dict[str, list[str]]) -> tuple[int, str]:
        asked.append(path)
        return 200, ""

    party = begun(by)
    with program(note) as home:
        configuring.change_addresses(party=party, which="sandbox", typed=f"{home}/own", by=by)
        assert found(party, by)["own"][0][0] is None
    assert asked == []


@pytest.mark.django_db
@pytest.mark.parametrize(("careful", "rights"), [(True, [True, True]), (False, [True, False])])
def test_a_forged_sign_out_must_be_refused(by: Actor, settings: Any, *, careful: bool, rights: list[bool]) -> None:
    settings.DEMO = True
    ours = KeySet.import_key_set(keys.jwks())  # type: ignore[arg-type]

    def hear(_path: str, form: dict[str, list[str]]) -> tuple[int, str]:
        if not careful or not form:
            return 200, ""
        try:
            token = jwt.decode(form["logout_token"][0], ours, algorithms=["ES256"])
        except JoseError:
            return 400, ""
        fits = token.header["typ"] == "logout+jwt" and "nonce" not in token.claims and token.claims["events"]
        return (200 if fits else 400), ""

    party = begun(by)
    with program(hear) as home:
        configuring.change_addresses(party=party, which="sandbox", typed=f"{home}/back", by=by)
        configuring.change_settings(
            party=party, which="sandbox", typed={"backchannel_logout_uri": f"{home}/out"}, by=by
        )
        assert [right for right, _ in found(party, by)["out"]] == rights


@pytest.mark.django_db
def test_nobody_looks_without_end(by: Actor, settings: Any) -> None:
    settings.DEMO = False
    party = begun(by)
    for _ in range(looking.LOOKS_AN_HOUR):
        looking.look(party=party, by=by)
    with pytest.raises(TooMany):
        looking.look(party=party, by=by)


@pytest.mark.django_db
def test_slow_servers_of_others_take_one_of_our_threads_at_most(by: Actor, settings: Any) -> None:
    settings.DEMO = True
    party = begun(by)
    entered, go_on = Event(), Event()

    def slow(_path: str, _form: dict[str, list[str]]) -> tuple[int, str]:
        entered.set()
        go_on.wait(4)
        return 200, ""

    with program(slow) as url:
        configuring.change_addresses(party=party, which="sandbox", typed=f"{url}/back", by=by)
        sandbox = queries.own(party, by).sandbox
        first = Thread(target=looking.found_of, args=[sandbox])
        first.start()
        assert entered.wait(4)
        with pytest.raises(TooMany):
            looking.look(party=party, by=by)
        go_on.set()
        first.join()
        assert looking.look(party=party, by=by)
