"""Files of forms: taken into memory up to a bound, and not at all beyond it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

MOST = 30_000_000
"""Bytes of a whole request: the largest file a field takes (20 MB) and room for a second of a phone's camera."""


class Bounded(MemoryFileUploadHandler):
    """Refuses a request that says it is larger, before anything of it is kept."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> Any:
        if content_length > MOST:
            raise RequestDataTooBig("a form with files larger than we take")
        return super().handle_raw_input(input_data, META, content_length, boundary, encoding)
