"""The bureau's registers as a service of its own, over HTTP and JSON (docs/immigration-registers.md)."""

from __future__ import annotations

import http.client
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import msgspec

from sala.services.immigration.contract import Person, Record, Wanted

TIMEOUT = 5.0  # seconds, to connect and for each read
_LARGEST = 1_000_000  # bytes of an answer

T = TypeVar("T")


class _RecordAnswer(msgspec.Struct, frozen=True):
    record: Record | None


class _WarrantsAnswer(msgspec.Struct, frozen=True):
    warrants: list[Wanted]


class OutOfFormError(OSError):
    """The service answered, but not what was agreed."""


class RemoteRegister:
    """Both registers, by POST so that no passport number stands in an access log.

    Any failure (no connection, too slow, another status, another shape) is an OSError:
    the case's check is then "unknown", a person looks it up, and nobody's report is refused.
    """

    def __init__(self, url: str, token: str = "", *, timeout: float = TIMEOUT) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError(f"SALA_IMMIGRATION_REGISTER_URL must begin with https:// or http://, not {url!r}")
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout

    def record(self, *, passport_no: str, nationality: str) -> Record | None:
        asked = {"passport_no": passport_no, "nationality": nationality}
        return self._ask("records/find", asked, _RecordAnswer).record

    def warrants(self, person: Person) -> list[Wanted]:
        return self._ask("warrants/find", msgspec.to_builtins(person), _WarrantsAnswer).warrants

    def _ask(self, path: str, asked: dict[str, Any], shape: type[T]) -> T:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = Request(f"{self._url}/{path}", msgspec.json.encode(asked), headers)  # noqa: S310 - the scheme is checked
        try:
            with urlopen(request, timeout=self._timeout) as response:  # noqa: S310 - the scheme is checked
                body = response.read(_LARGEST + 1)
            return msgspec.json.decode(body, type=shape)
        except (http.client.HTTPException, msgspec.MsgspecError, UnicodeError) as error:
            raise OutOfFormError(f"the register at {self._url} answered out of form: {type(error).__name__}") from error
