"""What may be typed, and where a sign-in may lead."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.identity.accounts import devices, rules

TYPED = {"given_name": "Ada", "surname": "Lovelace", "phone": "081 234 5678", "email": "ada@example.org"}


@pytest.mark.requirement("R-001.12")
def test_registration_asks_for_four_things_and_nothing_else() -> None:
    person, faults = rules.clean_person(TYPED)
    assert not faults
    assert (person.given_name, person.surname, person.phone, person.email) == (
        "Ada",
        "Lovelace",
        "+66812345678",
        "ada@example.org",
    )
    assert [fault.field for fault in rules.clean_person({})[1]] == ["given_name", "surname", "phone", "email"]


@pytest.mark.parametrize(
    "name",
    ["สมชาย", "นฤมล ณ อยุธยา", "O'Brien", "D’Arcy", "J. R.", "Nguyễn Văn", "मोहन", "Ana-Lucía", "李", "محمد", "Ğ", "ສົມ"],
)
def test_names_of_all_the_world_are_names(name: str) -> None:
    assert rules.name_faults("given_name", rules.visible(name)) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "evil.com",
        "visit http://a.b",
        "<b>",
        "1",
        "a\nb@c.de",
        "win $$$",
        "\u200b",
        "-",
        "a" * 101,
        "x=1",
        "💰",
    ],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    assert rules.name_faults("given_name", rules.visible(name))


def test_a_person_without_a_surname_enters_a_dash() -> None:
    assert rules.name_faults("surname", "-") == []


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("081 234 5678", "+66812345678"),
        ("๐๘๑-๒๓๔-๕๖๗๘", "+66812345678"),
        ("+44 20 7946 0000", "+442079460000"),
        ("\u200b0812345678\u202c", "+66812345678"),
        ("0066812345678", ""),
        ("12", ""),
        ("ring me", ""),
        ("", ""),
    ],
)
def test_telephone_numbers(typed: str, stored: str) -> None:
    assert rules.clean_phone(typed) == stored
    assert bool(rules.phone_faults(typed)) is not bool(stored)


@pytest.mark.parametrize("typed", [" ada@example.org ", "ada@example.org\u200b", "\ufeffada@example.org"])
def test_what_pasting_brings_along_is_no_part_of_an_address(typed: str) -> None:
    assert rules.clean_email(typed) == "ada@example.org"


@pytest.mark.parametrize(
    "typed",
    ["", "ada", "ada@", "@example.org", "a b@example.org", "ada@example", "a@b..org", ".a@example.org",
     "a.@example.org", "a@-b.org",
     "a@b.org\r\nBcc: x@y.org", "a,b@c.org", "x" * 65 + "@example.org", "a@" + "b" * 250 + ".org", "ada@ไทย"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert rules.email_faults(rules.clean_email(typed))


@pytest.mark.parametrize("typed", ["a+b@example.org", "O'Neil@example.co.th", "a@b.museum", "UPPER@EXAMPLE.ORG"])
def test_unusual_addresses_are_addresses(typed: str) -> None:
    assert rules.email_faults(rules.clean_email(typed)) == []


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/\t/evil.example", "/\n/evil.example",
     "javascript:alert(1)", "", "a/b", " /a", "/a b", "/\x00", "///evil.example", "/é", "/" + "a" * 2001],
)  # fmt: skip
def test_a_sign_in_leads_nowhere_else(path: str) -> None:
    assert rules.local_path(path) is None


@pytest.mark.parametrize(
    "path", ["/", "/services/tm47/apply?page=2&x=%E0%B8%81", "/account/", "/a//b", "/?next=https://x"]
)
def test_a_sign_in_leads_back(path: str) -> None:
    assert rules.local_path(path) == path


@given(st.text(alphabet=st.sampled_from("/\\:@#?%.evilhost \t\r\n\x00ก-"), max_size=12))
def test_whatever_is_accepted_stays_on_the_site(path: str) -> None:
    kept = rules.local_path(path)
    if kept is not None:
        assert urlsplit(urljoin("https://sala.example/account/sign-in/", kept)).netloc == "sala.example"
        assert not kept.startswith(("//", "/\\"))


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(typed: str) -> None:
    once = rules.visible(typed)
    assert rules.visible(once) == once


@given(st.dictionaries(st.sampled_from(["given_name", "surname", "phone", "email"]), st.text(max_size=300)))
def test_any_typing_is_judged(typed: dict[str, str]) -> None:
    person, faults = rules.clean_person(typed)
    for fault in faults:
        assert all((fault.message.th, fault.message.en))
    if not faults:
        assert person.phone.startswith("+")
        assert len(person.email) <= 254


def test_one_network_is_one_subscriber() -> None:
    assert rules.network("203.0.113.7") == "203.0.113.7"
    assert rules.network("2001:db8:1:2:3:4:5:6") == rules.network("2001:db8:1:2::9") != rules.network("2001:db8:1:3::9")
    assert rules.network("unix:") == rules.network(None) == "unknown"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari Line/15.0", "LINE on iPhone"),
        ("curl/8.0", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_have_the_names_people_use(user_agent: str, words: str) -> None:
    assert devices.words_for(user_agent).en == words
