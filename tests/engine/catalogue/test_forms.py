"""Whole answers and single pages: conditions, checks, groups, and every fault at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sala.engine.catalogue.loaded import Loaded
from sala.kit.errors import Fault, Invalid
from tests.engine.catalogue.samples import EMAIL, field, loaded, page, text

TODAY = date(2026, 11, 22)
HOTEL = {
    "kind": {"choices": [{"value": "hotel", "label": text("Hotel")}, {"value": "house", "label": text("House")}]},
}


def faults_of(service: Loaded, answers: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        service.clean(answers, today=TODAY)
    return {fault.field: fault.code for fault in caught.value.faults}


def stay() -> Loaded:
    return loaded(
        page(
            "stay",
            field("kind", "choice", **HOTEL["kind"]),
            field("hotel", "text", when="stay.kind == 'hotel'"),
            field("arrived", "date"),
            field(
                "left",
                "date",
                required=False,
                checks=[{"unless": "value >= stay.arrived", "message": text("Leave after you arrive")}],
            ),
        ),
        page("pet", field("name", "text"), when="stay.kind == 'house'"),
    )


class TestWholeAnswers:
    def test_made_regular(self) -> None:
        given = {**EMAIL, "stay": {"kind": "hotel", "hotel": " Grand ", "arrived": "2569-11-01"}}
        assert stay().clean(given, today=TODAY) == {
            **EMAIL,
            "stay": {"kind": "hotel", "hotel": "Grand", "arrived": "2026-11-01"},
        }

    def test_every_fault_at_once(self) -> None:
        given = {"stay": {"kind": "hotel", "arrived": "2026-02-30", "rooms": 2}, "zoo": {}}
        assert faults_of(stay(), given) == {
            "contact.email": "required",
            "stay.hotel": "required",
            "stay.arrived.day": "impossible",
            "stay.rooms": "unknown",
            "zoo": "unknown",
        }

    def test_what_is_not_asked_is_dropped(self) -> None:
        given = {
            **EMAIL,
            "stay": {"kind": "house", "hotel": "left over", "arrived": "2026-11-01"},
            "pet": {"name": "Max"},
        }
        cleaned = stay().clean(given, today=TODAY)
        assert cleaned["stay"] == {"kind": "house", "arrived": "2026-11-01"}
        assert cleaned["pet"] == {"name": "Max"}
        given["stay"] = {"kind": "hotel", "hotel": "Grand", "arrived": "2026-11-01"}
        assert "pet" not in stay().clean(given, today=TODAY)

    def test_a_page_that_is_asked_must_be_answered(self) -> None:
        given = {**EMAIL, "stay": {"kind": "house", "arrived": "2026-11-01"}}
        assert faults_of(stay(), given) == {"pet.name": "required"}

    def test_checks_say_the_declarations_own_words(self) -> None:
        given = {**EMAIL, "stay": {"kind": "hotel", "hotel": "x", "arrived": "2026-11-02", "left": "2026-11-01"}}
        with pytest.raises(Invalid) as caught:
            stay().clean(given, today=TODAY)
        assert [(f.field, f.code, f.message.en) for f in caught.value.faults] == [
            ("stay.left", "check", "Leave after you arrive")
        ]

    def test_a_check_on_something_wrong_says_nothing_more(self) -> None:
        given = {**EMAIL, "stay": {"kind": "hotel", "hotel": "x", "arrived": "bad", "left": "2026-11-01"}}
        assert faults_of(stay(), given) == {"stay.arrived": "not_a_date"}

    def test_of_very_many_unknown_keys_some_are_told(self) -> None:
        many = {f"k{at}": 1 for at in range(10_000)}
        faults = faults_of(
            stay(), {**EMAIL, **many, "stay": {"kind": "hotel", "hotel": "x", "arrived": "2026-11-01", **many}}
        )
        assert len(faults) == 40

    @pytest.mark.parametrize("answers", [None, [], "x", 1, True])
    def test_answers_that_are_no_object(self, answers: Any) -> None:
        assert faults_of(stay(), answers) == {"": "type"}

    @pytest.mark.parametrize("values", [[], "x", 1, True])
    def test_a_page_that_is_no_object(self, values: Any) -> None:
        assert faults_of(stay(), {**EMAIL, "stay": values})["stay"] == "type"

    def test_input_is_left_as_it_was(self) -> None:
        given = {**EMAIL, "stay": {"kind": "hotel", "hotel": " Grand ", "arrived": "2026-11-01"}}
        stay().clean(given, today=TODAY)
        assert given["stay"]["hotel"] == " Grand "

    def test_cleaning_twice_changes_nothing(self) -> None:
        given = {**EMAIL, "stay": {"kind": "house", "arrived": "2026-11-01"}, "pet": {"name": "Max"}}
        once = stay().clean(given, today=TODAY)
        assert stay().clean(once, today=TODAY) == once


def family(*, split: bool) -> Loaded:
    group = {
        "group": "people",
        "title": text("People"),
        "item": text("Person"),
        "summary": ["person.name"],
        "minimum": 1,
        "maximum": 2,
        "split": split,
    }
    return loaded(
        page("person", field("name", "text"), field("born", "date"), group="people"),
        page(
            "school",
            field("name", "text"),
            group="people",
            when="age(person.born, today) < 18",
        ),
        groups=[group],
        checks=[]
        if split
        else [
            {
                "id": "many",
                "label": text("Many"),
                "when": "people.count > 1 && people.person.born.exists(day, age(day, today) < 18)",
            }
        ],
    )


CHILD = {"person": {"name": "Kim", "born": "2015-01-01"}, "school": {"name": "Suan Kulap"}}
ADULT = {"person": {"name": "Ann", "born": "1990-01-01"}}


class TestGroups:
    def test_entries_are_judged_each_for_itself(self) -> None:
        answers = {**EMAIL, "people": [ADULT, CHILD]}
        assert family(split=False).clean(answers, today=TODAY) == answers

    def test_faults_name_the_entry(self) -> None:
        answers = {**EMAIL, "people": [ADULT, {"person": {"name": "", "born": "2015-01-01"}, "zoo": {}}]}
        assert faults_of(family(split=False), answers) == {
            "people.1.person.name": "required",
            "people.1.school.name": "required",
            "people.1.zoo": "unknown",
        }

    @pytest.mark.parametrize("entries", [[], [ADULT] * 3, None, {}, "x", 5])
    def test_wrong_number_of_entries(self, entries: Any) -> None:
        assert faults_of(family(split=False), {**EMAIL, "people": entries}) == {"people": "count"}

    @pytest.mark.parametrize("entry", [None, "x", 1, []])
    def test_an_entry_that_is_no_object(self, entry: Any) -> None:
        assert "people.0.person.name" in faults_of(family(split=False), {**EMAIL, "people": [entry]})

    def test_a_split_group_is_flat_in_a_case(self) -> None:
        answers = {**EMAIL, **CHILD}
        assert family(split=True).clean(answers, today=TODAY) == answers

    def test_rules_of_a_case_see_the_entries(self) -> None:
        service = family(split=False)
        environment = {**EMAIL, "people": [ADULT, CHILD], "today": TODAY, "late": False}
        assert service.rules.check("many", environment) is True
        assert service.rules.check("many", {**environment, "people": [ADULT]}) is False


class TestOnePage:
    def test_values_and_faults_side_by_side(self) -> None:
        posted = {"kind": "house", "arrived-day": "31", "arrived-month": "2", "arrived-year": "2569"}
        values, faults = stay().clean_page("stay", posted, answers=EMAIL, today=TODAY)
        assert values == {"kind": "house"}
        assert [fault.field for fault in faults] == ["stay.arrived.day"]

    def test_a_question_that_an_answer_brings_up_is_told_apart(self) -> None:
        posted = {"kind": "hotel", "arrived-day": "1", "arrived-month": "11", "arrived-year": "2569"}
        _, faults = stay().clean_page("stay", posted, answers=EMAIL, today=TODAY)
        assert [(fault.field, fault.code) for fault in faults] == [("stay.hotel", "asked_now")]
        _, faults = stay().clean_page("stay", {**posted, "hotel": ""}, answers=EMAIL, today=TODAY)
        assert [fault.code for fault in faults] == ["required"]

    def test_drawn_as_things_stand(self) -> None:
        service = stay()
        names = [
            [widget["params"].get("name", widget["params"].get("namePrefix")) for widget in service.widgets(
                "stay", typed, answers={}, faults=[], language="th", today=TODAY
            )]
            for typed in ({}, {"kind": "hotel"})
        ]  # fmt: skip
        assert names == [["kind", "arrived", "left"], ["kind", "hotel", "arrived", "left"]]

    def test_what_was_typed_is_drawn_again_with_its_fault(self) -> None:
        service = stay()
        posted = {"kind": "hotel", "hotel": "<b>", "arrived-day": "99", "arrived-month": "x", "arrived-year": "69"}
        _, faults = service.clean_page("stay", posted, answers={}, today=TODAY)
        widgets = service.widgets("stay", posted, answers={}, faults=faults, language="en", today=TODAY)
        hotel, arrived = widgets[1]["params"], widgets[2]["params"]
        assert hotel["value"] == "<b>"
        assert [item["value"] for item in arrived["items"]] == ["99", "x", "69"]
        assert arrived["errorMessage"]["text"].startswith("Arrived: ")
        assert service.anchor(faults[0]) == arrived["items"][1]["id"]

    def test_filled_from_answers_and_read_back(self) -> None:
        service = stay()
        answers = {"stay": {"kind": "hotel", "hotel": "Grand", "arrived": "2026-11-01", "left": "2026-11-05"}}
        for language in ("th", "en"):
            typed = service.typed("stay", answers, language)  # type: ignore[arg-type]
            assert service.clean_page("stay", typed, answers={}, today=TODAY) == (answers["stay"], [])

    def test_pages_shown(self) -> None:
        service = stay()
        assert service.page_shown("pet", {"stay": {"kind": "house"}})
        assert not service.page_shown("pet", {"stay": {"kind": "hotel"}})
        assert not service.page_shown("pet", {}), "a condition on something unanswered does not hold"

    def test_rows_for_a_summary(self) -> None:
        answers = {"stay": {"kind": "house", "arrived": "2026-11-01"}}
        rows = stay().rows("stay", answers, "th", today=TODAY)
        assert [(row.path, row.text) for row in rows] == [
            ("stay.kind", "กHouse"),
            ("stay.arrived", "1 พฤศจิกายน 2569"),
            ("stay.left", ""),
        ]
        assert stay().rows("pet", {"stay": {"kind": "hotel"}}, "th", today=TODAY) == []

    def test_unknown_page(self) -> None:
        with pytest.raises(LookupError):
            stay().clean_page("zoo", {}, answers={}, today=TODAY)


PDF = b"%PDF-1.7\n" + b"x" * 300
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 300
FILE = {"id": "01938f3e-7c1a-7000-8000-000000000001", "name": "a.pdf", "size": 309, "media_type": "application/pdf"}


def papers() -> Loaded:
    return loaded(page("papers", field("copy", "file", accept=["pdf"], max_megabytes=1), field("note", "text")))


class TestFiles:
    def test_told_by_content(self) -> None:
        assert papers().inspect_file("papers.copy", "C:\\x\\a.pdf", PDF) == {
            "name": "a.pdf",
            "size": len(PDF),
            "media_type": "application/pdf",
        }

    @pytest.mark.parametrize(
        ("content", "code"),
        [(b"", "empty"), (PNG, "file_kind"), (b"MZ" + b"x" * 300, "file_kind"), (b"<html>", "file_kind"),
         (b"%PDF-1.7" + b"x" * 1_000_000, "too_large")],
    )  # fmt: skip
    def test_refused(self, content: bytes, code: str) -> None:
        outcome = papers().inspect_file("papers.copy", "a.pdf", content)
        assert isinstance(outcome, Fault)
        assert outcome.code == code
        assert outcome.message.en.startswith("Copy: ")

    @pytest.mark.parametrize(
        ("name", "kept"),
        [("../../etc/passwd.pdf", "passwd.pdf"), ("สำเนา\u202e.pdf", "สำเนา.pdf"), ("", "file.pdf"),
         ("...", "file.pdf"), ("a" * 300 + ".pdf", "a" * 110 + ".pdf"), ("\x00", "file.pdf")],
    )  # fmt: skip
    def test_names_made_safe(self, name: str, kept: str) -> None:
        outcome = papers().inspect_file("papers.copy", name, PDF)
        assert isinstance(outcome, dict)
        assert outcome["name"] == kept

    def test_a_page_keeps_what_was_uploaded(self) -> None:
        values, faults = papers().clean_page(
            "papers", {"copy": "forged", "note": "x"}, answers={"papers": {"copy": FILE}}, today=TODAY
        )
        assert (values, faults) == ({"copy": FILE, "note": "x"}, [])
        _, faults = papers().clean_page("papers", {"copy": "forged", "note": "x"}, answers={}, today=TODAY)
        assert [fault.code for fault in faults] == ["required"]

    def test_api_values(self) -> None:
        service = papers()
        answers = {**EMAIL, "papers": {"copy": FILE, "note": "x"}}
        assert service.clean(answers, today=TODAY) == answers
        assert [str(found) for found in service.file_ids(answers)] == [FILE["id"]]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"id": "x"}, "type"),
            ({"id": FILE["id"].upper() + " "}, "type"),
            ({"name": ""}, "type"),
            ({"name": "a\x00b"}, "type"),
            ({"size": -1}, "type"),
            ({"size": True}, "type"),
            ({"size": 2_000_000}, "too_large"),
            ({"media_type": "image/png"}, "file_kind"),
            ({"media_type": None}, "type"),
            ({"more": 1}, "type"),
        ],
    )
    def test_api_values_that_are_no_file(self, change: dict[str, Any], code: str) -> None:
        answers = {**EMAIL, "papers": {"copy": {**FILE, **change}, "note": "x"}}
        assert faults_of(papers(), answers) == {"papers.copy": code}


class TestNotice:
    def passport(self) -> Loaded:
        notice = {"when": "value < today", "text": {"th": "ผ่านมาแล้ว", "en": "It has passed"}}
        return loaded(page("permission", field("until", "date", notice=notice)))

    @pytest.mark.parametrize(("until", "said"), [("2026-11-21", "It has passed"), ("2026-11-22", "")])
    def test_remarks_upon_an_answer_and_stops_nobody(self, until: str, said: str) -> None:
        answers = {**EMAIL, "permission": {"until": until}}
        assert self.passport().clean(answers, today=TODAY) == answers
        [row] = self.passport().rows("permission", answers, "en", today=TODAY)
        assert row.notice == said

    def test_is_said_in_the_readers_language_and_of_nothing_not_at_all(self) -> None:
        answers = {"permission": {"until": "2026-11-21"}}
        assert self.passport().rows("permission", answers, "th", today=TODAY)[0].notice == "ผ่านมาแล้ว"
        assert self.passport().rows("permission", {}, "en", today=TODAY)[0].notice == ""
