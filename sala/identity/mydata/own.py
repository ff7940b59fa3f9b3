"""The sections that identity itself holds: the register's entry, the account, how it is signed in to, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sala.identity.accounts import devices, holdings
from sala.identity.accounts.rules import SCOPES, SESSION_KEPT, phone_words
from sala.identity.mydata import laws, register, reporting, sections, trails, wards, words
from sala.identity.mydata.sections import Fact, Item, Section
from sala.identity.people import queries as people
from sala.identity.portal import holdings as portal
from sala.identity.provider import looks as provider
from sala.identity.provider.looks import LOOKS_KEPT
from sala.identity.provider.scopes import CLAIMS
from sala.identity.wallet import holdings as wallet
from sala.identity.wallet.rules import KEPT as APPROVALS_KEPT
from sala.kit import thai
from sala.kit.text import Text

Rows = Callable[[UUID], list[dict[str, Any]]]
Drawn = Callable[[dict[str, Any]], Item]

_NAME = Text(th="ชื่อ", en="Name")
_EMAIL = Text(th="อีเมล", en="E-mail address")
_PHONE = Text(th="หมายเลขโทรศัพท์", en="Telephone number")
_OPENED = Text(th="เปิดบัญชี", en="Opened")
_LAST = Text(th="เข้าสู่ระบบล่าสุด", en="Last signed in")
_STARTED = Text(th="เข้าสู่ระบบ", en="Signed in")
_USED = Text(th="ใช้ล่าสุด", en="Last used")
_KNOWN_AS = Text(th="ชื่อที่ระบบนั้นเรียกท่าน", en="It knows you as")
_ENDED = Text(th="ออกจากระบบ", en="Signed out")
_ADDED = Text(th="เพิ่มเมื่อ", en="Added")
_MAY = Text(th="ทำได้", en="May")
_UNTIL = Text(th="ใช้ได้ถึง", en="Works until")
_AGREED = Text(th="ท่านยินยอมให้รู้", en="You agreed to tell")
_REFUSED = Text(th="ท่านไม่ยินยอมให้รู้", en="You kept to yourself")
_SINCE = Text(th="เมื่อ", en="Since")
_STATE = Text(th="สถานะ", en="State")
_STATES = {
    "waiting": Text(th="รอท่าน", en="Waits for you"),
    "scanned": Text(th="รอท่าน", en="Waits for you"),
    "approved": Text(th="ท่านอนุมัติ", en="You approved"),
    "used": Text(th="ท่านอนุมัติ", en="You approved"),
    "declined": Text(th="ท่านไม่อนุมัติ", en="You declined"),
}
_ASKED = Text(th="ขอเมื่อ", en="Asked")
_PERSON_VIEWED = Text(th="เปิดดูข้อมูลของท่านในทะเบียนราษฎร", en="Opened your entry in the civil register")
_REPORT_VIEWED = Text(th="เปิดดูเรื่อง “ไม่ใช่ฉัน” ที่ท่านแจ้ง", en="Opened your report “this was not me”")
_YOUR_ACCOUNT = Text(th="บัญชีของท่าน", en="Your account")
_YOUR_ENTRY = Text(th="ข้อมูลทะเบียนราษฎรของท่าน", en="Your entry in the civil register")
_YEARS = LOOKS_KEPT.days // 365
_DAYS = SESSION_KEPT.days


def contribute() -> None:
    """Tell the room its own sections and trails; called once the rooms are there."""
    for one in (*_sections(), wards.section()):
        sections.register(one)
    looks = {"person.viewed": _PERSON_VIEWED, "report.viewed": _REPORT_VIEWED, wards.VIEWED: wards.LOOK}
    trails.register(_trails, looks)


def _trails(account: UUID) -> list[trails.Trail]:
    linked = people.of_account(account)
    own = [trails.Trail(f"account:{account}", _YOUR_ACCOUNT)]
    return [*own, trails.Trail(f"person:{linked.person.id}", _YOUR_ENTRY)] if linked else own


def _of(rows: Rows, drawn: Drawn) -> dict[str, Any]:
    """How a section is read whose records are the rows of one table."""
    return {
        "count": lambda account: len(rows(account)),
        "items": lambda account, most: [drawn(row) for row in rows(account)[:most]],
        "export": rows,
    }


def _account_rows(account: UUID) -> list[dict[str, Any]]:
    row = holdings.account(account)
    return [row | {"pin_changed_at": wallet.pin_changed_at(account)}] if row else []


def _account(row: dict[str, Any]) -> Item:
    name = f"{row['given_name']} {row['surname']}".strip()
    facts = [Fact(_NAME, name), Fact(_EMAIL, row["email"]), Fact(_PHONE, phone_words(row["phone"]))]
    facts += [*_moment(_OPENED, row["created_at"]), *_moment(_LAST, row["last_login"])]
    return Item(name, facts)


def _session(row: dict[str, Any]) -> Item:
    facts = [*_moment(_STARTED, row["created_at"]), *_moment(_USED, row["last_seen_at"])]
    return Item(str(devices.words_for(row["user_agent"])), [*facts, *_moment(_ENDED, row["ended_at"])])


def _digital_id(row: dict[str, Any]) -> Item:
    """Whom a provider knows them as; or one session of theirs that came from it."""
    since = _moment(_SINCE, row.get("known_since")) or _moment(_STARTED, row.get("begun_at"))
    return Item(urlsplit(row["issuer"]).netloc, [Fact(_KNOWN_AS, row["subject"]), *since])


def _named(row: dict[str, Any]) -> Item:
    """A passkey, or a device that is told by push."""
    used = row.get("last_used_at") or row.get("told_at")
    return Item(row["name"], [*_moment(_ADDED, row["created_at"]), *_moment(_USED, used)])


def _token(row: dict[str, Any]) -> Item:
    may = ", ".join(str(SCOPES[scope]) for scope in row["scopes"] if scope in SCOPES)
    until = row["revoked_at"] or row["expires_at"]
    return Item(row["name"], [Fact(_MAY, may), *_moment(_ADDED, row["created_at"]), *_moment(_UNTIL, until)])


def _consent(row: dict[str, Any]) -> Item:
    facts = [
        Fact(label, ", ".join(str(words_) for scope, words_ in CLAIMS.items() if scope in row[which]))
        for label, which in ((_AGREED, "agreed"), (_REFUSED, "refused"))
        if row[which]
    ]
    return Item(str(Text(**row["name"])), [*facts, *_moment(_SINCE, row["changed_at"])])


def _approval(row: dict[str, Any]) -> Item:
    name = row["asking"].get("name") or {"th": row["client_id"], "en": row["client_id"]}
    state = str(_STATES.get(row["state"], row["state"]))
    return Item(str(Text(**name)), [Fact(_STATE, state), *_moment(_ASKED, row["created_at"])])


def _report(row: dict[str, Any]) -> Item:
    return Item(str(words.ABOUT.get(row["about"], words.ABOUT["other"])), [*_moment(_SINCE, row["reported_at"])])


def _moment(label: Text, stored: str | None) -> list[Fact]:
    return [Fact(label, thai.moment(datetime.fromisoformat(stored)))] if stored else []


def _sections() -> list[Section]:
    return [
        Section(
            "register", 10,
            title=Text(th="ทะเบียนราษฎร", en="Civil register"),
            why=Text(
                th="เป็นที่มาของข้อมูลที่บริการต่าง ๆ ได้รับเมื่อท่านเข้าสู่ระบบ ผู้ดูแลคือกรมการปกครอง",
                en="What services are told when you sign in comes from here. The Department of Provincial "
                "Administration keeps it",
            ),
            kept=Text(th="ตลอดไป ตามกฎหมายทะเบียนราษฎร", en="For ever, as the law on civil registration asks"),
            law=laws.REGISTER, count=register.count, items=register.items, export=register.export,
        ),
        Section(
            "account", 20,
            title=Text(th="บัญชี", en="Account"),
            why=Text(th="เพื่อรู้ว่าใครเข้าสู่ระบบ และติดต่อท่านได้", en="To know who signs in, and to reach you"),
            kept=Text(th="จนกว่าท่านจะปิดบัญชี", en="Until you close the account"),
            law=laws.ACCOUNT, manage="accounts:home", manage_words=Text(th="แก้ไขข้อมูลบัญชี", en="Change your details"),
            **_of(_account_rows, _account),
        ),
        Section(
            "sessions", 30,
            title=Text(th="การเข้าสู่ระบบ", en="Signed-in devices"),
            why=Text(
                th="เพื่อให้ท่านไม่ต้องเข้าสู่ระบบทุกหน้า และเห็นว่ามีใครอื่นเข้าใช้หรือไม่ หมายเลขเครือข่ายเก็บตามกฎหมาย",
                en="So that you need not sign in on every page, and see whether somebody else did. The network’s "
                "address is kept as the law asks",
            ),
            kept=Text(th=f"{_DAYS} วันหลังออกจากระบบ", en=f"{_DAYS} days after the end"),
            law=laws.TRAFFIC, manage="accounts:sessions",
            manage_words=Text(th="ดูและออกจากระบบ", en="See them and sign out"),
            **_of(holdings.sessions, _session),
        ),
        Section(
            "digital_id", 35,
            title=Text(th="การเข้าสู่ระบบด้วยดิจิทัลไอดี", en="Signing in with your digital ID"),
            why=Text(
                th="เพื่อรู้ว่าเป็นท่าน โดยไม่ต้องถามเลขประจำตัวประชาชนทุกครั้ง และให้ท่านออกจากระบบพร้อมกันทั้งสองที่",
                en="To know that it is you without asking for your personal number each time, and to sign you out in "
                "both places at once",
            ),
            kept=Text(
                th=f"ชื่อที่เรียกท่าน เท่ากับข้อมูลทะเบียนราษฎร การเข้าสู่ระบบแต่ละครั้ง {_DAYS} วันหลังออกจากระบบ",
                en=f"The name, as long as your entry in the civil register; each sign-in, {_DAYS} days after its end",
            ),
            law=laws.ACCOUNT, **_of(portal.sign_ins, _digital_id),
        ),
        Section(
            "passkeys", 40,
            title=Text(th="พาสคีย์", en="Passkeys"),
            why=Text(th="เพื่อให้ท่านเข้าสู่ระบบโดยไม่ต้องใช้รหัสผ่าน", en="So that you can sign in without a password"),
            kept=Text(th="จนกว่าท่านจะลบ", en="Until you remove them"),
            law=laws.SECURITY, manage="accounts:passkeys", manage_words=Text(th="จัดการพาสคีย์", en="Manage passkeys"),
            **_of(holdings.passkeys, _named),
        ),
        Section(
            "devices", 50,
            title=Text(th="อุปกรณ์ที่รับการแจ้งเตือน", en="Devices that are notified"),
            why=Text(th="เพื่อแจ้งว่ามีคำขอรอท่านอนุมัติ", en="To tell you that something waits for your approval"),
            kept=Text(th="จนกว่าท่านจะปิดการแจ้งเตือน", en="Until you turn notifications off"),
            law=laws.SECURITY, **_of(wallet.devices, _named),
        ),
        Section(
            "approvals", 60,
            title=Text(th="คำขออนุมัติบนโทรศัพท์", en="Requests to approve"),
            why=Text(th="เพื่อถามท่านก่อนทุกครั้ง และให้ท่านตรวจย้อนหลังได้", en="To ask you each time, and to show you later"),
            kept=Text(th=f"{APPROVALS_KEPT.days} วัน", en=f"{APPROVALS_KEPT.days} days"),
            law=laws.SECURITY, **_of(wallet.approvals, _approval),
        ),
        Section(
            "tokens", 70,
            title=Text(th="โทเคน API", en="API tokens"),
            why=Text(th="เพื่อให้โปรแกรมของท่านทำงานแทนท่าน", en="So that a program of yours can act for you"),
            kept=Text(th=f"{_DAYS} วันหลังหมดอายุหรือยกเลิก", en=f"{_DAYS} days after their end"),
            law=laws.SECURITY, manage="accounts:tokens", manage_words=Text(th="จัดการโทเคน", en="Manage tokens"),
            **_of(holdings.tokens, _token),
        ),
        Section(
            "consents", 80,
            title=Text(th="ความยินยอม", en="Consents"),
            why=Text(
                th="เพื่อบอกบริการต่าง ๆ เฉพาะที่ท่านยินยอม และจำสิ่งที่ท่านไม่ยินยอม",
                en="To tell services only what you agreed to, and to remember what you did not",
            ),
            kept=Text(
                th=f"จนกว่าท่านจะถอน ประวัติว่าใครดูข้อมูลเก็บไว้ {_YEARS} ปี",
                en=f"Until you take them back. Who looked is kept for {_YEARS} years",
            ),
            law=laws.CONSENT, manage="provider:connected",
            manage_words=Text(th="ดูและถอนความยินยอม", en="See them and take them back"),
            **_of(provider.consents, _consent),
        ),
        Section(
            "reports", 90,
            title=Text(th="เรื่อง “ไม่ใช่ฉัน” ที่ท่านแจ้ง", en="What you said was not you"),
            why=Text(th="เพื่อให้เจ้าหน้าที่ตรวจสอบ", en="So that officers can look into it"),
            kept=Text(
                th=f"{reporting.KEPT.days // 365} ปีหลังดำเนินการเสร็จ",
                en=f"{reporting.KEPT.days // 365} years after it was handled",
            ),
            law=laws.SECURITY, **_of(reporting.of_account, _report),
        ),
    ]  # fmt: skip
