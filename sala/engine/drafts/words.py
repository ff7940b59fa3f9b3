"""What the filling in says to people outside templates, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from sala.engine.catalogue.declaration import Field, Group
from sala.kit.text import Text

CHANGED = Text(
    th="หน้านี้ถูกแก้ไขจากที่อื่นหลังจากที่ท่านเปิดไว้ ยังไม่ได้บันทึกทับ",
    en="This was changed somewhere else after you opened it. Nothing has been overwritten",
)
SENT_ALREADY = Text(
    th="เรื่องนี้ส่งไปแล้ว แก้ไขที่นี่ไม่ได้อีก ดูได้ที่หน้า “เรื่องของฉัน”",
    en="This was sent already and can no longer be changed here. Find it under “My requests”",
)
INCOMPLETE = Text(th="ยังกรอกไม่ครบ โปรดกรอกส่วนที่ขาดก่อนส่ง", en="Something is still missing. Fill it in before you send")

NO_TIME_CHOSEN = Text(th="โปรดเลือกวันและเวลานัดหมาย", en="Choose a day and a time")


def too_many_drafts(most: int) -> Text:
    return Text(
        th=f"ท่านมีเรื่องที่ยังไม่ส่ง {most} เรื่องแล้ว โปรดส่งหรือลบบางเรื่องก่อนเริ่มเรื่องใหม่",
        en=f"You have {most} unfinished requests. Send or delete one before you start another",
    )


def too_many_entries(group: Group) -> Text:
    most = group.maximum
    return Text(
        th=f"{group.title.th}: เพิ่มได้ไม่เกิน {most} รายการต่อครั้ง ที่เหลือโปรดยื่นเป็นอีกเรื่องหนึ่ง",
        en=f"{group.title.en}: {most} at most at a time. Put the others in a second request",
    )


def too_few_entries(group: Group) -> Text:
    least = group.minimum
    return Text(
        th=f"{group.title.th}: ต้องมีอย่างน้อย {least} รายการ แก้ไขรายการนี้แทนการลบได้",
        en=f"{group.title.en}: at least {least} must stay. Change this one instead",
    )


def same_person(group: Group, first: tuple[int, str], second: tuple[int, str], fields: Sequence[Field]) -> Text:
    """Two entries (number, name) are about the same one, by these fields."""

    def both(language: str, joint: str) -> str:
        item = group.item.in_(language)
        return joint.join(
            f"{item} {number} ({name})" if name else f"{item} {number}" for number, name in (first, second)
        )

    return Text(
        th=f"{both('th', ' และ ')} เป็นรายเดียวกัน ({', '.join(field.label.th for field in fields)} ตรงกัน) "
        "โปรดแก้ไขให้ถูกต้อง หรือลบออกจากรายชื่อหนึ่งรายการ",
        en=f"{both('en', ' and ')} are the same one ({', '.join(field.label.en for field in fields)}). "
        "Correct one of the two, or remove one from the list",
    )


def how_many(group: Group) -> Text:
    return Text(
        th=f"จำนวนคน: โปรดเลือก {group.minimum} ถึง {group.maximum} คน",
        en=f"How many people: choose {group.minimum} to {group.maximum}",
    )


def remove_by_name(filled: int) -> Text:
    return Text(
        th=f"จำนวนคน: ท่านกรอกข้อมูลไว้แล้ว {filled} คน หากมาน้อยลง โปรดลบชื่อผู้ที่ไม่มาในรายชื่อก่อน",
        en=f"How many people: you have filled in {filled}. If fewer come, first remove by name who does not",
    )
