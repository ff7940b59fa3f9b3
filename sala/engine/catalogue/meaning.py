"""Whether a well-formed declaration makes sense: its names, its references, its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from sala.engine.catalogue import act_findings, functions, visit_findings
from sala.engine.catalogue.declaration import Declaration, Field
from sala.engine.catalogue.problems import Finding, Path, meant, one_of
from sala.engine.catalogue.scopes import RESERVED
from sala.engine.catalogue.times import span
from sala.kit.text import Text

_TEXTS = {"text", "long_text", "thai_name", "latin_name"}
_PREFILLS = {
    "profile.given_name": {"text", "thai_name", "latin_name"},
    "profile.surname": {"text", "thai_name", "latin_name"},
    "profile.phone": {"phone"},
    "profile.email": {"email"},
    "filed": {"yes_no"},
    "filed_on": {"date"},
    "home": {"thai_address"},
}
_DEFAULT_FILE = (("pdf", "jpeg", "png"), 10)


def findings(declaration: Declaration) -> Iterator[Finding]:
    """Everything that does not make sense, without the rules (see rule_findings)."""
    yield from _names(declaration)
    yield from _groups(declaration)
    for page_at, page in enumerate(declaration.form):
        for field_at, field in enumerate(page.fields):
            yield from _field(field, ("form", page_at, "fields", field_at), declaration)
    yield from _references(declaration)
    yield from _functions(declaration)
    yield from _times(declaration)
    yield from visit_findings.findings(declaration)
    yield from act_findings.findings(declaration)
    yield from _decisions(declaration)


# Names


def _names(declaration: Declaration) -> Iterator[Finding]:
    yield from _unique([page.page for page in declaration.form], "form", "page")
    yield from _unique([group.group for group in declaration.groups], "groups", "group")
    for name, key in (
        ("sop", "id"),
        ("letters", "id"),
        ("checks", "id"),
        ("reasons", "code"),
        ("time", "name"),
        ("registers", "name"),
    ):
        yield from _unique([getattr(item, key) for item in getattr(declaration, name)], name, key)
    for page_at, page in enumerate(declaration.form):
        yield from _unique([field.key for field in page.fields], "form", page_at, "fields", "key")
    yield from _unique(list(declaration.decisions), "decisions", "")
    yield from _shared_names(declaration)


def _shared_names(declaration: Declaration) -> Iterator[Finding]:
    """Pages, groups and registers stand side by side in rules and answers."""
    taken: dict[str, str] = {}
    named: list[tuple[str, Path]] = [(page.page, ("form", at, "page")) for at, page in enumerate(declaration.form)]
    named += [(group.group, ("groups", at, "group")) for at, group in enumerate(declaration.groups)]
    named += [(register.name, ("registers", at, "name")) for at, register in enumerate(declaration.registers)]
    for name, path in named:
        if name in RESERVED:
            yield Finding(path, Text(th=f"“{name}” เป็นคำสงวน", en=f"“{name}” is a word that rules use."), _OTHER_NAME)
        elif taken.setdefault(name, str(path[0])) != path[0]:
            message = Text(th=f"“{name}” เป็นชื่อใน {taken[name]} แล้ว", en=f"“{name}” is also a name under {taken[name]}.")
            yield Finding(path, message, _OTHER_NAME)


_OTHER_NAME = Text(th="ตั้งชื่ออื่น", en="Choose another name.")


def _unique(names: Sequence[str], *path: str | int) -> Iterator[Finding]:
    *where, key = path
    for at, name in enumerate(names):
        if name in names[:at]:
            message = Text(th=f"“{name}” ซ้ำ", en=f"“{name}” is there twice.")
            yield Finding((*where, at, key) if key else (*where, at), message, _OTHER_NAME)


# Groups


def _groups(declaration: Declaration) -> Iterator[Finding]:
    known = [group.group for group in declaration.groups]
    for at, page in enumerate(declaration.form):
        if page.group and page.group not in known:
            message = Text(th=f"ไม่มีกลุ่ม “{page.group}”", en=f"There is no group “{page.group}”.")
            cure = meant(page.group, known, otherwise=Text(th="เพิ่มไว้ใน groups", en="Add it under groups."))
            yield Finding(("form", at, "group"), message, cure)
    for at, group in enumerate(declaration.groups):
        yield from _group(declaration, at)
        if group.split and any(other.split for other in declaration.groups[:at]):
            message = Text(th="มีกลุ่มที่แยกเป็นหลายคำขอได้เพียงกลุ่มเดียว", en="Only one group can split into cases.")
            yield Finding(("groups", at, "split"), message, Text(th="ลบ split", en="Delete this split."))


def _group(declaration: Declaration, at: int) -> Iterator[Finding]:
    group, path = declaration.groups[at], ("groups", at)
    places = [index for index, page in enumerate(declaration.form) if page.group == group.group]
    if not places:
        message = Text(th="กลุ่มนี้ไม่มีหน้า", en="This group has no pages.")
        cure = Text(th=f"เขียน group: {group.group} ในหน้าที่ต้องการ", en=f"Write group: {group.group} on its pages.")
        yield Finding((*path, "group"), message, cure)
    elif places != list(range(places[0], places[-1] + 1)):
        gap = next(place for before, place in pairwise(places) if place != before + 1)
        message = Text(th="หน้าของกลุ่มต้องอยู่ติดกัน", en="The pages of a group must follow each other.")
        cure = Text(th="ย้ายหน้านี้ไปต่อจากหน้าอื่นของกลุ่ม", en="Move this page next to the group's others.")
        yield Finding(("form", gap, "group"), message, cure)
    own = [
        path_ for path_ in _paths(declaration) if path_.partition(".")[0] in {declaration.form[i].page for i in places}
    ]
    for index, summary in enumerate(group.summary):
        if summary not in own:
            yield _no_field(summary, own, (*path, "summary", index))
    if group.once and group.once not in own:
        yield _no_field(group.once, own, (*path, "once"))
    if group.once and group.split:
        message = Text(th="รายการที่แยกเป็นหลายคำขอแยกกันด้วย subject", en="Entries that split are told apart by subject.")
        yield Finding((*path, "once"), message, Text(th="ลบ once", en="Delete once."), of_key=True)
    if group.minimum > group.maximum:
        message = Text(th="จำนวนต่ำสุดมากกว่าสูงสุด", en="The minimum is above the maximum.")
        yield Finding((*path, "minimum"), message, Text(th="สลับสองค่านี้", en="Swap the two."))


# Fields


def _field(field: Field, path: Path, declaration: Declaration) -> Iterator[Finding]:
    yield from _choices(field, path)
    misplaced = {
        "max_length": field.max_length is not None and field.type not in _TEXTS | {"thai_address"},
        "minimum": field.minimum is not None and field.type not in {"number", "money"},
        "maximum": field.maximum is not None and field.type not in {"number", "money"},
        "decimals": field.decimals != 0 and field.type != "number",
        "past": field.past and field.type != "date",
        "future": field.future and field.type != "date",
        "accept": (field.accept, field.max_megabytes) != _DEFAULT_FILE and field.type != "file",
    }
    for key in (key for key, wrong in misplaced.items() if wrong):
        message = Text(
            th=f"“{key}” ใช้กับช่องชนิด {field.type} ไม่ได้", en=f"“{key}” means nothing for a field of type {field.type}."
        )
        yield Finding((*path, key), message, Text(th=f"ลบ {key}", en=f"Delete {key}."))
    if field.past and field.future:
        message = Text(th="past และ future ขัดกัน", en="past and future leave today alone.")
        yield Finding((*path, "future"), message, Text(th="ลบหนึ่งอย่าง", en="Delete one of them."))
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        message = Text(th="minimum มากกว่า maximum", en="The minimum is above the maximum.")
        yield Finding((*path, "minimum"), message, Text(th="สลับสองค่านี้", en="Swap the two."))
    if not field.accept:
        message = Text(th="ไม่รับไฟล์ชนิดใดเลย", en="No kind of file is accepted.")
        yield Finding((*path, "accept"), message, Text(th="เช่น [pdf, jpeg]", en="Write such as [pdf, jpeg]."))
    yield from _prefill(field, path, declaration)
    if field.register:
        yield from _register_fact(field.register, (*path, "register"), declaration)


def _choices(field: Field, path: Path) -> Iterator[Finding]:
    if field.type != "choice":
        if field.choices:
            message = Text(th=f"ช่องชนิด {field.type} ไม่มี choices", en=f"A field of type {field.type} has no choices.")
            yield Finding((*path, "choices"), message, Text(th="ใช้ type: choice", en="Use type: choice."))
        return
    if len(field.choices) < 2:
        message = Text(th="ต้องมีตัวเลือกอย่างน้อยสองตัว", en="A choice needs at least two choices.")
        yield Finding((*path, "choices") if field.choices else path, message, Text(th="เพิ่ม choices", en="Add choices."))
    yield from _unique([choice.value for choice in field.choices], *path, "choices", "value")


def _prefill(field: Field, path: Path, declaration: Declaration) -> Iterator[Finding]:
    if field.prefill.startswith("filed") and not declaration.subject:
        message = Text(
            th="ไม่มี subject จึงไม่รู้ว่าเคยยื่นเรื่องของใคร", en="Without a subject, nobody's earlier cases are known."
        )
        yield Finding((*path, "prefill"), message, Text(th="เพิ่ม subject", en="Add subject."))
    fitting = _PREFILLS.get(field.prefill)
    if fitting and field.type not in fitting:
        message = Text(
            th=f"{field.prefill} เติมในช่องชนิด {field.type} ไม่ได้",
            en=f"{field.prefill} does not fit a field of type {field.type}.",
        )
        yield Finding((*path, "prefill"), message, one_of(sorted(fitting)))


def _register_fact(path_: str, path: Path, declaration: Declaration) -> Iterator[Finding]:
    known = [f"{register.name}.{fact}" for register in declaration.registers for fact in register.facts]
    if path_ not in known:
        message = Text(th=f"ไม่มีข้อมูลทะเบียน “{path_}”", en=f"No register tells “{path_}”.")
        cure = Text(th="เพิ่มไว้ใน facts ของทะเบียน", en="Add it to the register's facts.")
        yield Finding(path, message, meant(path_, known, otherwise=cure))


# References


def _paths(declaration: Declaration) -> list[str]:
    return [f"{page.page}.{field.key}" for page in declaration.form for field in page.fields]


def _single(declaration: Declaration) -> dict[str, Field]:
    """Fields that a case answers once: all but those of groups that are not split."""
    listed = {group.group for group in declaration.groups if not group.split}
    pages = [page for page in declaration.form if page.group not in listed]
    return {f"{page.page}.{field.key}": field for page in pages for field in page.fields}


def _references(declaration: Declaration) -> Iterator[Finding]:
    single, every = _single(declaration), _paths(declaration)
    named: list[tuple[str, Path, Iterable[str]]] = [
        *((path, ("applicant", at), single) for at, path in enumerate(declaration.applicant)),
        *((path, ("subject", at), single) for at, path in enumerate(declaration.subject)),
        (declaration.contact, ("contact",), single),
    ]
    if declaration.route and declaration.route.by:
        named.append((declaration.route.by, ("route", "by"), single))
    if declaration.window:
        named += [(path, ("window", "asks", at), single) for at, path in enumerate(declaration.window.asks)]
    if declaration.issues:
        named += [(path, ("issues", "shows", at), every) for at, path in enumerate(declaration.issues.shows)]
    for at, letter in enumerate(declaration.letters):
        named += [(path, ("letters", at, "fields", index), every) for index, path in enumerate(letter.fields)]
    for at, register in enumerate(declaration.registers):
        named += [(path, ("registers", at, "given", name), single) for name, path in register.given.items()]
    for path, where, known in named:
        if path not in known:
            yield _no_field(path, known, where)
    yield from _contact_and_route(declaration, single)
    yield from _marks(declaration)


def _no_field(path: str, known: Iterable[str], where: Path) -> Finding:
    message = Text(th=f"ไม่มีช่อง “{path}”", en=f"There is no field “{path}” for this.")
    return Finding(where, message, meant(path, known, otherwise=Text(th="เขียนเป็น หน้า.ช่อง", en="Write page.field.")))


def _contact_and_route(declaration: Declaration, single: dict[str, Field]) -> Iterator[Finding]:
    contact = single.get(declaration.contact)
    if contact and contact.type != "email":
        message = Text(th=f"“{declaration.contact}” ไม่ใช่ช่องอีเมล", en=f"“{declaration.contact}” is not an e-mail field.")
        yield Finding(("contact",), message, Text(th="ระบุช่องชนิด email", en="Name a field of type email."))
    by = declaration.route.by if declaration.route else None
    if by is None or by not in single:
        return
    page = next(page for page in declaration.form if page.page == by.partition(".")[0])
    if single[by].type not in act_findings.PLACES:
        message = Text(th=f"“{by}” ไม่บอกจังหวัด", en=f"“{by}” does not tell a province.")
        cure = Text(
            th="ระบุช่องชนิด thai_address, house หรือ province", en="Name a field of type thai_address, house or province."
        )
        yield Finding(("route", "by"), message, cure)
    elif page.when or single[by].when or not single[by].required:
        message = Text(th=f"“{by}” อาจไม่ถูกตอบ จึงส่งต่อไม่ได้", en=f"“{by}” may go unanswered, and then leads to no office.")
        cure = Text(th="ให้เป็นช่องที่ต้องตอบเสมอ", en="Make it required, without a condition.")
        yield Finding(("route", "by"), message, cure)


def _marks(declaration: Declaration) -> Iterator[Finding]:
    steps = [step.id for step in declaration.sop]
    named: list[tuple[str | None, Path]] = [
        *((check.marks, ("checks", at, "marks")) for at, check in enumerate(declaration.checks)),
        *((consent.marks, ("consents", at, "marks")) for at, consent in enumerate(declaration.consents)),
    ]
    for step, path in named:
        if step and step not in steps:
            message = Text(th=f"ไม่มีขั้นตอน “{step}”", en=f"There is no step “{step}”.")
            cure = meant(step, steps, otherwise=Text(th="เพิ่มไว้ใน sop", en="Add it under sop."))
            yield Finding(path, message, cure)


# Functions, times, decisions


def _functions(declaration: Declaration) -> Iterator[Finding]:
    named: list[tuple[str, Path]] = [
        (register.lookup, ("registers", at, "lookup")) for at, register in enumerate(declaration.registers)
    ]
    if declaration.window:
        named.append((declaration.window.around, ("window", "around")))
    if declaration.reminders:
        named.append((declaration.reminders.next_due, ("reminders", "next_due")))
    known = functions.names()
    for name, path in named:
        if name not in known:
            message = Text(th=f"ไม่มีฟังก์ชัน “{name}”", en=f"No agency has registered “{name}”.")
            otherwise = one_of(known) if known else Text(th="แจ้งผู้ดูแลระบบ", en="Ask those who run the system.")
            yield Finding(path, message, meant(name, known, otherwise=otherwise))


def _times(declaration: Declaration) -> Iterator[Finding]:
    for at, leg in enumerate(declaration.time):
        if not span(leg.warn) < span(leg.within):
            message = Text(th="เตือนหลังครบกำหนด", en="Officers would be warned after the time is over.")
            yield Finding(
                ("time", at, "warn"), message, Text(th=f"น้อยกว่า {leg.within}", en=f"Give less than {leg.within}.")
            )
    window = declaration.window
    if window and int(window.opens[:-1]) > int(window.closes[:-1]):
        message = Text(th="ปิดก่อนเปิด", en="The window closes before it opens.")
        yield Finding(
            ("window", "opens"),
            message,
            Text(th="เช่น opens: -15d, closes: 0d", en="Write such as opens: -15d, closes: 0d."),
        )
    for at, days in enumerate(declaration.reminders.days if declaration.reminders else ()):
        if not days.startswith("-"):
            message = Text(th="เตือนหลังครบกำหนด", en="This would remind after the day.")
            yield Finding(("reminders", "days", at), message, Text(th=f"เขียน -{days}", en=f"Write -{days}."))


def _decisions(declaration: Declaration) -> Iterator[Finding]:
    decisions = Counter(declaration.decisions)
    if decisions["refused"] and not declaration.reasons:
        message = Text(th="ปฏิเสธได้แต่ไม่มีเหตุผลที่ประกาศไว้", en="Officers may refuse, but no reasons are published.")
        cure = Text(
            th="เพิ่ม reasons หรือลบ refused ออกจาก decisions", en="Add reasons, or take refused out of decisions."
        )
        yield Finding(("decisions",), message, cure)
    if declaration.approve_when and not decisions["approved"]:
        message = Text(
            th="มี approve_when แต่ decisions ไม่มี approved", en="approve_when is there, but approved is not a decision."
        )
        yield Finding(("approve_when",), message, Text(th="เพิ่ม approved ใน decisions", en="Add approved to decisions."))
    if declaration.issues and not (decisions["approved"] or decisions["completed"]):
        message = Text(th="ไม่มีผลที่จะออกเอกสารนี้", en="No decision would issue this document.")
        yield Finding(("issues",), message, Text(th="เพิ่ม approved ใน decisions", en="Add approved to decisions."))
