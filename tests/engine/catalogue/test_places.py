"""Countries, provinces and addresses; finding a sub-district by whatever people know of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from sala.engine.catalogue import areas
from sala.engine.catalogue.fields import kind_of
from sala.kit.errors import Fault
from tests.engine.catalogue.samples import a_field

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices")]
TODAY = date(2026, 11, 22)
SI_LOM = {"line": "12/3 Silom Road", "subdistrict": 100402, "district": 1004, "province": 10, "postcode": 10500}


def address() -> Any:
    return kind_of(a_field("thai_address"), "stay")


def post(line: str = "", find: str = "", area: str = "") -> Any:
    return address().parse({"answer-line": line, "answer-find": find, "answer-area": area}, TODAY)


def found(text: str) -> list[str]:
    return [areas.title(place, "en") for place in areas.search(text)]


class TestSearch:
    @pytest.mark.parametrize(
        "text",
        ["Si Lom", "silom", "SILOM", "สีลม", "แขวงสีลม", "Silom Bangkok", "สีลม บางรัก", "สีลม กทม",
         "Si Lom, Bang Rak, BKK", "Khwaeng Silom", "Silom 10500", "สีลม ๑๐๕๐๐"],
    )  # fmt: skip
    def test_one_place_by_many_names(self, text: str) -> None:
        assert found(text)[0] == "Si Lom, Bang Rak, Bangkok 10500"

    @pytest.mark.parametrize("text", ["Patong Phuket", "ต.ป่าตอง ภูเก็ต", "Pa Tong Kathu", "ตำบลป่าตอง อำเภอกะทู้"])
    def test_spellings(self, text: str) -> None:
        assert found(text)[0] == "Patong, Kathu, Phuket 83150"

    def test_by_postcode(self) -> None:
        assert {title[-5:] for title in found("10500")} == {"10500"}
        assert len(found("10500")) == 5

    @pytest.mark.parametrize("text", ["", " ", "zzzz", "99999", "👻", "\x00", "a" * 5000, "ตำบล", "%", "'; drop table"])
    def test_nothing(self, text: str) -> None:
        assert found(text) == []

    def test_too_many_are_narrowed_from_above(self) -> None:
        assert {place.level for place in areas.offered("ban")} == {"province"}
        assert {place.level for place in areas.offered("Bangkok")} == {"district"}
        assert {place.level for place in areas.offered("Bang Rak Bangkok")} == {"subdistrict"}
        assert all(len(areas.offered(text)) <= 77 for text in ("a", "ก", "บ้าน", "Chiang", "1", "10"))

    def test_a_chosen_area_is_opened(self) -> None:
        assert {place.parent for place in areas.offered("", 10)} == {10}
        assert {place.parent for place in areas.offered("Bangkok", 1004)} == {1004}
        assert 100402 in {place.code for place in areas.offered("10500", 100402)}

    def test_what_was_typed_anew_counts_more_than_an_old_choice(self) -> None:
        assert {place.postcode for place in areas.offered("83150", 100402)} == {83150}
        assert {place.postcode for place in areas.offered("83150", 1004)} == {83150}
        assert {place.parent for place in areas.offered("Bangkok", 1004)} == {1004}

    def test_wider_levels_stand_in_the_order_of_the_language(self) -> None:
        with translation.override("th"):
            districts = [place.name.th for place in areas.offered("กรุงเทพ")]
        assert districts[:3] == ["คลองเตย", "คลองสาน", "คลองสามวา"]

    def test_titles(self) -> None:
        place = areas.find(100402)
        assert place is not None
        assert areas.title(place, "th") == "แขวงสีลม เขตบางรัก กรุงเทพมหานคร 10500"


class TestAddressOnThePage:
    def test_chosen(self) -> None:
        assert post("12/3 Silom Road", "10500", "100402") == SI_LOM
        assert post("12/3 Silom Road", "", "100402") == SI_LOM
        assert post("12/3 Silom Road", "๑๐๕๐๐", "๑๐๐๔๐๒") == SI_LOM

    def test_the_only_match_needs_no_choice(self) -> None:
        assert post("12/3 Silom Road", "Silom 10500") == SI_LOM

    @pytest.mark.parametrize(
        ("typed", "part", "code"),
        [
            (("12", "", ""), "find", "required"),
            (("", "10500", "100402"), "line", "required"),
            (("12", "10500", ""), "area", "choose"),
            (("12", "Bangkok", "1004"), "area", "choose"),
            (("12", "Bangkok", "10"), "area", "choose"),
            (("12", "zzzz", ""), "find", "not_found"),
            (("12", "83150", "100402"), "area", "choose"),  # found anew, and the old choice does not fit it
            (("12", "", "999999"), "find", "required"),
            (("1\u200b2", "10500", "100402"), "line", "invisible"),
            (("x" * 201, "10500", "100402"), "line", "too_long"),
        ],
    )
    def test_what_is_wrong(self, typed: tuple[str, str, str], part: str, code: str) -> None:
        outcome = post(*typed)
        assert isinstance(outcome, Fault), outcome
        assert (outcome.field, outcome.code) == (f"stay.answer.{part}", code)
        assert address().anchor(outcome) == f"answer-{part}"

    def test_nothing_at_all(self) -> None:
        assert post() is None
        assert address().missing().field == "stay.answer.line"

    def test_a_prefilled_page_posts_back_the_same(self) -> None:
        assert address().parse(address().typed(SI_LOM, "th"), TODAY) == SI_LOM

    def test_drawn_in_steps(self) -> None:
        def ids(**typed: str) -> list[str]:
            widget = address().widget({f"answer-{name}": text for name, text in typed.items()}, [], "th")
            return [part["params"]["id"] for part in widget["parts"]]

        assert ids() == ["answer-line", "answer-find"]
        assert ids(find="zzzz") == ["answer-line", "answer-find"]
        assert ids(find="10500") == ["answer-line", "answer-find", "answer-area"]
        options = address().widget({"answer-find": "10500"}, [], "th")["parts"][2]["params"]["items"]
        assert options[1]["text"].endswith("10500")

    def test_an_opened_district_stays_open_when_nothing_is_chosen_in_it(self) -> None:
        def options(area: str) -> list[dict[str, Any]]:
            typed = {"answer-find": "Bangkok", "answer-area": area}
            items: list[dict[str, Any]] = address().widget(typed, [], "en")["parts"][2]["params"]["items"]
            return items

        first, *rest = options("1004")
        assert (first["value"], first["selected"]) == ("1004", True)
        assert len(rest) == 5
        assert post("12", "Bangkok", first["value"]).code == "choose"
        assert options("")[0]["value"] == ""
        assert [item["value"] for item in options("100402") if item["selected"]] == ["100402"]

    def test_shown(self) -> None:
        assert address().display(SI_LOM, "en") == "12/3 Silom Road, Si Lom, Bang Rak, Bangkok 10500"
        assert address().display(SI_LOM, "th") == "12/3 Silom Road แขวงสีลม เขตบางรัก กรุงเทพมหานคร 10500"


class TestAddressByApi:
    def test_the_rest_follows_from_the_subdistrict(self) -> None:
        assert address().clean({"line": "12/3 Silom Road", "subdistrict": 100402}, TODAY) == SI_LOM
        assert address().clean(SI_LOM, TODAY) == SI_LOM

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ({"district": 1005}, "district"),
            ({"province": 11}, "province"),
            ({"postcode": 83150}, "postcode"),
            ({"postcode": "10500"}, "postcode"),
            ({"subdistrict": 1004}, "subdistrict"),
            ({"subdistrict": "100402"}, "subdistrict"),
            ({"subdistrict": True}, "subdistrict"),
            ({"subdistrict": 10**30}, "subdistrict"),
            ({"line": ""}, "line"),
            ({"line": 5}, "line"),
        ],
    )
    def test_parts_that_contradict(self, change: dict[str, Any], part: str) -> None:
        outcome = address().clean({**SI_LOM, **change}, TODAY)
        assert isinstance(outcome, Fault)
        assert outcome.field == f"stay.answer.{part}"

    @pytest.mark.parametrize("value", ["x", 1, [], {"line": "x", "subdistrict": 100402, "zip": 1}])
    def test_wrong_shape(self, value: Any) -> None:
        assert address().clean(value, TODAY).code == "type"

    def test_a_second_postcode_of_the_province_is_kept(self) -> None:
        assert address().clean({**SI_LOM, "postcode": 10501}, TODAY)["postcode"] == 10501


class TestProvince:
    def test_province(self) -> None:
        kind = kind_of(a_field("province"), "stay")
        assert kind.parse({"answer": "83"}, TODAY) == 83
        assert kind.display(83, "th") == "ภูเก็ต"
        for wrong in ("999", "x", "8399", "1004", "-1"):
            assert kind.parse({"answer": wrong}, TODAY).code == "province"
        for value in ("83", True, None, 1004, [83]):
            assert kind.clean(value, TODAY).code == "province"
        items = kind.widget({}, [], "th")["params"]["items"]
        assert len(items) == 78
        assert items[1]["text"] == "กระบี่"


class TestCountry:
    def test_country(self) -> None:
        kind = kind_of(a_field("country"), "stay")
        assert kind.parse({"answer": "gbr"}, TODAY) == "GBR"
        assert kind.display("GBR", "th") == "สหราชอาณาจักร"
        assert kind.display("GBR", "en") == "United Kingdom"
        for wrong in ("GB", "Thailand", "XXX", "ไทย"):
            assert kind.parse({"answer": wrong}, TODAY).code == "country"

    def test_every_country_has_both_names(self) -> None:
        kind = kind_of(a_field("country"), "stay")
        items = kind.widget({}, [], "th")["params"]["items"][1:]
        assert len(items) > 240
        without = [item["text"] for item in items if not any("ก" <= letter <= "๛" for letter in item["text"])]
        assert without == []
        assert items[0]["text"].startswith("ก")
