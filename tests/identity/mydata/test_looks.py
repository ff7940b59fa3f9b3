"""Who looked: relying parties with the purpose and the law of then, officers by office and post, nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sala import identity
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Agency
from sala.identity.mydata import looks, trails, words
from sala.identity.people.queries import of_account
from sala.identity.provider import registry
from sala.identity.provider.looks import LOOKS_KEPT, forget
from sala.identity.provider.models import Look
from sala.kit import audit, clock
from sala.kit.text import Text
from tests.factories import add_post, client_for, make_account
from tests.identity.mydata.test_held import text
from tests.identity.provider.conftest import BY, USERINFO, Rp

pytestmark = pytest.mark.django_db
PAGE = "/account/my-data/looks/"
Tokens = Callable[..., dict[str, Any]]


def ask(token: str) -> None:
    assert Client().get(USERINFO, headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.requirement("R-004.24")
def test_each_look_keeps_the_purpose_and_the_law_of_its_day(
    browser: Client, citizen: Account, rp: Rp, signed_in: Tokens
) -> None:
    # Given a look for one purpose, and a look after that purpose was replaced by another
    token = signed_in()["access_token"]
    ask(token)
    registry.approve_scope(
        client_id=rp.id, scope="birthdate", purpose=Text(th="เพื่อคิดอายุ", en="To reckon your age"),
        basis=Text(th="มาตราใหม่", en="Another Act, section 9"), by=BY.label,
    )  # fmt: skip
    ask(signed_in()["access_token"])
    # Then each tells what was said on its day, in both languages, and that they signed in
    newest, _, older, arrival = looks.page(citizen.id).lines
    assert {(one.scope, one.purpose.en, one.basis.en) for one in older.told} == {
        (scope, "To find your deeds", "PDPA, section 24") for scope in ("pid", "given_name", "birthdate")
    }
    assert ("birthdate", "To reckon your age", "Another Act, section 9") in {
        (one.scope, one.purpose.en, one.basis.en) for one in newest.told
    }
    assert (arrival.act, arrival.told) == ("authorize", ())
    shown = text(browser.get(f"{PAGE}?lang=en"))
    assert "For: To reckon your age By law: Another Act, section 9" in shown
    assert "For: To find your deeds By law: PDPA, section 24" in shown
    assert "You signed in to this service" in shown
    assert "เพื่อคิดอายุ" in text(browser.get(f"{PAGE}?lang=th"))


def test_an_officers_look_names_the_post_and_not_the_person(browser: Client, citizen: Account) -> None:
    linked = of_account(citizen.id)
    assert linked
    registrar = make_account(given_name="Secretname")
    Agency.objects.get_or_create(
        slug="provincial-administration", defaults={"name_th": "กรมการปกครอง", "name_en": "DOPA"}
    )
    add_post(registrar, None, "senior", agency="provincial-administration")
    gone = make_account()
    audit.record(f"account:{registrar.id}", "person.viewed", f"person:{linked.person.id}")
    audit.record(f"account:{gone.id}", "person.viewed", f"person:{linked.person.id}")
    audit.record(f"account:{citizen.id}", "person.viewed", f"person:{linked.person.id}")
    shown = text(browser.get(f"{PAGE}?lang=en&who=officers"))
    agency = Agency.objects.get(slug="provincial-administration").name_en
    assert f"Senior officer, {agency}" in shown
    assert "An officer whose post has ended" in shown
    assert "Opened your entry in the civil register" in shown
    assert "Secretname" not in shown
    assert shown.count("Opened your entry") == 2, "one's own look is none"


def test_nobody_sees_looks_at_others(citizen: Account) -> None:
    other = make_account()
    audit.record("system:test", "report.viewed", f"account:{citizen.id}")
    assert looks.page(citizen.id).lines
    assert not looks.page(other.id).lines
    number = looks.page(citizen.id).lines[0].number
    assert looks.one(citizen.id, number)
    assert looks.one(other.id, number) is None
    assert looks.one(citizen.id, "A0") is None
    assert looks.one(citizen.id, "x") is None


def test_the_list_can_be_narrowed_and_is_read_page_by_page(citizen: Account, rp: Rp) -> None:
    for number in range(7):
        audit.record("system:test", "report.viewed", f"account:{citizen.id}", {"number": number})
        for act in ("authorize", "userinfo"):
            Look.objects.create(at=clock.now(), client_id=rp.id, account_id=citizen.id, act=act, scopes=["pid"])
        Look.objects.create(at=clock.now(), client_id=rp.id, account_id=citizen.id, act="userinfo", outcome="bad")
        audit.record(f"account:{citizen.id}", "account.signed_in", f"account:{citizen.id}")

    def numbers(whose: str, limit: int) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = looks.page(citizen.id, whose=whose, cursor=cursor, limit=limit)
            found += [line.number for line in page.lines]
            cursor = page.next
            if not cursor:
                return found

    for whose, count in (
        ("", 21),
        ("services", 14),
        (f"rp:{rp.id}", 14),
        ("rp:none", 0),
        ("officers", 7),
        ("account", 8),
    ):
        once = numbers(whose, 100)
        assert (len(once), len(set(once))) == (count, count), whose
        for limit in (1, 2, 3, 5, 20, 21):
            assert numbers(whose, limit) == once, (whose, limit)
    assert {choice.value for choice in looks.choices(citizen.id)} == {
        "",
        "officers",
        "services",
        f"rp:{rp.id}",
        "account",
    }


_ENTRY = "insert into kit_auditentry (at, actor, action, subject, detail) values (%s, %s, %s, %s, '{}')"


def test_what_one_officer_does_again_within_an_hour_is_one_look_of_many_lines(
    browser: Client, citizen: Account, rp: Rp
) -> None:
    linked = of_account(citizen.id)
    assert linked
    noon = clock.now().replace(minute=5) - timedelta(days=1)

    def look(who: str, act: str, at: datetime, subject: str = f"person:{linked.person.id}") -> None:
        with connection.cursor() as cursor:
            cursor.execute(_ENTRY, [at, f"account:{who}", act, subject])

    one, other = make_account(), make_account()
    look(str(one.id), "person.viewed", noon - timedelta(hours=1))
    for minute in range(9):
        look(str(one.id), "person.viewed", noon + timedelta(minutes=minute))
    look(str(other.id), "person.viewed", noon + timedelta(minutes=10))
    look(str(one.id), "report.viewed", noon + timedelta(minutes=11), f"account:{citizen.id}")
    look(str(one.id), "person.viewed", noon + timedelta(minutes=12))
    # Then each person, act and hour is one look, the newest line first, and no line is lost
    found = looks.gathered(citizen.id, whose="officers").looks
    assert [len(look.lines) for look in found] == [10, 1, 1, 1]
    assert all(look.newest.at == max(line.at for line in look.lines) for look in found)
    # And pages go on where the last look ended, with each line on one of them
    lines: list[str] = []
    cursor = ""
    while True:
        page = looks.gathered(citizen.id, whose="officers", cursor=cursor, limit=2)
        lines += [line.number for look in page.looks for line in look.lines]
        cursor = page.next
        if not cursor:
            break
    whole = [line.number for line in looks.page(citizen.id, whose="officers").lines]
    assert (sorted(lines), len(lines)) == (sorted(whole), 13)
    shown = text(browser.get(f"{PAGE}?lang=en&who=officers"))
    assert "10 times within this hour" in shown
    assert f":17 · No. {whole[0]}" in shown
    assert all(f"No. {number}" in shown for number in whole)
    assert "10 ครั้งในชั่วโมงนี้" in text(browser.get(f"{PAGE}?lang=th&who=officers"))
    assert "10 times within this hour" in text(browser.get("/account/my-data/?lang=en"))


def test_what_services_read_and_what_happened_in_the_account_stay_line_by_line(citizen: Account, rp: Rp) -> None:
    for _ in range(2):
        Look.objects.create(at=clock.now(), client_id=rp.id, account_id=citizen.id, act="userinfo", scopes=["pid"])
        audit.record("anonymous:", "account.sign_in_failed", f"account:{citizen.id}")
    for whose in ("services", "account"):
        assert {len(look.lines) for look in looks.gathered(citizen.id, whose=whose).looks} == {1}, whose


@pytest.mark.parametrize("bad", ["x", "1-", "-1--1", "9" * 40 + "-1", "1-2-3", "٣-٤"])
def test_a_made_up_address_shows_the_newest(browser: Client, bad: str) -> None:
    assert browser.get(PAGE, {"from": bad, "who": "rp:'; drop"}).status_code == 200


def test_what_happened_in_the_account_stands_there_too(citizen: Account) -> None:
    browser = client_for(citizen)
    audit.record("anonymous:", "account.sign_in_failed", f"account:{citizen.id}", {"in_a_row": 1})
    shown = text(browser.get(f"{PAGE}?who=account&lang=en"))
    assert "Somebody tried a wrong password" in shown
    assert "Somebody who was not signed in" in shown


def test_looks_are_kept_as_long_as_the_page_says(citizen: Account, rp: Rp) -> None:
    now = clock.now()
    for age in (LOOKS_KEPT * 2, LOOKS_KEPT, LOOKS_KEPT / 2):
        Look.objects.create(at=now - age, client_id=rp.id, account_id=citizen.id, act="userinfo")
    with clock.frozen(now):
        assert (forget(), forget()) == (1, 0)
    assert Look.objects.count() == 2


def test_a_page_costs_few_reads_however_many_subjects(citizen: Account, django_assert_max_num_queries: Any) -> None:
    browser = client_for(citizen)
    browser.get(PAGE)
    with django_assert_max_num_queries(14):
        browser.get(PAGE)


_MANY_ENTRIES = """
insert into kit_auditentry (at, actor, action, subject, detail)
select now(), 'system:tests', 'b', 'account:' || number % 500, '{}' from generate_series(1, 3000) number;
analyze kit_auditentry"""


def test_the_query_goes_by_the_index(citizen: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MANY_ENTRIES)  # with few, any way is as good
        cursor.execute(
            "explain " + audit._OF_SUBJECTS,  # noqa: SLF001 - its plan is what is tested
            {"subjects": ["account:7"], "actions": ["b"], "but": "", "limit": 3, "before": 2**62},
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "audit_subject" in plan


def test_every_act_on_an_account_has_its_words() -> None:
    """What rooms of identity put into the audit under a person's own account is told to that person."""
    told = set(words.OWN_ACTS) | set(trails.looks())
    pattern = re.compile(r'audit\.record\(\s*[^,]+,\s*"([a-z_.]+)",\s*(?:by\.label|f"account:)')
    found = {
        action
        for path in Path(identity.__file__).parent.rglob("*.py")
        for action in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert found
    assert found <= told, found - told
