"""Whether what a declaration says of digital ID, of other people's consent and of registers makes sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sala.engine.catalogue import functions
from sala.engine.catalogue.declaration import Consent, Declaration, Field, Route
from sala.engine.catalogue.problems import Finding, Path, meant, one_of
from sala.kit.text import Text

TOLD_TYPES = {
    "pid": {"thai_pid", "text"},
    "title": {"text", "thai_name"},
    "given_name": {"text", "thai_name"},
    "middle_name": {"text", "thai_name"},
    "family_name": {"text", "thai_name"},
    "birth_date": {"date"},
    "nationality": {"country"},
    "house": {"house"},
}
"""What the register tells of a person, and the types of field that can hold it."""
PLACES = {"thai_address", "house", "province"}


def findings(declaration: Declaration) -> Iterator[Finding]:
    """Everything that does not make sense, but the rules (see rule_findings)."""
    yield from _sign_in(declaration)
    for at, page in enumerate(declaration.form):
        told = [field.prefill.startswith("person.") for field in page.fields]
        if any(told):
            yield from _told_page(declaration, at, whole=all(told))
        for field_at, field in enumerate(page.fields):
            path: Path = ("form", at, "fields", field_at)
            yield from _told(field, path)
            yield from _offers(field, path)
            if field.now:
                yield from _known(field.now, (*path, "now"))
    yield from _consents(declaration)
    yield from _deed(declaration)
    for at, route in enumerate(declaration.also_at):
        yield from _also(declaration, route, ("also_at", at, "by"))


def _sign_in(declaration: Declaration) -> Iterator[Finding]:
    by_id = declaration.sign_in == "thaid"
    if declaration.level and not by_id:
        message = Text(th="level ใช้เฉพาะเมื่อลงชื่อเข้าใช้ด้วยดิจิทัลไอดี", en="A level is that of a digital ID.")
        yield Finding(("level",), message, Text(th="เขียน sign_in: thaid", en="Write sign_in: thaid."), of_key=True)
    for key in ("window", "appointment"):
        if by_id and getattr(declaration, key):
            message = Text(
                th="คำขอที่ส่งด้วยการยืนยันตัวตนส่งภายหลังโดยอัตโนมัติหรือพร้อมการนัดไม่ได้",
                en="What is sent by a proof of identity is sent by its person, at once.",
            )
            yield Finding((key,), message, Text(th=f"ลบ {key}", en=f"Delete {key}."), of_key=True)


def _told_page(declaration: Declaration, at: int, *, whole: bool) -> Iterator[Finding]:
    page, path = declaration.form[at], ("form", at, "page")
    if not whole:
        message = Text(th="หน้านี้ปนข้อมูลจากทะเบียนกับคำถาม", en="This page mixes what the register tells with questions.")
        yield Finding(path, message, Text(th="แยกเป็นสองหน้า", en="Make two pages of it."))
    if page.group or page.when:
        message = Text(th="หน้าจากทะเบียนต้องไม่มี group และ when", en="What the register tells is for all.")
        yield Finding(path, message, Text(th="ลบ group และ when", en="Delete group and when."))
    if declaration.sign_in != "thaid":
        message = Text(th="ทะเบียนตอบได้เฉพาะผู้ที่ยืนยันตัวตน", en="The register tells only of who shows their digital ID.")
        yield Finding(path, message, Text(th="เขียน sign_in: thaid", en="Write sign_in: thaid."))


def _told(field: Field, path: Path) -> Iterator[Finding]:
    source, _, name = field.prefill.partition(".")
    if source == "person" and field.type not in TOLD_TYPES[name]:
        message = Text(
            th=f"{field.prefill} เติมในช่องชนิด {field.type} ไม่ได้",
            en=f"{field.prefill} does not fit a field of type {field.type}.",
        )
        yield Finding((*path, "prefill"), message, one_of(sorted(TOLD_TYPES[name])))


def _offers(field: Field, path: Path) -> Iterator[Finding]:
    if field.type != "people":
        if field.offers:
            message = Text(th=f"ช่องชนิด {field.type} ไม่มี offers", en=f"A field of type {field.type} has no offers.")
            yield Finding((*path, "offers"), message, Text(th="ใช้ type: people", en="Use type: people."))
    elif field.offers is None:
        message = Text(th="ไม่รู้ว่าเลือกใครได้บ้าง", en="Nothing says who may be chosen.")
        yield Finding(path, message, Text(th="เพิ่ม offers", en="Add offers, a registered function."))
    else:
        yield from _known(field.offers, (*path, "offers"))


def _known(name: str, path: Path) -> Iterator[Finding]:
    known = functions.names()
    if name not in known:
        message = Text(th=f"ไม่มีฟังก์ชัน “{name}”", en=f"No agency has registered “{name}”.")
        otherwise = one_of(known) if known else Text(th="แจ้งผู้ดูแลระบบ", en="Ask those who run the system.")
        yield Finding(path, message, meant(name, known, otherwise=otherwise))


def _consents(declaration: Declaration) -> Iterator[Finding]:
    keys = [consent.key for consent in declaration.consents]
    fields = _fields(declaration)
    for at, consent in enumerate(declaration.consents):
        if consent.key in keys[:at]:
            message = Text(th=f"“{consent.key}” ซ้ำ", en=f"“{consent.key}” is there twice.")
            yield Finding(("consents", at, "key"), message, Text(th="ตั้งชื่ออื่น", en="Choose another name."))
        yield from _known(consent.who, ("consents", at, "who"))
        for index, path in enumerate(consent.shows):
            if path not in fields:
                yield _no_field(path, fields, ("consents", at, "shows", index))
        yield from _labels(consent, ("consents", at, "labels"))


def _labels(consent: Consent, where: Path) -> Iterator[Finding]:
    for path in consent.labels:
        if path not in consent.shows:
            message = Text(th=f"ไม่มี “{path}” ใน shows", en=f"“{path}” is not among what they are shown.")
            yield Finding((*where, path), message, meant(path, consent.shows, otherwise=_SHOW_IT))


_SHOW_IT = Text(th="เพิ่มไว้ใน shows", en="Add it to shows.")


def _deed(declaration: Declaration) -> Iterator[Finding]:
    if declaration.deed is None:
        return
    yield from _known(declaration.deed.run, ("deed", "run"))
    if "approved" not in declaration.decisions:
        message = Text(th="ไม่มีการอนุมัติที่จะทำให้เกิดผลนี้", en="No approval would do this.")
        cure = Text(th="เพิ่ม approved ใน decisions", en="Add approved to decisions.")
        yield Finding(("deed",), message, cure, of_key=True)


def _also(declaration: Declaration, route: Route, path: Path) -> Iterator[Finding]:
    fields = _fields(declaration)
    if route.by and route.by not in fields:
        yield _no_field(route.by, fields, path)
    elif route.by and fields[route.by].type not in PLACES:
        message = Text(th=f"“{route.by}” ไม่บอกพื้นที่", en=f"“{route.by}” does not tell a place.")
        yield Finding(path, message, one_of(sorted(PLACES)))


def _fields(declaration: Declaration) -> dict[str, Field]:
    """Those that a case answers once."""
    listed = {group.group for group in declaration.groups if not group.split}
    pages = [page for page in declaration.form if page.group not in listed]
    return {f"{page.page}.{field.key}": field for page in pages for field in page.fields}


def _no_field(path: str, known: Iterable[str], where: Path) -> Finding:
    message = Text(th=f"ไม่มีช่อง “{path}”", en=f"There is no field “{path}” for this.")
    return Finding(where, message, meant(path, known, otherwise=Text(th="เขียนเป็น หน้า.ช่อง", en="Write page.field.")))
