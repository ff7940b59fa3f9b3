"""The pages of relying parties, of the officers who decide on them, and of a device: seen once each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from pytest_django import Settings

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import configuring, deciding, people, queries, rules, trying
from sala.identity.directory import services as directory
from sala.identity.mydata import reporting
from sala.identity.provider import tokens
from sala.identity.provider.rules import Refusal
from sala.kit.text import Language
from sala.web import portal_client
from tests.factories import actor_for, make_account
from tests.flows.conftest import DESKTOP, PHONE, Visitor
from tests.identity.console.conftest import _fresh, approved, filled, make_decider, sent, version
from tests.identity.provider.conftest import make_person

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "_fresh")
__all__ = ["_fresh"]
SEEN_AS = pytest.mark.parametrize(
    ("language", "size"), [("th", PHONE), ("en", DESKTOP)], ids=["th-phone", "en-desktop"]
)


@dataclass
class Department:
    """Relying parties in every state, who works on them, and who decides."""

    developer: Account
    officer: Account
    live: UUID
    changed: UUID
    waiting: UUID
    draft: UUID
    client: str
    report: UUID


@pytest.fixture
def department(offices: dict[int, int]) -> Department:
    directory.load_agencies()
    portal_client.register()
    developer = make_account(email="developer@example.org", given_name="Somsri", surname="Dee")
    officer = make_decider(email="registrar@example.org", given_name="Pakorn", surname="Thabian")
    citizen = make_account(email="citizen@example.org")
    make_person(citizen)
    by, decides = actor_for(developer), actor_for(officer)
    live = _live(by, decides)
    changed = approved(by, decides, name_en="Pet shelter", name_th="บ้านพักสัตว์", uris="https://shelter.example/callback")
    configuring.change_settings(party=changed, which="live", typed=_LEGACY, by=by)
    refused = sent(by, name_en="Pet lottery", name_th="สลากสัตว์เลี้ยง")
    deciding.send_back(party=refused, version=version(refused), remarks={"about": "ใครเป็นเจ้าของ"}, by=decides)
    stranger = actor_for(citizen)
    reporting.disown(found=reporting.what("other", "", by=stranger), by=stranger)
    waiting = sent(by, "pid", "address", name_en="Pet hospital", name_th="โรงพยาบาลสัตว์")
    draft = filled(by, name_en="Pet school", name_th="โรงเรียนสัตว์")
    client, report = queries.own(live, by).client("live").id, reporting.waiting(decides)[0].id
    return Department(developer, officer, live, changed, waiting, draft, client, report)


_LEGACY = {
    "profile": "legacy_thaid", "legacy_why": "โปรแกรมเดิมเขียนไว้สำหรับ ThaID", "ciba": "yes",
    "legacy_until-day": "30", "legacy_until-month": "6", "legacy_until-year": "2570",
}  # fmt: skip


def _live(by: Actor, officer: Actor) -> UUID:
    """Served, with a colleague asked, a test person, and a call that failed."""
    party = approved(by, officer)
    people.invite(party=party, email="colleague@example.org", role="developer", by=by)
    trying.make_person(party=party, by=by)
    refusal = Refusal("invalid_request", "PKCE is required: code_challenge is missing")
    for which in ("live", "sandbox"):
        tokens.note(queries.own(party, by).client(which).id, "authorize", refusal=refusal)
    return party


def look_at(visitor: Visitor, addresses: str) -> None:
    for address in addresses.split():
        visitor.open(address)
        outside = Axe().run(visitor.page, options={"runOnly": ["region", "landmark-unique", "heading-order"]})
        assert not outside.response["violations"], f"{address}\n{outside.generate_report()}"


@SEEN_AS
def test_pages_of_relying_parties(
    visitor: Arrive, settings: Settings, department: Department, language: Language, size: dict[str, int]
) -> None:
    settings.DEMO = True
    anyone = visitor(language=language, size=size)
    look_at(anyone, "/relying-parties/list/ /relying-parties/list/?q=zzz")
    anyone.sign_in(department.developer)
    live, sandbox = f"/relying-parties/{department.live}/live", f"/relying-parties/{department.live}/sandbox"
    parts = [f"/relying-parties/{department.draft}/request/{part}/" for part in rules.PARTS]
    states = [f"/relying-parties/{party}/" for party in (department.live, department.changed, department.draft)]
    look_at(
        anyone,
        f"""
        /device/ /relying-parties/ /relying-parties/new/ {" ".join((*states, *parts))}
        /relying-parties/{department.live}/people/ /relying-parties/{department.live}/check/
        {live}/ {live}/settings/ {live}/proof/ {live}/calls/ {live}/quick-start/
        {sandbox}/ {sandbox}/settings/ {sandbox}/proof/ {sandbox}/calls/?error=any {sandbox}/quick-start/?in=php
        """,
    )
    # What a choice opens is there once it is made, and what it closes is gone
    anyone.open(f"{sandbox}/settings/")
    expect(anyone.page.locator("#legacy_why")).to_be_hidden()
    anyone.page.locator("input[value=legacy_thaid]").check()
    expect(anyone.page.locator("#legacy_why")).to_be_visible()
    anyone.see()


@SEEN_AS
def test_pages_of_those_who_decide(
    visitor: Arrive, department: Department, language: Language, size: dict[str, int]
) -> None:
    officer = visitor(language=language, size=size)
    officer.sign_in(department.officer)
    look_at(
        officer,
        f"""
        /relying-parties/ /relying-parties/decide/ /relying-parties/decide/{department.waiting}/
        /relying-parties/decide/{department.changed}/ /relying-parties/decide/{department.live}/
        /relying-parties/clients/ /relying-parties/clients/{department.client}/ /relying-parties/clients/portal/
        /desk/ /desk/not-me/ /desk/not-me/{department.report}/
        """,
    )
    # Who has no cases to handle finds at the desk what they do handle
    officer.open("/desk/")
    for address in ("/desk/not-me/", "/relying-parties/decide/"):
        expect(officer.page.locator(f'main a[href="{address}"]')).to_be_visible()
