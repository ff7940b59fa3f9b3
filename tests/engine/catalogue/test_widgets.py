"""What pages draw: every kind through the real components, in both languages, safe and reachable."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template import engines

from sala.engine.catalogue.fields import KINDS, Kind, kind_of
from sala.kit.errors import Fault
from tests.engine.catalogue.samples import a_field, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices")]
TODAY = date(2026, 11, 22)
NASTY = "\"><script>alert('x')</script>"
CHOICES = [{"value": f"c{at}", "label": text(f"Choice {at}"), "hint": text("Hint")} for at in range(3)]
MANY = [{"value": f"c{at}", "label": text(f"Choice {at}")} for at in range(12)]


class Page(HTMLParser):
    """The ids, labels' targets, names and tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.names: set[str] = set()
        self.described: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if name := given.get("id"):
            self.ids.append(name)
        if tag == "label":
            self.targets.append(given.get("for") or "")
        if tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self.names.add(given["name"] or "")
        self.described += (given.get("aria-describedby") or "").split()


def drawn(kind: Kind, typed: dict[str, str], faults: list[Fault], language: Any = "th") -> tuple[str, Page]:
    jinja: Any = engines.all()[0]
    template = jinja.env.from_string('{% import "web/components/forms.html" as forms %}{{ forms.field(widget) }}')
    html = template.render(widget=kind.widget(typed, faults, language))
    return html, Page(html)


def kinds() -> list[Kind]:
    """All but those that are drawn of what the civil register says (test_registered.py)."""
    more = {"choice": {"choices": CHOICES}}
    plain = [type_ for type_ in KINDS if type_ not in {"house", "people"}]
    return [kind_of(a_field(type_, **more.get(type_, {})), "stay") for type_ in plain] + [
        kind_of(a_field("choice", choices=MANY), "stay"),
        kind_of(a_field("text", required=False, hint=text("A hint")), "stay"),
    ]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.field.type)
class TestEveryKind:
    def test_each_label_has_its_input(self, kind: Kind) -> None:
        for language, label in (("th", "คำตอบ"), ("en", "Answer")):
            html, page = drawn(kind, {}, [], language)
            assert label in html
            assert len(page.ids) == len(set(page.ids))
            assert set(page.targets) <= set(page.ids)
            assert set(page.described) <= set(page.ids)

    def test_reads_the_names_it_draws(self, kind: Kind) -> None:
        typed = dict.fromkeys(kind.names, "10500")
        _, page = drawn(kind, typed, [])
        assert set(kind.names) <= page.names

    def test_a_fault_stands_beside_its_input(self, kind: Kind) -> None:
        fault = kind.missing()
        html, page = drawn(kind, {}, [fault], "en")
        assert "govuk-error-message" in html
        assert kind.anchor(fault) in page.ids

    def test_what_was_typed_cannot_break_out(self, kind: Kind) -> None:
        typed = dict.fromkeys(kind.names, NASTY)
        outcome = kind.parse(typed, TODAY)
        html, page = drawn(kind, typed, [outcome] if isinstance(outcome, Fault) else [])
        assert "script" not in page.tags
        assert NASTY not in html

    def test_an_accepted_answer_is_drawn_again(self, kind: Kind) -> None:
        sample = kind.sample()
        typed = kind.typed(sample, "th")
        html, _ = drawn(kind, typed, [])
        if kind.field.type in {"choice", "country", "province", "yes_no", "confirm"}:
            assert "checked" in html or "selected" in html
        elif kind.field.type != "file":
            assert all(f">{words}<" in html or f'value="{words}"' in html for words in typed.values()), html


def test_lists_that_open_stay_small() -> None:
    """The apply page's HTML is 40 KB at most: the longest list must leave room for the rest."""
    html, _ = drawn(kind_of(a_field("country"), "stay"), {}, [], "th")
    assert len(html.encode()) < 25_000
