"""What can go wrong, said so that a person can mend it.

Services raise these; pages turn them into an error summary, the API into
problem details (RFC 9457). Each carries its words in Thai and English.
"""

from __future__ import annotations

import msgspec

from sala.kit.text import Text


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with one field. `field` is a dotted path such as `stay.phone` or `people.0.passport.number`;
    empty when the fault is of the whole. `code` is stable, for machines."""

    field: str
    code: str
    message: Text


class SalaError(Exception):
    """Root of all expected errors. `status` is the HTTP status a door answers with; `faults`, what a page shows."""

    status = 400
    code = "error"

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message
        self.faults = [Fault("", self.code, message)]


class Invalid(SalaError):
    """The input has faults; nothing was changed."""

    status = 422
    code = "invalid"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(Text(th="ข้อมูลบางส่วนต้องแก้ไข", en="Some of the information needs correcting"))
        self.faults = faults


class NotFound(SalaError):
    """No such thing, or it is not for this person: the two are told apart only in the audit."""

    status = 404
    code = "not_found"

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(message or Text(th="ไม่พบรายการนี้", en="This was not found"))


class Forbidden(SalaError):
    """The actor is known and may see the thing, but may not do this."""

    status = 403
    code = "forbidden"

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(message or Text(th="ท่านไม่มีสิทธิทำรายการนี้", en="You are not allowed to do this"))


class Conflict(SalaError):
    """The state of the thing does not allow this now; often somebody else was first."""

    status = 409
    code = "conflict"


class TooMany(SalaError):
    """Asked too often. `retry_after` in seconds."""

    status = 429
    code = "too_many"

    def __init__(self, retry_after: int) -> None:
        minutes = max(1, -(-retry_after // 60))
        super().__init__(
            Text(
                th=f"มีการลองหลายครั้งเกินไป โปรดลองใหม่ใน {minutes} นาที",
                en=f"Too many attempts. Try again in {minutes} minute{'s' if minutes > 1 else ''}",
            )
        )
        self.retry_after = retry_after
