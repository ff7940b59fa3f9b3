"""A small HTTP load generator: as many requests as come back, over kept connections.

Client and server share the machine, so it is frugal: raw sockets, one thread, requests made
beforehand, answers parsed just enough to know their status and end. What is measured may be
several requests one after the other: in a later one, `{code}` stands for the code that the
answer before led on with. It runs as a process of its own:
`python -m benchmarks.load HOST PORT CONNECTIONS SECONDS < requests`, requests as msgpack; the
result is JSON on standard output.
"""

from __future__ import annotations

import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

CODE = b"{code}"
_LENGTH = b"\r\ncontent-length:"
_LED_ON = re.compile(rb"[\r\n]location:[^\r\n]*[?&]code=([A-Za-z0-9._~-]+)", re.IGNORECASE)


class Result(msgspec.Struct):
    """What came back. `seconds` is wall time; `latencies` in milliseconds, sorted; of several requests one after the
    other, the last one's status counts, and the time of all."""

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
    following: Sequence[bytes] = ()


def run(
    host: str, port: int, *, connections: int, seconds: float, requests: Sequence[bytes | Sequence[bytes]]
) -> Result:
    """Start the generator, give it `requests` (each, or each chain of them, is sent once, in order), wait for its
    result."""
    done = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "benchmarks.load", host, str(port), str(connections), str(seconds)],
        input=msgspec.msgpack.encode([[one] if isinstance(one, bytes) else one for one in requests]),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Result)


def request(
    method: str, path: str, *, body: bytes = b"", media: str = "application/json", code: int = 0, **headers: str
) -> bytes:
    """One HTTP/1.1 request, ready to be sent. Header names with _ for -. `code`: how long that which stands for
    CODE in the body will be."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        length = len(body) + (code - len(CODE) if code else 0)
        lines += [f"Content-Type: {media}", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _drive(host: str, port: int, connections: int, seconds: float, requests: Sequence[Sequence[bytes]]) -> Result:
    poll, links = select.epoll(), {}
    supply = iter(requests)
    statuses: dict[int, int] = {}
    latencies: list[float] = []
    start = time.perf_counter()
    end = start + seconds
    busy = 0
    for _ in range(connections):
        link = _Connection(socket.create_connection((host, port)))
        link.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        links[link.socket.fileno()] = link
        poll.register(link.socket, select.EPOLLIN)
        busy += _send(link, supply, end)
    while busy:
        for file, _ in poll.poll(10):
            link = links[file]
            data = link.socket.recv(65536)
            if not data:
                raise ConnectionError("the server closed a connection")
            link.received += data
            answer = _complete(link)
            if answer is None or _goes_on(link, answer):
                continue
            status = int(answer[9:12])
            latencies.append((time.perf_counter() - link.sent_at) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
            if not _send(link, supply, end):
                busy -= 1
    elapsed = time.perf_counter() - start
    return Result(statuses, elapsed, time.process_time(), sorted(latencies), len(latencies))


def _send(link: _Connection, supply: Iterator[Sequence[bytes]], end: float) -> int:
    link.sent_at = time.perf_counter()
    if link.sent_at >= end:
        return 0
    chain = next(supply, None)
    if chain is None:
        return 0
    link.following = chain[1:]
    link.socket.sendall(chain[0])
    return 1


def _goes_on(link: _Connection, answer: bytes) -> bool:
    """Send the next request of the chain, if there is one and the answer led on to it."""
    if not link.following:
        return False
    found = _LED_ON.search(answer)
    if not found:
        return False
    link.socket.sendall(link.following[0].replace(CODE, found[1]))
    link.following = link.following[1:]
    return True


def _complete(link: _Connection) -> bytes | None:
    """The head of the answer if it is there whole; what follows it stays."""
    ends = link.received.find(b"\r\n\r\n")
    if ends < 0:
        return None
    head = link.received[: ends + 2]
    at = head.find(_LENGTH)
    if at < 0:
        at = head.lower().find(_LENGTH)
    body = int(head[at + len(_LENGTH) : head.find(b"\r\n", at + 2)]) if at >= 0 else 0
    if len(link.received) < ends + 4 + body:
        return None
    link.received = link.received[ends + 4 + body :]
    return head


if __name__ == "__main__":
    _host, _port, _connections, _seconds = sys.argv[1:]
    _requests = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[list[bytes]])
    _result = _drive(_host, int(_port), int(_connections), float(_seconds), _requests)
    sys.stdout.buffer.write(msgspec.json.encode(_result))
