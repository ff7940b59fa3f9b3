"""Asking other people's servers, at addresses that others have given us (SSRF is what that invites).

Only https, only hosts of the public Internet, judged by the address that is then really connected to; no redirects
followed, no proxies or passwords from the environment, seconds of patience, and a bounded answer. A demonstration may
also ask this very machine, by http too: that is where its relying parties run.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from django.conf import settings

if TYPE_CHECKING:
    import httpx

PATIENCE = 5.0  # seconds, for the whole
LARGEST = 64 * 1024  # bytes of an answer
QUEUE = "outgoing"
"""Where jobs wait that ask others' servers: they must not keep the worker from all else."""
WEBHOOKS = "webhooks"
"""Where those wait that tell relying parties what changed: many at a time, and a sign-out does not wait for them."""
_AGENT = "Sala"
# Addresses of IPv6 that carry one of IPv4 (NAT64, 6to4, and the like) and the old ones of a site: their routers would
# lead where the rule below does not look. And the anycast address of 6to4's relays.
_CARRYING = tuple(
    ipaddress.ip_network(text)
    for text in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "::/96",
        "::ffff:0:0:0/96",
        "fec0::/10",
        "192.88.99.0/24",
    )
)
# Of these an end may be one of IPv4, whatever stands before it (ISATAP, RFC 5214).
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


class Unreachable(OSError):
    """Nothing was learnt: `reason` is a stable word (forbidden, name, connect, tls, late, large, protocol)."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other server said. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def get(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Raises Unreachable."""
    return _ask("GET", url, headers or {}, None)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Raises Unreachable."""
    return _ask("POST", url, headers, body)


def post_form(url: str, form: Mapping[str, str]) -> Answer:
    """Raises Unreachable."""
    return post(url, urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def post_json(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """Raises Unreachable."""
    return post(url, body, {"Content-Type": "application/json", **(headers or {})})


def may_ask(url: str) -> bool:
    """Whether the address is of a kind that is asked at all; its host's name is judged when it is."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port != 0
    except ValueError:
        return False
    host = parts.hostname or ""
    if not host or "@" in parts.netloc or not port_fits:
        return False
    return parts.scheme == "https" or (settings.DEMO and parts.scheme == "http" and _is_own(host))


def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    import httpx  # twenty megabytes, which a process that asks nobody does without

    if not may_ask(url):
        raise Unreachable("forbidden", "only https of a public host")
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = _address(host, parts.port or (443 if parts.scheme == "https" else 80))
    # To the address that was judged: the name could lead elsewhere when it is looked up a second time.
    pinned = httpx.URL(url).copy_with(host=address)
    sent = {"User-Agent": _AGENT, "Accept": "*/*", "Connection": "close", **headers, "Host": parts.netloc}
    client = httpx.Client(trust_env=False, follow_redirects=False, timeout=PATIENCE)
    # A server that sends a byte every few seconds keeps to each time-out, and must not keep us.
    enough = threading.Timer(2 * PATIENCE, client.close)
    enough.daemon = True
    enough.start()
    try:
        with client.stream(method, pinned, headers=sent, content=body, extensions={"sni_hostname": host}) as response:
            return Answer(response.status_code, dict(response.headers), _bounded(response))
    except httpx.TimeoutException:
        raise Unreachable("late", f"no answer within {PATIENCE:g} seconds") from None
    except httpx.ConnectError as error:
        raise Unreachable("tls" if "SSL" in str(error) else "connect") from None
    except (httpx.HTTPError, httpx.InvalidURL, RuntimeError, OSError) as error:
        raise error if isinstance(error, Unreachable) else Unreachable("protocol") from None
    finally:
        enough.cancel()
        client.close()


def _bounded(response: httpx.Response) -> bytes:
    body, started = b"", time.monotonic()
    for piece in response.iter_raw():
        body += piece
        if len(body) > LARGEST:
            raise Unreachable("large", f"more than {LARGEST} bytes")
        if time.monotonic() - started > PATIENCE:
            raise Unreachable("late", f"not whole within {PATIENCE:g} seconds")
    return body


def _address(host: str, port: int) -> str:
    """One address of the host, where all of its addresses may be asked. Raises Unreachable."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Unreachable("name", "the host's name leads nowhere") from None
    if not found or not all(_allowed(address) for address in found):
        raise Unreachable("forbidden", "the host is not of the public Internet")
    return min(found, key=lambda address: (":" in address, address))  # IPv4 first: not every server has the other


def _allowed(address: str) -> bool:
    found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    found = getattr(found, "ipv4_mapped", None) or found
    if any(found in network for network in _CARRYING) and not found.is_loopback:
        return False
    if found.version == 6 and (int(found) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return (found.is_global and not found.is_multicast) or (settings.DEMO and found.is_loopback)


def _is_own(host: str) -> bool:
    return host in {"127.0.0.1", "localhost", "::1"}
