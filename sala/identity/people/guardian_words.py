"""What the register says about guardians."""

from __future__ import annotations

from sala.kit.text import Text

GROUNDS = {
    "parent": Text(
        th="บิดามารดาผู้ใช้อำนาจปกครอง (ป.พ.พ. มาตรา 1566)", en="Parent (Civil and Commercial Code, section 1566)"
    ),
    "guardian": Text(
        th="ผู้ปกครองตามคำสั่งศาล (ป.พ.พ. มาตรา 1585)", en="Guardian of a child, by order of a court (section 1585)"
    ),
    "curator": Text(
        th="ผู้อนุบาลตามคำสั่งศาล (ป.พ.พ. มาตรา 28)", en="Guardian of an adult, by order of a court (section 28)"
    ),
}
ONESELF = Text(th="บุคคลเป็นผู้ปกครองของตนเองไม่ได้", en="Nobody is their own guardian")
GUARDIAN_DEAD = Text(
    th="ทะเบียนระบุว่าผู้นี้เสียชีวิตแล้ว ตรวจเลขอีกครั้ง", en="The register has this person as dead. Check the number"
)
WARD_DEAD = Text(
    th="ผู้อยู่ในความดูแลเสียชีวิตแล้วตามทะเบียน จึงบันทึกไม่ได้",
    en="The register has the person in care as dead, so nobody can act for them",
)
GROUND = Text(th="เลือกเหตุที่มีอำนาจดูแล", en="Choose on what ground they act")
DOCUMENT = Text(th="ระบุสูติบัตรหรือคำสั่งศาลที่ใช้อ้างอิง", en="Name the birth certificate or the court’s order")
SINCE = Text(th="กรอกวันที่เริ่ม เช่น 13 4 2569", en="Enter the day since when, such as 13 4 2026")
SINCE_FUTURE = Text(th="วันที่เริ่มยังไม่ถึง บันทึกได้เมื่อถึงวันนั้น", en="This day is still to come. Record it then")
BEFORE_BIRTH = Text(th="วันที่เริ่มอยู่ก่อนวันเกิดของผู้อยู่ในความดูแล", en="This day is before the person in care was born")
UNTIL_EARLY = Text(
    th="วันสุดท้ายผ่านไปแล้ว หรืออยู่ก่อนวันเริ่ม ตรวจวันอีกครั้ง",
    en="The last day has passed, or is before the first. Check the days",
)
CURATOR_OF_MINOR = Text(
    th="ผู้นี้ยังไม่บรรลุนิติภาวะ เลือกบิดามารดาหรือผู้ปกครองแทน", en="This person is a minor: choose parent or guardian of a minor"
)
OF_AGE = Text(
    th="ผู้นี้บรรลุนิติภาวะแล้ว มีได้เพียงผู้อนุบาลตามคำสั่งศาล",
    en="This person is of age: only a guardian of an adult, by order of a court, can act for them",
)
GUARDIAN_YOUNG = Text(
    th="ผู้ปกครองหรือผู้อนุบาลต้องบรรลุนิติภาวะแล้ว (มาตรา 1587)",
    en="A court’s guardian must be of age (section 1587)",
)
NOT_THE_PARENT = Text(
    th="ทะเบียนระบุบิดามารดาเป็นผู้อื่น หากเป็นการรับบุตรบุญธรรมหรือรับรองบุตร ให้ทำเครื่องหมาย มิฉะนั้นแก้ไขรายการก่อน",
    en="The entry names other parents. Tick this if it is an adoption or a recognition; else correct the entry first",
)
ACTS_ALREADY = Text(
    th="ผู้นี้เป็นผู้ดูแลอยู่แล้ว หากข้อมูลเปลี่ยน ให้สิ้นสุดรายการเดิมก่อน",
    en="This person acts for them already. If something is different, end that first",
)
PARENT_ACTS = Text(
    th="มีบิดามารดาใช้อำนาจปกครองอยู่ ให้สิ้นสุดรายการนั้นก่อน แล้วจึงบันทึกผู้ปกครองตามคำสั่งศาล",
    en="A parent acts for them. End that first, then record the guardian by order of a court",
)
GUARDIAN_ACTS = Text(
    th="มีผู้ปกครองตามคำสั่งศาลอยู่ ให้สิ้นสุดรายการนั้นก่อน แล้วจึงบันทึกบิดามารดา",
    en="A guardian by order of a court acts for them. End that first, then record the parent",
)
END_REASON = Text(th="ระบุเหตุที่สิ้นสุด", en="Say why it ends")
OWN = Text(
    th="ท่านบันทึกเรื่องของตนเองไม่ได้ ขอให้เจ้าหน้าที่ผู้อื่นทำแทน",
    en="You cannot record what concerns yourself. Ask another officer",
)
RAN_OUT = Text(th="ครบกำหนด", en="It ran out")
