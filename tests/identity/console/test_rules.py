"""What a request must say, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.identity.console import rules
from sala.identity.console.rules import Content, Known

KNOWN = Known(agencies={"lands"}, scopes=("pid", "name"))
TYPED = st.dictionaries(st.sampled_from(["name_th", "kind", "agency", "company", "redirect_uris", "same"]), st.text())


@given(part=st.sampled_from(rules.PARTS), typed=TYPED, chosen=st.lists(st.text()))
def test_whatever_is_typed_is_kept_or_named_and_breaks_nothing(
    part: str, typed: dict[str, str], chosen: list[str]
) -> None:
    content = rules.typed_into(Content(), part, typed, chosen, KNOWN)
    assert rules.faults(content, KNOWN)  # one part is never the whole
    assert set(content.scopes) <= set(KNOWN.scopes)
    assert rules.typed_into(content, part, typed, chosen, KNOWN) == content


@pytest.mark.parametrize(
    ("uri", "sandbox", "right"),
    [
        ("https://a.example/back", False, True),
        ("https://a.example/back", True, True),
        ("http://localhost:3000/back", True, True),
        ("http://localhost:3000/back", False, False),
        ("http://a.example/back", True, False),
        ("https://a.example/*", True, False),
        ("https://a.example/#x", True, False),
        ("https://a.example/'x", True, False),
        ("https://user@a.example/", True, False),
        ("https://[::1", True, False),
        ("javascript:alert(1)", True, False),
    ],
)
def test_addresses(uri: str, *, sandbox: bool, right: bool) -> None:
    faults = rules.address_faults([uri], sandbox=sandbox)
    assert (not faults) == right
    assert all("https" in fault.message.th or "ที่อยู่" in fault.message.th or "#" in fault.message.th for fault in faults)


@pytest.mark.parametrize(
    ("wanted", "needed"),
    [
        ("https://a.example/other", False),
        ("https://A.example/", False),
        ("https://b.example/", True),
        ("https://a.example.evil/", True),
        ("https://a.example:8443/", True),
        ("https://sub.a.example/", True),
    ],
)
def test_another_host_is_seen_by_an_officer(wanted: str, *, needed: bool) -> None:
    assert rules.needs_approval(["https://a.example/back"], [wanted]) == needed


def test_nothing_is_said_of_data_that_are_not_chosen() -> None:
    empty = Content()
    assert [fault.field for fault in rules.faults(empty, KNOWN, "reasons")] == ["scopes"]
    assert [fault.field for fault in rules.faults(empty, KNOWN, "data", "reasons")] == ["scopes"]  # said once


def test_to_need_no_data_is_a_choice_of_its_own() -> None:
    none = rules.typed_into(Content(), "data", {}, [rules.NOTHING], KNOWN)
    assert rules.faults(none, KNOWN, "data", "reasons") == []
    both = rules.typed_into(Content(), "data", {}, [rules.NOTHING, "pid"], KNOWN)
    assert [fault.code for fault in rules.faults(both, KNOWN, "data")] == ["excluded"]
    assert not rules.typed_into(both, "data", {}, ["pid"], KNOWN).nothing
