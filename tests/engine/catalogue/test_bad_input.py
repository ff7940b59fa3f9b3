"""Each class of bad input, field by field: what is said, and that it tells the cure in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.fields import kind_of
from sala.kit.errors import Fault
from tests.engine.catalogue.samples import a_field

TODAY = date(2026, 11, 22)
CHOICES = [
    {"value": "hotel", "label": {"th": "โรงแรม", "en": "Hotel"}},
    {"value": "house", "label": {"th": "บ้าน", "en": "House"}},
]


def clean(type_: str, value: Any, **more: Any) -> Any:
    """As the API would judge it."""
    return kind_of(a_field(type_, **more), "stay").clean(value, TODAY)


def post(type_: str, *texts: str, **more: Any) -> Any:
    """As the page would judge what was typed, part by part."""
    kind = kind_of(a_field(type_, **more), "stay")
    return kind.parse(dict(zip(kind.names, texts, strict=True)), TODAY)


def code(outcome: Any) -> str:
    assert isinstance(outcome, Fault), outcome
    assert outcome.field.startswith("stay.answer")
    assert outcome.message.th.startswith("คำตอบ")
    assert outcome.message.en.startswith("Answer")
    assert outcome.message.th != outcome.message.en
    return outcome.code


class TestText:
    def test_kept_tidy(self) -> None:
        assert post("text", "  Baan \u00a0 Suan\t5 ") == "Baan Suan 5"
        assert post("text", "e\u0301te\u0301") == "été"
        assert post("text", "\u200bกรุงเทพ\ufeff") == "กรุงเทพ"

    def test_thai_written_in_two_ways_becomes_one(self) -> None:
        assert post("text", "น\u0e4d\u0e49\u0e32") == "น้ำ"
        assert post("text", "เเม่") == "แม่"

    def test_empty_is_no_answer(self) -> None:
        assert post("text", "") is None
        assert post("text", " \u200b\u00a0\u2060 ") is None
        assert clean("text", "   ") is None

    def test_too_long(self) -> None:
        assert post("text", "x" * 200) == "x" * 200
        assert code(post("text", "x" * 201)) == "too_long"
        assert "5" in post("text", "x" * 6, max_length=5).message.en
        assert code(post("text", "x" * 2_000_000)) == "too_long"

    def test_characters_are_counted_not_bytes(self) -> None:
        assert post("text", "ก" * 200) == "ก" * 200

    @pytest.mark.parametrize(
        "unseen", ["\u200b", "\u200d", "\u202e", "\x00", "\x07", "\ud800", "\ue000", "\u2028\u2066"]
    )
    def test_unseen_inside(self, unseen: str) -> None:
        outcome = post("text", f"Som{unseen}chai")
        assert code(outcome) == "invisible"
        assert "“Som" in outcome.message.en

    @pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}, ["x"]])
    def test_wrong_type(self, value: Any) -> None:
        for type_ in (
            "text",
            "long_text",
            "latin_name",
            "thai_name",
            "passport",
            "thai_pid",
            "phone",
            "email",
            "country",
        ):
            assert code(clean(type_, value)) == "type"

    def test_lines_are_kept_where_there_are_lines(self) -> None:
        assert post("long_text", "a\r\nb\n\n\n\nc  d \n") == "a\nb\n\nc d"
        assert post("text", "a\r\nb") == "a b"

    def test_thai_break_hints_are_dropped_from_long_text(self) -> None:
        assert post("long_text", "สวัสดี\u200bครับ") == "สวัสดีครับ"
        assert code(post("long_text", "a\x08b")) == "invisible"


class TestNames:
    @pytest.mark.parametrize(
        "name", ["Ann", "Élodie", "O'Neil", "Jean-Luc", "Dr. Şahin", "Nguyễn Văn A", "Łukasz", "Ñ"]
    )
    def test_latin(self, name: str) -> None:
        assert post("latin_name", name) == name

    def test_apostrophes_and_hyphens_of_phones(self) -> None:
        assert post("latin_name", "O’Neil–Smith") == "O'Neil-Smith"

    @pytest.mark.parametrize("name", ["สมชาย", "Аня", "李", "Ann3", "Ann@x", "'Ann", "-", "Αλέξης", "Ａnn", "Ann😀"])
    def test_other_script_is_no_latin_name(self, name: str) -> None:
        assert code(post("latin_name", name)) == "script"

    def test_thai_typed_for_latin_is_told_so(self) -> None:
        assert "Latin letters" in post("latin_name", "สมชาย").message.en
        assert "อังกฤษ" in post("latin_name", "สมชาย").message.th

    @pytest.mark.parametrize("name", ["สมชาย", "ณัฐ", "น้ำผึ้ง", "เพ็ญศรี", "ศ. สมศักดิ์", "ทองดี-ใจงาม"])
    def test_thai(self, name: str) -> None:
        assert post("thai_name", name) == name

    @pytest.mark.parametrize("name", ["Somchai", "สมชาย1", "สมชาย๑", "สมA", "่สม", "฿"])
    def test_other_script_is_no_thai_name(self, name: str) -> None:
        assert code(post("thai_name", name)) == "script"

    def test_zero_width_in_a_name(self) -> None:
        assert code(post("latin_name", "Ann\u200b Lee")) == "invisible"


class TestDates:
    @pytest.mark.parametrize(
        "typed",
        [
            ("27", "12", "2026"),
            ("27", "12", "2569"),
            ("๒๗", "๑๒", "๒๕๖๙"),
            (" 27 ", "ธ.ค.", "2569"),
            ("27", "ธันวาคม", "2026"),
            ("27", "ธค", "2569"),
            ("27", "ธ. ค.", "2569"),
            ("27", "Dec", "2569"),
            ("27", "DECEMBER", "2026"),
        ],
    )
    def test_one_day_in_either_era(self, typed: tuple[str, str, str]) -> None:
        assert post("date", *typed) == "2026-12-27"

    def test_the_api_takes_iso_and_buddhist_years_too(self) -> None:
        assert clean("date", "2026-12-27") == clean("date", "2569-12-27") == "2026-12-27"

    def test_leap_day_is_judged_in_its_gregorian_year(self) -> None:
        assert post("date", "29", "2", "2567") == "2024-02-29"
        assert code(post("date", "29", "2", "2568")) == "impossible"

    @pytest.mark.parametrize(
        ("day", "month", "last"), [("31", "2", "28"), ("31", "4", "30"), ("0", "1", "31"), ("32", "1", "31")]
    )
    def test_impossible_day_tells_the_last(self, day: str, month: str, last: str) -> None:
        outcome = post("date", day, month, "2569")
        assert code(outcome) == "impossible"
        assert last in outcome.message.en
        assert "2569" in outcome.message.th
        assert outcome.field == "stay.answer.day"

    def test_impossible_month(self) -> None:
        outcome = post("date", "1", "13", "2569")
        assert code(outcome) == "impossible"
        assert outcome.field == "stay.answer.month"

    @pytest.mark.parametrize("year", ["1899", "2077", "2442", "2620", "9999", "2701", "2399"])
    def test_far(self, year: str) -> None:
        assert code(post("date", "1", "1", year)) == "far"

    @pytest.mark.parametrize("year", ["1900", "2076", "2443", "2619"])
    def test_just_near_enough(self, year: str) -> None:
        assert isinstance(post("date", "1", "1", year), str)

    def test_short_year(self) -> None:
        assert code(post("date", "1", "1", "69")) == "short_year"

    @pytest.mark.parametrize(
        ("typed", "part"), [(("", "1", "2569"), "day"), (("1", "", "2569"), "month"), (("1", "1", ""), "year")]
    )
    def test_incomplete(self, typed: tuple[str, str, str], part: str) -> None:
        outcome = post("date", *typed)
        assert code(outcome) == "incomplete"
        assert outcome.field == f"stay.answer.{part}"

    def test_two_parts_missing_are_both_named(self) -> None:
        assert "day and month" in post("date", "", "", "2569").message.en
        assert "วันและเดือน" in post("date", "", "", "2569").message.th.replace(" ", "")

    @pytest.mark.parametrize("typed", ["x", "1.5", "-1", "٣", "¹", "12345678901234567890"])
    def test_not_a_number(self, typed: str) -> None:
        assert code(post("date", typed, "1", "2569")) == "not_a_number"

    @pytest.mark.parametrize(
        "value", [20261227, None, True, "27/12/2026", "2026-12-27T00:00:00Z", "tomorrow", "2026-12", ["x"]]
    )
    def test_api_wrong_shape(self, value: Any) -> None:
        assert code(clean("date", value)) == "not_a_date"

    def test_past_and_future(self) -> None:
        assert clean("date", "2026-11-22", past=True) == clean("date", "2026-11-22", future=True) == "2026-11-22"
        assert code(clean("date", "2026-11-23", past=True)) == "future"
        assert code(clean("date", "2026-11-21", future=True)) == "past"

    def test_shown_in_the_readers_era(self) -> None:
        kind = kind_of(a_field("date"), "stay")
        assert kind.display("2026-12-27", "th") == "27 ธันวาคม 2569"
        assert kind.display("2026-12-27", "en") == "27 December 2026"
        assert kind.typed("2026-12-27", "th")["answer-year"] == "2569"


class TestPapers:
    @pytest.mark.parametrize(
        "typed", ["aa1234567", "AA 123 4567", "AA-1234567", "ＡＡ", "AA๑๒๓๔๕๖๗", "\u200bAA1234567"]
    )
    def test_passport(self, typed: str) -> None:
        outcome = post("passport", typed)
        assert outcome == "AA1234567" if typed != "ＡＡ" else code(outcome) == "script"

    @pytest.mark.parametrize(
        ("typed", "wrong"),
        [("A1234", "length"), ("A123456789", "length"), ("ก1234567", "script"), ("AA12345!7", "script")],
    )
    def test_not_a_passport(self, typed: str, wrong: str) -> None:
        assert code(post("passport", typed)) == wrong

    @pytest.mark.parametrize("typed", ["1101700230708", "1-1017-00230-70-8", "๑๑๐๑๗๐๐๒๓๐๗๐๘"])
    def test_thai_pid(self, typed: str) -> None:
        assert post("thai_pid", typed) == "1101700230708"

    @pytest.mark.parametrize(
        ("typed", "wrong"),
        [("1101700230709", "check_digit"), ("110170023070", "length"), ("11017002307O8", "not_digits")],
    )
    def test_not_a_thai_pid(self, typed: str, wrong: str) -> None:
        assert code(post("thai_pid", typed)) == wrong

    def test_thai_pid_is_shown_as_on_the_card(self) -> None:
        assert kind_of(a_field("thai_pid"), "stay").display("1101700230708", "th") == "1 1017 00230 70 8"


class TestContacts:
    @pytest.mark.parametrize(
        "typed", ["0812345678", "081-234-5678", "+66 81 234 5678", "๐๘๑๒๓๔๕๖๗๘", "(081) 234 5678", "+66812345678"]
    )
    def test_thai_phone(self, typed: str) -> None:
        assert post("phone", typed) == "+66812345678"

    def test_foreign_phone(self) -> None:
        assert post("phone", "+44 7700 900123") == "+447700900123"
        assert post("phone", "02 123 4567") == "+6621234567"

    @pytest.mark.parametrize("typed", ["12345", "x", "081234567", "+999 1234567", "0812345678 / 0823456789", "+"])
    def test_not_a_phone(self, typed: str) -> None:
        assert code(post("phone", typed)) == "phone"

    def test_extension(self) -> None:
        assert code(post("phone", "02 123 4567 ext. 12")) == "extension"

    def test_the_quick_way_agrees_with_the_library(self) -> None:
        import phonenumbers

        for start in range(0, 100_000_000, 4_999_999):
            for first in "689":
                number = f"+66{first}{start:08d}"
                assert (clean("phone", number) == number) == phonenumbers.is_valid_number(phonenumbers.parse(number)), (
                    number
                )

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("Ann.Lee@Example.COM", "Ann.Lee@example.com"),
            (" a+b@x.co.th ", "a+b@x.co.th"),
            ("x@ไทย.ไทย", "x@xn--o3cw4h.xn--o3cw4h"),
            ("x_y@münchen.de", "x_y@xn--mnchen-3ya.de"),
        ],
    )
    def test_email(self, typed: str, kept: str) -> None:
        assert post("email", typed) == kept

    @pytest.mark.parametrize(
        "typed",
        ["ann", "ann@", "@x.com", "a b@x.com", "a@x", "a@@x.com", "a..b@x.com", ".a@x.com", "a@x..com", "a@-x.com",
         "คน@x.com", "a@x.com,b@y.com", "<a@x.com>", f"{'a' * 65}@x.com", f"a@{'b' * 64}.com", f"a@{'b.' * 130}com"],
    )  # fmt: skip
    def test_not_an_email(self, typed: str) -> None:
        assert code(post("email", typed)) == "email"

    def test_header_injection_is_not_an_address(self) -> None:
        assert code(post("email", "a@x.com\r\nBcc: b@y.com")) == "email"


class TestNumbers:
    @pytest.mark.parametrize(
        ("typed", "value"), [("12", 12), ("๑๒", 12), ("1,234", 1234), ("-5", -5), ("+5", 5), ("3.0", 3), ("007", 7)]
    )
    def test_whole(self, typed: str, value: int) -> None:
        assert post("number", typed) == value

    @pytest.mark.parametrize("typed", ["x", "1,23", "1e5", "0x1", "½", "1 2 x", "--1", "NaN", "inf", "1_000", "9" * 30])
    def test_not_a_number(self, typed: str) -> None:
        assert code(post("number", typed)) == "not_a_number"

    @pytest.mark.parametrize("value", ["12", None, True, float("nan"), float("inf"), [], {}])
    def test_wrong_type(self, value: Any) -> None:
        assert code(clean("number", value)) == "not_a_number"
        assert code(clean("money", value)) == "not_a_number"

    def test_decimals(self) -> None:
        assert code(post("number", "1.5")) == "decimals"
        assert post("number", "1.5", decimals=1) == 1.5
        assert code(post("number", "1.55", decimals=1)) == "decimals"
        assert post("number", "0.1", decimals=2) == 0.1

    def test_range(self) -> None:
        assert code(post("number", "11", minimum=1, maximum=10)) == "range"
        assert "between 1 and 10" in post("number", "0", minimum=1, maximum=10).message.en
        assert code(clean("number", 10**15)) == "range"

    @pytest.mark.parametrize("typed", ["1,234.50", "฿1234.5", "1,234.50 บาท", "1234.50 baht"])
    def test_money(self, typed: str) -> None:
        assert post("money", typed) == 1234.5

    def test_not_money(self) -> None:
        assert code(post("money", "1.234")) == "decimals"
        assert code(post("money", "-1")) == "range"
        assert kind_of(a_field("money"), "stay").display(1234.5, "th") == "1,234.50 บาท"


class TestChoices:
    def test_choice(self) -> None:
        assert post("choice", "hotel", choices=CHOICES) == "hotel"
        assert code(post("choice", "palace", choices=CHOICES)) == "choice"
        assert code(clean("choice", 1, choices=CHOICES)) == "type"
        assert code(clean("choice", ["hotel"], choices=CHOICES)) == "type"

    def test_yes_no(self) -> None:
        assert post("yes_no", "yes") is True
        assert post("yes_no", "no") is False
        assert post("yes_no", "") is None
        assert code(post("yes_no", "maybe")) == "required"
        for value in ("yes", 1, 0, None):
            assert code(clean("yes_no", value)) == "type"

    def test_confirm_is_ticked_or_not_answered(self) -> None:
        assert post("confirm", "yes") is True
        assert post("confirm", "") is None
        assert clean("confirm", False) is None
        assert code(clean("confirm", "true")) == "type"


def test_a_label_that_asks_gets_its_cure_as_a_sentence() -> None:
    question = Field(
        key="answer", type="yes_no", label=a_field("text").label.__class__(th="เคยมาไหม?", en="Been here?")
    )
    assert kind_of(question, "stay").missing().message.en == "Been here? Choose yes or no"


@pytest.mark.parametrize(
    "type_", ["text", "date", "passport", "file", "country", "province", "thai_address", "confirm", "choice"]
)
def test_what_is_missing_is_told(type_: str) -> None:
    assert code(kind_of(a_field(type_, choices=CHOICES if type_ == "choice" else []), "stay").missing())
