"""What is wrong with a declaration is said with its line, in words, with the cure, all at once."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.catalogue import checking, functions
from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.schema import declaration_schema
from sala.kit.errors import Invalid
from tests.engine.catalogue.samples import ADVICE, TM47, declaration, field, page, text

WHOLE = ADVICE.read_text()


def told(yaml: str) -> list[tuple[int, str]]:
    """Line and English words of every problem; each is checked to speak both languages."""
    problems = checking.check_text(yaml)
    for problem in problems:
        for words in (problem.message, problem.cure):
            assert words.en.strip()
            assert any("ก" <= letter <= "๛" for letter in words.th), words
        assert problem.line >= 1
        assert problem.column >= 1
    return [(problem.line, problem.whole.en) for problem in problems]


def line_of(yaml: str, part: str) -> int:
    return yaml[: yaml.index(part)].count("\n") + 1


def one(old: str, new: str, *, at: str | None = None) -> str:
    """Change the advice service; its only problem's words, after seeing that it is on the line of `at`."""
    assert old in WHOLE, old
    changed = WHOLE.replace(old, new, 1)
    (problem,) = told(changed)
    assert problem[0] == line_of(changed, at or new), problem
    return problem[1]


@pytest.mark.parametrize("file", [ADVICE, TM47], ids=["advice", "tm47"])
def test_real_services_have_no_problem(file: object) -> None:
    assert checking.check_text(file.read_text()) == []  # type: ignore[attr-defined]


class TestShape:
    def test_unknown_key(self) -> None:
        assert "Did you mean “sign_in”?" in one("sign_in: none", "signin: none")

    def test_key_that_resembles_nothing_lists_the_keys(self) -> None:
        assert "service, agency, reference" in one("survey: satisfaction", "zzz: 1")

    def test_missing_key(self) -> None:
        words = one("        label: {th: อีเมล, en: E-mail}\n", "", at="- key: email")
        assert words == "A field needs “label”. Add label: {th: …, en: …}"

    def test_wrong_type(self) -> None:
        assert one("sign_in: none", "pilot: maybe") == "This must be true or false, not “maybe”. Write true or false."

    def test_text_in_one_language(self) -> None:
        assert "Add en" in one("label: {th: ชื่อ, en: Your name}", "label: {th: ชื่อ}")
        assert "both languages" in one("label: {th: ชื่อ, en: Your name}", "label: Name")
        assert "Thai text is empty" in one("label: {th: ชื่อ, en: Your name}", "label: {th: ' ', en: Your name}")

    def test_text_with_a_bare_comma(self) -> None:
        assert "needs quotes" in one("en: Your name}", "en: Your name, please}")

    def test_no_is_a_word(self) -> None:
        assert told(WHOLE.replace("en: Something else", "en: No")) == []

    def test_unknown_type(self) -> None:
        assert "Did you mean “long_text”?" in one("type: long_text", "type: longtext")

    def test_pattern(self) -> None:
        assert "such as 30h or 3d" in one("within: 7d", "within: 7 days")
        assert "2 to 8 capitals" in one("reference: ADV", "reference: advice")

    def test_out_of_range(self) -> None:
        assert "≥ 1, ≤ 10000" in one("max_length: 80", "max_length: 20000")

    def test_list_expected(self) -> None:
        assert "must be a list" in one("applicant: [you.name]", "applicant: you.name")

    def test_empty_list(self) -> None:
        assert one("applicant: [you.name]", "applicant: []") == "This list is empty. Give at least 1."

    def test_number_for_text(self) -> None:
        assert "Put it in quotes" in one("value: visa,", "value: 10,")

    def test_written_twice(self) -> None:
        assert "first on line 3" in one("audience: anyone", "agency: x", at="agency: x")

    def test_all_at_once(self) -> None:
        yaml = (
            WHOLE.replace("sign_in: none", "signin: none")
            .replace("within: 7d", "within: 7")
            .replace("en: E-mail", "en: 5")
        )
        assert len(told(yaml)) == 3

    @pytest.mark.parametrize(
        ("yaml", "words"),
        [
            ("a: [1", "cannot be read as YAML"),
            ("a: b: c", "cannot be read as YAML"),
            ("a:\n\t- b", "cannot be read as YAML"),
            ("a: \x07", "control character"),
            ("a: &x 1\nb: *x", "not used here"),
            ("a: !!python/object:os.system x", "not used here"),
            ("a: 1\n---\nb: 2", "cannot be read as YAML"),
            ("[" * 2000, "nested too deeply"),
            ("a: " + "[" * 40 + "]" * 40, "nested too deeply"),
            ("", "not “null”"),
            ("just words", "not “just words”"),
            ("- a\n- b", "not “[…]”"),
            ("x" * 500_000, "too long"),
        ],
    )
    def test_what_is_no_declaration(self, yaml: str, words: str) -> None:
        (problem,) = told(yaml)
        assert words in problem[1]

    def test_a_file_saved_in_thai_windows_encoding(self) -> None:
        (problem,) = checking.check_text(WHOLE.encode("cp874"))
        assert (problem.line, problem.cure.en) == (
            line_of(WHOLE, "ขอคำแนะนำ"),
            "Save it again with the encoding UTF-8.",
        )
        assert checking.check_text(b"\xef\xbb\xbf" + WHOLE.encode()) == []


class TestReferences:
    def test_unknown_field(self) -> None:
        assert "Did you mean “you.email”?" in one("contact: you.email", "contact: you.emial")
        assert "no field “question.txt”" in one("fields: [question.text]", "fields: [question.txt]")

    def test_contact_must_be_an_address(self) -> None:
        assert "not an e-mail field" in one("contact: you.email", "contact: you.name")

    def test_route_must_tell_a_province(self) -> None:
        assert "does not tell a province" in one("by: you.province", "by: you.name")

    def test_route_must_always_be_answered(self) -> None:
        changed = WHOLE.replace("type: province\n", "type: province\n        required: false\n")
        ((_, words),) = told(changed)
        assert "may go unanswered" in words

    def test_names_twice(self) -> None:
        assert "“topic” is there twice" in one("key: subject", "key: topic", at="key: topic\n        type: text")
        pages = [page("a", field("x", "text")), page("a", field("x", "text"))]
        assert [problem.path for problem in checking.check(declaration(*pages))] == ["form[a].page"]
        assert "“visa” is there twice" in one("value: report", "value: visa", at="value: visa, label: {th: การ")

    def test_reserved_name(self) -> None:
        changed = WHOLE.replace("page: you", "page: today")
        assert "a word that rules use" in told(changed)[0][1]

    def test_choices(self) -> None:
        assert "at least two choices" in one("type: text\n        max_length: 100", "type: choice", at="key: name")
        changed = WHOLE.replace("type: choice", "type: text")
        assert "has no choices" in told(changed)[0][1]

    @pytest.mark.parametrize("extra", ["minimum: 1", "past: true", "decimals: 2", "accept: [pdf]"])
    def test_what_means_nothing_for_the_type(self, extra: str) -> None:
        assert "means nothing for a field of type email" in one(
            "type: email", f"type: email\n        {extra}", at=extra
        )

    def test_prefill(self) -> None:
        assert "does not fit" in one("type: email", "type: email\n        prefill: profile.phone", at="prefill")

    def test_prefill_from_earlier_cases_needs_a_subject(self) -> None:
        changed = WHOLE.replace("type: province\n", "type: province\n        prefill: filed\n")
        assert "Add subject" in told(changed)[0][1]
        assert "does not fit" in told(changed)[1][1]

    def test_the_rule_of_a_notice(self) -> None:
        notice = "notice: {when: value == you.nothing, text: {th: ก, en: x}}"
        assert "you.nothing" in one("type: email", f"type: email\n        {notice}", at="notice")

    def test_function(self) -> None:
        extra = "reminders: {next_due: no.where:at_all, days: [-1d], subject: {th: ก, en: x}}\nsurvey: satisfaction"
        assert "No agency has registered “no.where:at_all”" in one("survey: satisfaction", extra, at="reminders")

    def test_reminders_come_before(self) -> None:
        extra = "reminders: {next_due: immigration.tm47:next_due_date, days: [1d], subject: {th: ก, en: x}}"
        assert "Write -1d" in one("survey: satisfaction", extra)

    def test_warning_before_the_end(self) -> None:
        assert "Give less than 7d" in one("warn: 5d", "warn: 7d")

    def test_refusal_needs_reasons(self) -> None:
        assert "no reasons are published" in one("decisions: [completed", "decisions: [refused", at="decisions")

    def test_approval_must_be_possible(self) -> None:
        assert "Add approved to decisions" in one("survey: satisfaction", "approve_when: 'true'")

    def test_marks(self) -> None:
        extra = "checks: [{id: c, label: {th: ก, en: x}, when: late, marks: raed}]"
        assert "Did you mean “read”?" in one("survey: satisfaction", extra)

    def test_a_consent_marks_a_step_that_is_there(self) -> None:
        who = {"key": "k", "of": text("x"), "who": functions.names()[0], "text": text("x"), "marks": "raed"}
        problems = checking.check(declaration(consents=[who], sop=[{"id": "read", "text": text("x")}]))
        assert ["Did you mean “read”?" in problem.whole.en for problem in problems] == [True]

    def test_what_the_register_says_now_is_a_function(self) -> None:
        problems = checking.check(declaration(page("a", field("x", "text", now="no.such:thing"))))
        assert ["No agency has registered “no.such:thing”" in problem.whole.en for problem in problems] == [True]

    def test_a_window_needs_its_notice(self) -> None:
        extra = "window: {around: immigration.tm47:due_date, opens: -15d}"
        assert "needs “late_notice”" in one("survey: satisfaction", extra)

    def test_window_that_closes_before_it_opens(self) -> None:
        extra = "window: {around: immigration.tm47:due_date, opens: 5d, late_notice: {th: ก, en: x}}"
        assert "closes before it opens" in one("survey: satisfaction", extra)


class TestGroups:
    GROUP = {"group": "people", "title": text("x"), "item": text("x"), "summary": ["a.x"]}

    def told(self, *pages: dict[str, object], **more: object) -> list[str]:
        return [problem.whole.en for problem in checking.check(declaration(*pages, **more))]

    def test_pages_must_follow_each_other(self) -> None:
        pages = [
            page("a", field("x", "text"), group="people"),
            page("b", field("x", "text")),
            page("c", field("x", "text"), group="people"),
        ]
        assert "must follow each other" in self.told(*pages, groups=[self.GROUP])[0]

    def test_unknown_group(self) -> None:
        assert "no group “peopel”" in self.told(page("a", field("x", "text"), group="peopel"))[0]

    def test_group_without_pages(self) -> None:
        assert "has no pages" in self.told(groups=[self.GROUP])[0]

    def test_summary_from_another_page(self) -> None:
        group = {**self.GROUP, "summary": ["contact.email"]}
        pages = [page("a", field("x", "text"), group="people")]
        assert "no field “contact.email” for this" in self.told(*pages, groups=[group])[0]

    def test_what_is_asked_once_from_another_page(self) -> None:
        group = {**self.GROUP, "once": "contact.email"}
        pages = [page("a", field("x", "text"), group="people")]
        assert "no field “contact.email” for this" in self.told(*pages, groups=[group])[0]
        assert "told apart by subject" in self.told(*pages, groups=[{**self.GROUP, "once": "a.x", "split": True}])[0]

    def test_one_split_group_at_most(self) -> None:
        groups = [{**self.GROUP, "split": True}, {**self.GROUP, "group": "cars", "summary": ["b.x"], "split": True}]
        pages = [page("a", field("x", "text"), group="people"), page("b", field("x", "text"), group="cars")]
        assert "Only one group can split" in self.told(*pages, groups=groups)[0]

    def test_a_list_cannot_name_the_applicant(self) -> None:
        pages = [page("a", field("x", "text"), group="people")]
        assert "no field “a.x”" in self.told(*pages, groups=[self.GROUP], applicant=["a.x"])[0]

    def test_wrong_names_inside_a_group_are_found(self) -> None:
        pages = [page("a", field("x", "text"), group="people")]
        check = {"id": "c", "label": text("c"), "when": "people.a.y.exists(y, y == 'z')"}
        assert "There is no “people.a.y” here" in self.told(*pages, groups=[self.GROUP], checks=[check])[0]

    def test_same_name_for_page_and_group(self) -> None:
        pages = [page("people", field("x", "text"), group="people")]
        group = {**self.GROUP, "summary": ["people.x"]}
        assert "also a name under form" in self.told(*pages, groups=[group])[0]


class TestRules:
    def test_position_inside_the_expression(self) -> None:
        changed = WHOLE.replace("when: question.topic == 'other'", "when: \"you.name == 'x' && question.topc == 1\"")
        (problem,) = checking.check_text(changed)
        row = changed.splitlines()[problem.line - 1]
        # The library points at the last part of a name.
        assert row[problem.column - 1 :].startswith(".topc")
        assert "Did you mean “question.topic”?" in problem.cure.en

    def test_position_in_a_block(self) -> None:
        changed = WHOLE.replace(
            "unless: size(value) >= 10\n", "unless: |\n              size(value) > 1 &&\n              vlaue == 'x'\n"
        )
        (problem,) = checking.check_text(changed)
        assert changed.splitlines()[problem.line - 1][problem.column - 1 :] == "vlaue == 'x'"

    @pytest.mark.parametrize(
        ("expression", "words"),
        [
            ("you.province == 'x'", "a whole number and a text"),
            ("question.text != ''", "asked later"),
            ("answers.you.name == 'x'", "Begin with the page's key: you.name"),
            ("page.topic == 'x'", "Begin with the page's key"),
            ("you == 'x'", "Name it whole, such as you.name"),
            ("has(you.name)", "Write you.name.answered"),
            ("you.name == null", "Write .answered"),
            ("you.name", "yields a text"),
            ("question.topic = 'x'", "Compare with =="),
            ("you.name.matches('[')", "Check the pattern"),
            ("today > '2026-01-01'", "Compare a day with today"),
            ("today > timestamp('2026-13-01T00:00:00Z')", "cannot be worked out"),
            ("today + 90 > today", "days(90)"),
            ("(you.name == 'x'", "brackets"),
            ("late", "There is no “late” here"),
        ],
    )
    def test_in_words(self, expression: str, words: str) -> None:
        quoted = msgspec.json.encode(expression).decode()
        assert words in one("when: question.topic == 'other'", f"when: {quoted}")


def test_loading_tells_every_problem_with_its_line() -> None:
    with pytest.raises(Invalid) as caught:
        checking.load_text(WHOLE.replace("sign_in: none", "signin: none").replace("warn: 5d", "warn: 5"))
    assert [fault.message.en.split(":")[0] for fault in caught.value.faults] == ["Line 12", "Line 58"]


def test_a_declaration_made_in_python_is_checked_alike() -> None:
    problems = checking.check(declaration(contact="contact.phone"))
    assert [(problem.line, problem.path) for problem in problems] == [(0, "contact")]


LINES = WHOLE.splitlines(keepends=True)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(yaml: str) -> None:
    assert told(yaml), "nothing so short is a declaration"


@given(st.integers(0, len(LINES) - 1), st.text(max_size=40))
def test_any_line_changed_gets_an_answer(at: int, words: str) -> None:
    told("".join([*LINES[:at], words + "\n", *LINES[at + 1 :]]))


@given(st.integers(0, len(LINES) - 1))
def test_any_line_lost_gets_an_answer(at: int) -> None:
    told("".join([*LINES[:at], *LINES[at + 1 :]]))


class TestSchema:
    def test_the_published_schema_takes_the_real_services(self) -> None:
        import jsonschema_rs

        from sala.engine.catalogue import yaml_tree

        validator = jsonschema_rs.validator_for(declaration_schema())
        for file in (ADVICE, TM47):
            assert validator.is_valid(yaml_tree.read(file.read_text()).data)
        assert not validator.is_valid({"service": "x"})

    def test_its_parts_are_described(self) -> None:
        parts = declaration_schema()["$defs"]
        assert set(parts) > {"Declaration", "Page", "Field", "Leg", "Check"}
        assert all(part.get("description") for part in parts.values())


def test_round_trip_of_canonical_form() -> None:
    loaded = checking.load_text(WHOLE)
    assert msgspec.json.decode(msgspec.json.encode(loaded), type=Declaration) == loaded


class TestFunctions:
    def test_registered_once(self) -> None:
        def first() -> None: ...

        def second() -> None: ...

        functions.register("trial.tests:once", first)
        functions.register("trial.tests:once", first)
        assert functions.resolve("trial.tests:once") is first
        with pytest.raises(ValueError, match="twice"):
            functions.register("trial.tests:once", second)
        with pytest.raises(ValueError, match="is not"):
            functions.register("nonsense", first)
        with pytest.raises(LookupError):
            functions.resolve("trial.tests:never")
