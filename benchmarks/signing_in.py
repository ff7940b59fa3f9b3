"""Signing in to other services: whole logins and tokens beside another provider, and with how many people."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests as http

from benchmarks import load, pgbench
from benchmarks.measures import Bench, Line, Step, at_rest, spent
from benchmarks.place import PORT

CLIENTS = 8
"""Connections of pgbench."""
CALLERS = (8, 64)
"""Connections of the load generator at each provider, which is asked with both; the better one counts."""
SECONDS = int(os.environ.get("SALA_BENCH_SECONDS", "10"))
ROUNDS = 3
PEOPLE = 32
"""Who sign in, in turns; each agreed before, in a browser that is signed in."""
FEW = 100_000
"""People in the register."""
MOST = 6000
"""Logins a second that there are requests for; tokens, three times as many."""
BACK = "https://rp.example.go.th/callback"
VERIFIER = "v" * 43
CODE_LENGTH = 43
FORM = "application/x-www-form-urlencoded"
_NODE = Path(__file__).parent / "node"


@dataclass(frozen=True)
class Side:
    """One provider as the load generator knows it: its addresses, its client, its browsers' cookies."""

    port: int
    authorize: str
    token: str
    basic: str
    client_id: str
    cookies: Sequence[str]

    @property
    def request(self) -> str:
        """Where the relying party sends a browser."""
        asked = {
            "client_id": self.client_id, "response_type": "code", "redirect_uri": BACK, "scope": "openid",
            "state": "the-state", "nonce": "the-nonce", "code_challenge": _challenge(), "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self.authorize}?{urlencode(asked)}"

    def logins(self, count: int) -> Iterator[tuple[bytes, bytes]]:
        """`count` logins: the browser brings a code, the relying party exchanges it."""
        firsts = [load.request("GET", self.request, Cookie=cookie) for cookie in self.cookies]
        second = self.exchange(load.CODE.decode(), length=CODE_LENGTH)
        for first in itertools.islice(itertools.cycle(firsts), count):
            yield first, second

    def exchange(self, code: str, *, length: int = 0) -> bytes:
        """A code for tokens. `length` of the code where `code` only stands for it."""
        form = urlencode({"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER})
        body = f"{form}&code={code}".encode()
        return load.request("POST", self.token, body=body, media=FORM, code=length, Authorization=self.basic)

    def own(self, count: int) -> list[bytes]:
        """`count` tokens of the relying party itself."""
        body = b"grant_type=client_credentials"
        return [load.request("POST", self.token, body=body, media=FORM, Authorization=self.basic)] * count


def sign_in(bench: Bench, step: Step) -> list[Line]:
    """(j) Whole logins and client_credentials beside node's oidc-provider, which keeps nothing."""
    mine = ours()
    if not _installed():
        return [Line("Logins a second beside oidc-provider (npm)", "not measured", target="npm is missing", met=False)]
    lines = []
    with _node() as theirs:
        for what, make in (("Logins a second (code with PKCE)", _logins), ("client_credentials a second", _own)):
            lines += _race(bench, step, what, (mine, theirs), make)
    return lines


def _logins(side: Side, count: int) -> list[Any]:
    return list(side.logins(count))


def _own(side: Side, count: int) -> list[Any]:
    return list(side.own(3 * count))


def _race(bench: Bench, step: Step, what: str, sides: tuple[Side, Side], make: Any) -> list[Line]:
    best: dict[int, load.Result] = {}
    used, done = {"web": 0.0, "db": 0.0}, 0
    for side in sides:
        load.run("127.0.0.1", side.port, connections=CLIENTS, seconds=3, requests=make(side, MOST))
    _analyzed()
    for turn, callers in itertools.product(range(ROUNDS), CALLERS):
        step(f"{what}, round {turn + 1}, {callers} callers")
        for side in sides:
            before = spent(bench)
            result = load.run(
                "127.0.0.1", side.port, connections=callers, seconds=SECONDS, requests=make(side, MOST * SECONDS)
            )
            if side is sides[0] and callers == CALLERS[-1]:
                used = {name: used[name] + after - before[name] for name, after in spent(bench).items()}
                done += result.spent
            if bad := {status: n for status, n in result.statuses.items() if status >= 300}:
                raise RuntimeError(f"{what}: not all were answered well: {bad}")
            best[side.port] = max(best.get(side.port, result), result, key=lambda one: one.rate)
    ours, theirs = (best[side.port] for side in sides)
    ratio = ours.rate / theirs.rate
    each = {name: seconds / done * 1000 for name, seconds in used.items()}
    return [
        Line(what, f"{ours.rate:,.0f}", f"{theirs.rate:,.0f}", f"{ratio:.2f}", "≥ 2 × oidc-provider", ratio >= 2),
        Line("  each takes, half of them / 99 of 100", f"{ours.percentile(0.5):.1f} / {ours.percentile(0.99):.1f} ms"),
        Line("  processor time each, web / database", f"{each['web']:.2f} / {each['db']:.2f} ms"),
    ]


def token(bench: Bench, step: Step) -> list[Line]:
    """(k) The token endpoint, against one signature and one durable transaction of its own statement."""
    from sala.identity.provider import issuing

    side, what = ours(), "Codes exchanged a second"
    best, limits, supply = 0.0, [], itertools.count()
    for turn in range(ROUNDS):
        step(f"{what}, round {turn + 1}")
        script = f"\\set number :number + 1\n{pgbench.text(issuing.CODE, {}, fresh=_exchanged(side, supply))}\n"
        rate = pgbench.run(
            bench.house.programs, bench.house.url, [script], {"number": 0}, clients=CLIENTS, seconds=SECONDS
        )
        limits.append(1 / (1 / rate + 1 / _signatures()))
        codes = [f"code-{number:038d}" for number in itertools.islice(supply, MOST * SECONDS)]
        _codes(codes)
        made = [side.exchange(code) for code in codes]
        result = load.run("127.0.0.1", PORT, connections=CALLERS[-1], seconds=SECONDS, requests=made)
        if bad := {status: n for status, n in result.statuses.items() if status >= 300}:
            raise RuntimeError(f"{what}: not all were answered well: {bad}")
        best = max(best, result.rate)
    ratio = best / max(limits)
    return [Line(what, f"{best:,.0f}", f"{max(limits):,.0f}", f"{ratio:.2f}", "≥ 0.3 of the limit", ratio >= 0.3)]


def grown(count: int, step: Step) -> None:
    """So many people in the register."""
    from sala.identity.people import generating

    for done in generating.generate(count):
        step(f"People in the register: {done:,}")
    at_rest(step, "people_person", "people_personchange", "people_house")


# --- Ours ----------------------------------------------------------------------------------------------------


def ours() -> Side:
    """A relying party, and people with accounts who agreed to sign in there and are signed in to us."""
    from django.urls import reverse

    from sala.identity.accounts.actor import system
    from sala.identity.people import services as register
    from sala.identity.people.models import Ial
    from sala.identity.people.rules import invented_pid
    from sala.identity.provider import registry
    from sala.kit.text import Text
    from tests.factories import client_for, make_account

    grown(FEW, lambda _: None)
    made = registry.register(
        name=Text(th="ทดสอบ", en="Bench"), company="Bench", redirect_uris=[BACK], by="system:bench",
        grants=("authorization_code", "refresh_token", "client_credentials"),
    )  # fmt: skip
    cookies = []
    for _ in range(PEOPLE):
        account = make_account()
        register.link(account=account.id, pid=invented_pid(_next()), ial=Ial.ENROLLED, by=system("bench"))
        cookies.append("; ".join(f"{name}={one.value}" for name, one in client_for(account).cookies.items()))
        _agree(account.id, made.id)
    basic = base64.b64encode(f"{made.id}:{made.secret}".encode()).decode()
    addresses = [reverse(f"provider:{name}") for name in ("authorize", "token")]
    return Side(PORT, addresses[0], addresses[1], f"Basic {basic}", made.id, cookies)


_numbers = itertools.count(1000)


def _next() -> int:
    return next(_numbers)


def _agree(account: Any, client: str) -> None:
    from sala.kit import clock, sql

    sql.execute(
        "INSERT INTO provider_consent (id, account_id, client_id, agreed, refused, changed_at)"
        " VALUES (gen_random_uuid(), %s, %s, '{}', '{}', %s)",
        [account, client, clock.now()],
    )


def _analyzed() -> None:
    """Tell the database how large its tables are, as autovacuum does within a minute."""
    from sala.kit import sql

    for table in ("grant", "token", "look", "subject", "consent", "client"):
        sql.execute(f"ANALYZE provider_{table}")


_MAKE_CODES = """
INSERT INTO provider_grant (id, client_id, account_id, person_id, subject, scopes, code_hash, redirect_uri, challenge,
                            nonce, auth_time, created_at, code_expires_at, ends_at)
SELECT gen_random_uuid(), l.client_id, l.account_id, l.person_id, 'bench', '{openid}', hash, %(uri)s, %(challenge)s,
       'n', now(), now(), now() + interval '1 day', now() + interval '30 days'
  FROM (SELECT c.client_id, c.account_id, p.person_id FROM provider_consent c
          JOIN people_link p ON p.account_id = c.account_id WHERE c.client_id = %(client)s LIMIT 1) l,
       unnest(%(hashes)s::bytea[]) AS hash"""


def _codes(codes: Sequence[str], hashes: Sequence[bytes] = ()) -> None:
    from sala.identity.provider.models import Client
    from sala.kit import sql
    from sala.kit.ids import hash_token

    newest = Client.objects.filter(name_en="Bench").order_by("-id").values_list("id", flat=True)[0]
    given = {"uri": BACK, "challenge": _challenge(), "client": newest}
    sql.execute(_MAKE_CODES, given | {"hashes": list(hashes) or [hash_token(code) for code in codes]})
    _analyzed()


def _exchanged(side: Side, supply: Iterator[int]) -> dict[str, str]:
    """The order of one exchange as SQL, with a code and tokens that are new each time; the codes are made here."""
    from benchmarks.measures import noting
    from sala.identity.provider import clients, issuing, tokens

    first = f"code-{next(supply):038d}"
    _codes([first])
    party = clients.party(side.client_id)
    if party is None:
        raise RuntimeError("the client that was just made is not known")
    with noting("fetch_all", issuing.CODE) as kept:
        given = {"code": first, "code_verifier": VERIFIER, "redirect_uri": BACK}
        tokens.issued(tokens.of_code(party, given, issuer="http://127.0.0.1"))
    turn = next(supply)
    hashes = [
        hashlib.sha256(f"{turn}-{client}-{number}".encode()).digest()
        for client in range(CLIENTS)
        for number in range(1, MOST * SECONDS // CLIENTS * 2)
    ]
    _codes([], hashes)
    (order,) = kept[issuing.CODE]["orders"].obj
    name = f"'{turn}-' || :client_id || '-' || :number"
    new = ", ".join(
        f"'{column}', '\\x' || encode(sha256(('{before}' || {name})::bytea), 'hex')"
        for column, before in (("brought", ""), ("access", "a-"), ("refresh", "r-"))
    )
    same = json.dumps(order, default=str)
    return {"orders": f"jsonb_build_array('{same}'::jsonb || jsonb_build_object({new}))"}


def _signatures(times: int = 3000) -> float:
    """Bare ES256 signatures a second, of what is as long as an ID token."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key, content = ec.generate_private_key(ec.SECP256R1()), os.urandom(400)
    start = time.perf_counter()
    for _ in range(times):
        key.sign(content, ec.ECDSA(hashes.SHA256()))
    return times / (time.perf_counter() - start)


def _challenge() -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


# --- Theirs --------------------------------------------------------------------------------------------------


def _installed() -> bool:
    """Whether the other provider is there, as its lock file names it; fetched with npm if need be."""
    if not (_NODE / "node_modules").exists() and (npm := shutil.which("npm")):
        subprocess.run([npm, "ci", "--silent"], cwd=_NODE, check=False)  # noqa: S603 - npm, in our own folder
    return (_NODE / "node_modules").exists()


@contextmanager
def _node() -> Iterator[Side]:
    port, secret = PORT + 2, "s" * 43
    client = {
        "client_id": "rp", "client_secret": secret, "redirect_uris": [BACK], "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "id_token_signed_response_alg": "ES256",
    }  # fmt: skip
    environment = os.environ | {"PORT": str(port), "CLIENTS": json.dumps([client]), "NODE_ENV": "production"}
    command = [shutil.which("node") or "node", "server.mjs"]
    with subprocess.Popen(  # noqa: S603 - our own script
        command, cwd=_NODE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            if not process.stdout or process.stdout.readline().strip() != "ready":
                raise RuntimeError("oidc-provider did not start")
            basic = "Basic " + base64.b64encode(f"rp:{secret}".encode()).decode()
            side = Side(port, "/auth", "/token", basic, "rp", [])
            yield Side(port, "/auth", "/token", basic, "rp", [_signed_in_there(side) for _ in range(PEOPLE)])
        finally:
            process.kill()


def _signed_in_there(side: Side) -> str:
    """The cookies of a browser that has signed in and agreed."""
    at = side.request
    with http.Session() as browser:
        for _ in range(5):
            answer = browser.get(f"http://127.0.0.1:{side.port}{at}", allow_redirects=False, timeout=10)
            led = answer.headers["Location"]
            if led.startswith(BACK):
                break
            parts = urlsplit(led)
            at = f"{parts.path}?{parts.query}"
        return "; ".join(f"{one.name}={one.value}" for one in browser.cookies if one.name.startswith("_session"))
