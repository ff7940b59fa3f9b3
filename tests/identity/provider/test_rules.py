"""The rules, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.identity.provider import rules
from sala.identity.provider.rules import Asked, Refusal

NOW = datetime(2026, 11, 22, tzinfo=UTC)
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def asked(**given: object) -> Asked:
    return Asked(client="c", redirect_uri="https://rp.example/", scopes=("openid",), challenge="x", **given)  # type: ignore[arg-type]


def test_the_challenge_of_rfc_7636() -> None:
    """Appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert rules.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(st.text(alphabet=UNRESERVED, min_size=43, max_size=128))
def test_every_verifier_has_a_challenge_that_is_accepted(verifier: str) -> None:
    assert len(rules.challenge_of(verifier)) == 43


@given(st.text().filter(lambda text: len(text) < 43 or not set(text) <= set(UNRESERVED)))
def test_what_is_no_verifier_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        rules.challenge_of(text)


@given(st.dictionaries(st.sampled_from(["code", "state", "iss", "error"]), st.text(min_size=1), min_size=1))
def test_the_answer_arrives_as_it_was_said_whatever_is_in_it(answer: dict[str, str]) -> None:
    usable = {name: value for name, value in answer.items() if value.isprintable()}
    uri = rules.leading_to("https://rp.example/back?from=sala", usable)
    assert uri.startswith("https://rp.example/back?from=sala")
    told = {name: values[0] for name, values in parse_qs(urlsplit(uri).query, keep_blank_values=True).items()}
    assert told == {"from": "sala", **usable}


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.text(max_size=5))))
def test_nothing_is_said_twice(pairs: list[tuple[str, str]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names) or not all(value.isprintable() for _, value in pairs):
        with pytest.raises(Refusal):
            rules.once(pairs)
    else:
        assert rules.once(pairs) == {name: value for name, value in pairs if value}


@given(st.text())
def test_a_parameters_name_is_said_without_what_could_break_an_answer(name: str) -> None:
    assert set(rules.printable(name)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-?")


@pytest.mark.parametrize(
    ("demand", "age", "fresh"),
    [
        ({}, 10_000, True),
        ({"max_age": 60}, 60, True),
        ({"max_age": 60}, 61, False),
        ({"max_age": 0}, 1, False),
        ({"prompt": ("login",)}, 1, False),
        ({"prompt": ("login",)}, -1, True),
        ({"prompt": ("select_account",)}, 1, False),
        ({"prompt": ("login",), "max_age": 0}, -1, True),
    ],
)
def test_how_fresh_a_sign_in_must_be(demand: dict[str, object], age: int, fresh: bool) -> None:
    """Seconds before the request; -1 is a second after it."""
    assert rules.fresh(asked(**demand), NOW - timedelta(seconds=age), asked_at=NOW) is fresh


@pytest.mark.parametrize(
    "uri", ["https://rp.example/back", "https://rp.example:8443/a?b=c", "http://127.0.0.1:5000/x", "http://localhost/"]
)
def test_addresses_that_may_be_registered(uri: str) -> None:
    assert rules.redirect_uri_fault(uri) == ""
