"""A received message, taken apart for reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from sala.engine.messages.models import DemoMail

HEADERS = ("Date", "Message-ID", "In-Reply-To", "Auto-Submitted", "List-Unsubscribe")
PAGE = 100


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """One message: what a mail program would show."""

    id: int
    subject: str
    sender: str
    to: list[str]
    received_at: datetime
    language: str
    text: str
    html: str
    attachments: list[Attachment]
    headers: list[tuple[str, str]]


def inbox(address: str = "") -> list[Opened]:
    """The newest hundred messages, or those to one address."""
    rows = DemoMail.objects.order_by("-id")
    if address.strip():
        rows = rows.filter(to__contains=[address.strip().casefold()])
    return [_opened(row) for row in rows[:PAGE]]


def addresses() -> list[str]:
    """Everybody who got mail, for the filter."""
    rows = DemoMail.objects.order_by("-id").values_list("to", flat=True)[:1000]
    return sorted({address for row in rows for address in row})


def opened(mail_id: int) -> Opened | None:
    """One message, or None where there is none."""
    row = DemoMail.objects.filter(id=mail_id).first()
    return _opened(row) if row else None


def _opened(row: DemoMail) -> Opened:
    mail = message_from_bytes(bytes(row.raw), _class=EmailMessage, policy=policy.default)
    return Opened(
        id=row.id,
        subject=str(mail.get("Subject", "")),
        sender=str(mail.get("From", "")),
        to=row.to,
        received_at=row.received_at,
        language=str(mail.get("Content-Language", "th")),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        attachments=[_attachment(part) for part in mail.iter_attachments()],
        headers=[(name, str(mail[name])) for name in HEADERS if name in mail],
    )


def _body(mail: EmailMessage, form: str) -> str:
    part = mail.get_body((form,))
    return str(part.get_content()) if part is not None else ""


def _attachment(part: MIMEPart) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        name=part.get_filename() or "attachment",
        media_type=part.get_content_type(),
        content=content if isinstance(content, bytes) else b"",
    )
