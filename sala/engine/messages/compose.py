"""A stored letter as an e-mail: threading, both alternatives, the calendar entry."""

from __future__ import annotations

from email.charset import BASE64, Charset
from email.header import Header
from email.message import Message as RawMessage
from email.mime.image import MIMEImage
from email.utils import parseaddr
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from sala.engine.messages.models import Message

# Thai in 8-bit lines needs a server that offers 8BITMIME; in base 64 it passes everywhere.
_BASE64 = Charset("utf-8")
_BASE64.body_encoding = BASE64


class _Mail(EmailMultiAlternatives):
    def message(self, **options: Any) -> Any:
        """As Django makes it, but with the Thai subject beginning on its header's own line, not below it."""
        mail = super().message(**options)
        del mail["Subject"]
        subject = Header(str(self.subject), "utf-8" if not str(self.subject).isascii() else None, header_name="Subject")
        RawMessage.__setitem__(mail, "Subject", subject)
        return mail


def message_id(message: Message) -> str:
    """The same for every attempt, so that a mailbox that gets a letter twice can tell."""
    return f"<{message.id}@{_domain()}>"


def compose(message: Message, *, thread: Message | None, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """The e-mail, with `thread` (the first letter of the same case) as what it answers to."""
    headers = {
        "Message-ID": message_id(message),
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }
    if thread and thread.id != message.id:
        headers["In-Reply-To"] = headers["References"] = message_id(thread)
    if message.unsubscribe:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = _Mail(subject=message.subject, body=message.text, to=[message.to], headers=headers, connection=connection)
    mail.encoding = _BASE64  # Django allows a Charset here
    mail.attach_alternative(message.html, "text/html")
    if message.calendar:
        mail.attach("sala.ics", message.calendar, "text/calendar")
    if message.code:
        mail.attach(_picture(message.code))
    return mail


def _picture(code: str) -> MIMEImage:
    """A QR code, shown by the HTML as `cid:code`, and an attachment to whoever sees no HTML."""
    drawn = BytesIO()
    segno.make(code, error="m", micro=False).save(drawn, kind="png", scale=8, border=4)
    picture = MIMEImage(drawn.getvalue(), "png")
    picture.add_header("Content-ID", "<code>")
    picture.add_header("Content-Disposition", "inline", filename=f"{code}.png")
    return picture


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
