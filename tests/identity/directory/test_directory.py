"""Areas, offices and appointments."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sala.identity.accounts.actor import Actor, Seat, system
from sala.identity.directory import queries, services
from sala.identity.directory.models import Agency, Area, Jurisdiction, Post
from sala.identity.directory.rules import thai_order
from sala.identity.directory.services import OfficeSpec
from sala.kit import clock
from sala.kit.errors import Forbidden, Invalid, NotFound
from sala.kit.text import Text

SYSTEM = system("test")
CHIANG_MAI, SAMUT_SAKHON, BANGKOK = 50, 74, 10


def test_thai_names_sort_as_in_a_dictionary() -> None:
    names = ["ฮอด", "เชียงใหม่", "แพร่", "กรุงเทพมหานคร", "ไชยา", "ชลบุรี", "พะเยา", "เลย"]
    assert sorted(names, key=thai_order) == [
        "กรุงเทพมหานคร", "ชลบุรี", "เชียงใหม่", "ไชยา", "พะเยา", "แพร่", "เลย", "ฮอด",
    ]  # fmt: skip


def test_all_areas_are_loaded_once(offices: dict[int, int]) -> None:
    assert Area.objects.filter(level="province").count() == 77
    assert Area.objects.filter(level="district").count() == 928
    assert Area.objects.filter(level="subdistrict").count() == 7436
    assert services.load_areas() == 0


def test_an_area_that_was_altered_is_mended(offices: dict[int, int]) -> None:
    Area.objects.filter(code=740101).update(name_en="Elsewhere", postcode=None)
    assert services.load_areas() == 1
    place = queries.area(740101)
    assert (place.name.en, place.postcode) == ("Mahachai", 74000)


def test_the_cascade_leads_from_province_to_subdistrict(offices: dict[int, int]) -> None:
    assert [p.name.en for p in queries.districts(SAMUT_SAKHON, "en")] == [
        "Ban Phaeo", "Krathum Baen", "Mueang Samut Sakhon",
    ]  # fmt: skip
    assert "Om Noi" in [p.name.en for p in queries.subdistricts(7402, "en")]
    assert [p.name.th for p in queries.area_path(740202)] == ["สมุทรสาคร", "กระทุ่มแบน", "อ้อมน้อย"]


def test_provinces_stand_in_the_alphabet_of_the_reader(offices: dict[int, int]) -> None:
    assert queries.provinces("en")[0].name.en == "Amnat Charoen"
    assert queries.provinces("th")[0].name.th == "กระบี่"
    assert queries.provinces("th")[-1].name.th == "อุบลราชธานี"


def test_an_unknown_code_is_not_found_and_has_nothing_below_it(offices: dict[int, int]) -> None:
    with pytest.raises(NotFound):
        queries.area(99)
    assert queries.districts(99) == []


@pytest.mark.requirement("R-001.27")
def test_every_province_has_one_immigration_office(offices: dict[int, int]) -> None:
    assert len(offices) == 77
    assert len(set(offices.values())) == 77
    assert queries.office(offices[SAMUT_SAKHON]).name.th == "ตรวจคนเข้าเมืองจังหวัดสมุทรสาคร"
    assert queries.office(offices[BANGKOK]).slug == "immigration-bangkok"


def test_an_area_never_has_two_offices_of_a_kind(offices: dict[int, int]) -> None:
    takes_over = OfficeSpec(
        slug="north", agency="immigration-bureau", kind="immigration-office",
        name=Text(th="ภาคเหนือ", en="North"), areas=(CHIANG_MAI,),
    )  # fmt: skip
    services.save_offices([takes_over])
    assert queries.office_for("immigration-office", CHIANG_MAI) == queries.office_by_slug("north").id
    assert Jurisdiction.objects.filter(kind="immigration-office", area=CHIANG_MAI).count() == 1


def test_a_post_in_the_whole_agency_covers_all_its_offices(offices: dict[int, int]) -> None:
    assert queries.offices_of_agency("immigration-bureau") == frozenset(offices.values())
    assert queries.offices_of_agency("nobody") == frozenset()


def test_a_province_without_an_office_of_the_kind_has_none(offices: dict[int, int]) -> None:
    assert queries.office_for("labour-office", BANGKOK) is None


def test_an_appointment_is_made_once_and_can_be_ended(offices: dict[int, int], account_id: object) -> None:
    office = offices[SAMUT_SAKHON]
    given = {"account": account_id, "agency": "immigration-bureau", "office": office, "role": "officer", "by": SYSTEM}
    post = services.appoint(**given)
    assert services.appoint(**given) == post
    assert [c.role for c in queries.colleagues(office)] == ["officer"]
    services.end_post(post=post, by=SYSTEM)
    services.end_post(post=post, by=SYSTEM)
    assert queries.colleagues(office) == []
    assert Post.objects.get().until == clock.today() - timedelta(days=1)


def test_an_appointment_that_cannot_be_is_refused_in_words(offices: dict[int, int], account_id: object) -> None:
    Agency.objects.create(slug="other", name_th="อื่น", name_en="Other")
    queries.clear()
    with pytest.raises(Invalid) as raised:
        services.appoint(
            account=account_id, agency="other", office=offices[BANGKOK], role="king",
            since=date(2026, 2, 1), until=date(2026, 1, 1), by=SYSTEM,
        )  # fmt: skip
    assert [fault.field for fault in raised.value.faults] == ["role", "office", "until"]


def test_only_an_administrator_of_the_agency_appoints(offices: dict[int, int], account_id: object) -> None:
    given = {"account": account_id, "agency": "immigration-bureau", "role": "auditor"}
    stranger = Actor(kind="account", id="x", seats=(Seat("immigration-bureau", None, "manager"),))
    with pytest.raises(Forbidden):
        services.appoint(**given, by=stranger)
    administrator = Actor(kind="account", id="y", seats=(Seat("immigration-bureau", None, "administrator"),))
    assert services.appoint(**given, by=administrator)
