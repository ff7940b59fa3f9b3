"""From what the server tells of a request (RSGI) to what Django's code reads."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

from django.core.handlers.wsgi import WSGIRequest


class ServerHeaders(Protocol):
    """A request's headers, names in lower case."""

    def get(self, name: str) -> str | None: ...
    def items(self) -> Iterable[tuple[str, str]]: ...


class Scope(Protocol):
    """A request, as RSGI has it; `path` without its percent signs."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: ServerHeaders


_BASE: dict[str, Any] = {
    "SCRIPT_NAME": "", "wsgi.version": (1, 0), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
    "wsgi.multiprocess": True, "wsgi.run_once": False, "wsgi.input_terminated": True,
}  # fmt: skip


class ApiRequest(WSGIRequest):
    """A request of the API: its body read already, and nothing prepared for forms, files or cookies."""

    def __init__(self, environ: dict[str, Any], body: bytes) -> None:
        # Not the classes' own: what they make besides costs a tenth of a look-up.
        self.environ = self.META = environ
        self.method = environ["REQUEST_METHOD"]
        self.path = self.path_info = environ["PATH_INFO"].encode("latin-1").decode()
        self.content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        self.content_params: dict[str, str] = {}
        self.resolver_match = None
        self._encoding = None
        self._read_started = False
        self._stream = io.BytesIO(body)
        self._body = body


def environ(scope: Scope, body: bytes = b"") -> dict[str, Any]:
    """The request as WSGI has it. A header given twice is one with commas; one with an underscore is nobody's."""
    found: dict[str, Any] = {
        **_BASE,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
        "REMOTE_ADDR": _host(scope.client),
    }
    found["SERVER_NAME"], _, found["SERVER_PORT"] = scope.server.rpartition(":")
    for name, value in scope.headers.items():
        key = _key(name)
        if key and key in found:
            found[key] += ("; " if key == "HTTP_COOKIE" else ",") + value
        elif key:
            found[key] = value
    if body:
        found["wsgi.input"] = io.BytesIO(body)
        found["CONTENT_LENGTH"] = str(len(body))
        found.pop("HTTP_TRANSFER_ENCODING", None)
    else:
        found["wsgi.input"] = io.BytesIO()
    return found


def length(scope: Scope) -> int | None:
    """Bytes of the body; None where the request does not say, or says it badly."""
    said = scope.headers.get("content-length")
    if said is not None:
        return int(said) if said.isdigit() else None
    return 0 if scope.headers.get("transfer-encoding") is None else None


def _host(client: str) -> str:
    """The address without its port; without the brackets of IPv6."""
    return client.rpartition(":")[0].strip("[]")


@lru_cache(1024)
def _key(name: str) -> str:
    if "_" in name:  # X_Forwarded_For would pass for X-Forwarded-For
        return ""
    key = name.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
