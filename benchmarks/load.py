"""A small HTTP load generator: as many requests as come back, over kept connections.

Client and server share the machine, so it is frugal: raw sockets, one thread, requests made
beforehand, answers parsed just enough to know their status and end. It runs as a process of
its own: `python -m benchmarks.load HOST PORT CONNECTIONS SECONDS < requests`, requests as
msgpack; the result is JSON on standard output.
"""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec


class Result(msgspec.Struct):
    """What came back. `seconds` is wall time; `latencies` in milliseconds, sorted."""

    statuses: dict[int, int]
    seconds: float
    cpu_seconds: float
    latencies: list[float]
    spent: int

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return sum(n for status, n in self.statuses.items() if status < 300) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


def run(host: str, port: int, *, connections: int, seconds: float, requests: Sequence[bytes]) -> Result:
    """Start the generator, give it `requests` (each is sent once, in order), wait for its result."""
    done = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "benchmarks.load", host, str(port), str(connections), str(seconds)],
        input=msgspec.msgpack.encode(list(requests)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Result)


def request(method: str, path: str, *, body: bytes = b"", **headers: str) -> bytes:
    """One HTTP/1.1 request, ready to be sent. Header names with _ for -."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _drive(host: str, port: int, connections: int, seconds: float, requests: Sequence[bytes]) -> Result:
    selector = selectors.DefaultSelector()
    supply = iter(requests)
    statuses: dict[int, int] = {}
    latencies: list[float] = []
    start = time.perf_counter()
    end = start + seconds
    busy = 0
    for _ in range(connections):
        link = _Connection(socket.create_connection((host, port)))
        link.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(link.socket, selectors.EVENT_READ, link)
        busy += _send(link, supply, end)
    while busy:
        for key, _ in selector.select(10):
            link = key.data
            data = link.socket.recv(65536)
            if not data:
                raise ConnectionError("the server closed a connection")
            link.received += data
            status = _complete(link)
            if status is None:
                continue
            latencies.append((time.perf_counter() - link.sent_at) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
            busy -= 1
            busy += _send(link, supply, end)
    elapsed = time.perf_counter() - start
    return Result(statuses, elapsed, time.process_time(), sorted(latencies), len(latencies))


def _send(link: _Connection, supply: Iterator[bytes], end: float) -> int:
    link.sent_at = time.perf_counter()
    if link.sent_at >= end:
        return 0
    following = next(supply, None)
    if following is None:
        return 0
    link.socket.sendall(following)
    return 1


def _complete(link: _Connection) -> int | None:
    """The status of the answer if it is there whole; what follows it stays."""
    head, found, rest = link.received.partition(b"\r\n\r\n")
    if not found:
        return None
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    if len(rest) < length:
        return None
    link.received = rest[length:]
    return int(head[9:12])


if __name__ == "__main__":
    _host, _port, _connections, _seconds = sys.argv[1:]
    _requests = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[bytes])
    _result = _drive(_host, int(_port), int(_connections), float(_seconds), _requests)
    sys.stdout.buffer.write(msgspec.json.encode(_result))
