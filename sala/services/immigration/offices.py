"""The Immigration Bureau's offices: one for each province of residence (R-001.27)."""

from __future__ import annotations

from sala.identity.directory import queries
from sala.identity.directory.queries import Place
from sala.identity.directory.services import OfficeSpec, save_offices
from sala.kit.text import Text

AGENCY = "immigration-bureau"
KIND = "immigration-office"
BANGKOK = 10
POSITIONS = {BANGKOK: (13.884, 100.566), 38: (18.361, 103.647)}
"""Where the middle of a district does not tell: the Government Complex in Bangkok; the town of Bueng Kan."""


def load_offices() -> None:
    """Create the offices or bring them up to date; areas and agencies must have been loaded. Repeatable."""
    save_offices(spec_of(province) for province in queries.provinces("en"))


def spec_of(province: Place) -> OfficeSpec:
    """The office responsible for a province.

    Telephone and e-mail are a demo's: nobody answers there. Its position is approximate, the middle of the
    provincial capital's district (whose code is the province's with 01); the bureau publishes no coordinates.
    """
    en = province.name.en
    place = POSITIONS.get(province.code) or queries.middle_of(province.code * 100 + 1)
    slug = "immigration-" + en.lower().replace(" ", "-")
    return OfficeSpec(
        slug=slug,
        agency=AGENCY,
        kind=KIND,
        name=_name(province),
        address=_address(province),
        phone="1178",
        email=f"{slug}@immigration.example",
        areas=(province.code,),
        province=province.code,
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
    )


def _name(province: Place) -> Text:
    if province.code == BANGKOK:
        return Text(th="กองบังคับการตรวจคนเข้าเมือง 1 (แจ้งวัฒนะ)", en="Immigration Division 1 (Chaeng Watthana, Bangkok)")
    return Text(th=f"ตรวจคนเข้าเมืองจังหวัด{province.name.th}", en=f"{province.name.en} Provincial Immigration Office")


def _address(province: Place) -> Text:
    if province.code == BANGKOK:
        return Text(
            th="ศูนย์ราชการเฉลิมพระเกียรติ 80 พรรษาฯ อาคารบี ถนนแจ้งวัฒนะ แขวงทุ่งสองห้อง เขตหลักสี่ กรุงเทพมหานคร 10210",
            en="Government Complex, Building B, Chaeng Watthana Road, Thung Song Hong, Lak Si, Bangkok 10210",
        )
    return Text(
        th=f"อำเภอเมือง{province.name.th} จังหวัด{province.name.th}",
        en=f"Mueang {province.name.en}, {province.name.en}",
    )
