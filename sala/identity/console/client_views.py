"""Pages of a client, live or sandbox: its addresses, its proof, its settings, its calls, people to test with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.identity.accounts.requests import actor_of, require_account
from sala.identity.console import configuring, queries, rules, trying, wishes, words
from sala.identity.console import quick_start as starting
from sala.identity.console.queries import Shown
from sala.identity.console.views import page, see
from sala.identity.provider import calls as log
from sala.identity.provider.metadata import issuer
from sala.kit.errors import Fault, NotFound, SalaError

A_PAGE = 50
form = require_http_methods(["GET", "HEAD", "POST"])


def faults_of(act: Callable[[], object]) -> tuple[list[Fault], int]:
    """What is wrong with what was posted, and the status to answer with; nothing where it was done."""
    try:
        act()
    except NotFound:
        raise
    except SalaError as error:
        return error.faults, error.status
    return [], 200


@form
@require_account
def client(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """What a program needs to know; a POST brings other addresses."""
    by = actor_of(request)
    shown = queries.own(party, by)
    if which == "live" and shown.halted:
        return see("console:party", party)  # there it is said why it is not served
    one = shown.client(which)
    faults: list[Fault] = []
    status, typed, changed = 200, "\n".join(one.redirect_uris), []
    if request.method == "POST":
        typed = request.POST.get("redirect_uris", "")
        faults, status = faults_of(
            lambda: changed.append(configuring.change_addresses(party=party, which=which, typed=typed, by=by))
        )
        if not faults:
            return see("console:client", party, which) if changed[0].at_once else see("console:party", party)
    people = trying.people_of(party) if which == "sandbox" else []
    context = {
        "shown": shown, "which": which, "client": one, "people": people, "issuer": issuer(), "scopes": words.DATA,
        "more": rules.MOST_TEST_PEOPLE - len(people), "described": wishes.described(wishes.of_client(one)),
        "secret_at": _secret_at(shown, which), "may": which == "sandbox" or queries.manages(party, by),
    }  # fmt: skip
    return page(request, "client", status=status, faults=faults, typed=typed, **context)


def _secret_at(shown: Shown, which: str) -> Any:
    return shown.sandbox_secret_at if which == "sandbox" else shown.live_secret_at


@form
@require_account
def settings(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """How the client works beside its addresses: sign-out, security, other ways to sign in, older programs."""
    by = actor_of(request)
    shown = queries.own(party, by)
    one = shown.client(which) if which == "sandbox" or shown.live_id else None
    if which not in {"sandbox", "live"}:
        raise NotFound
    wish, faults, status = configuring.wish_of(shown.content, one), list[Fault](), 200
    if request.method == "POST":
        changed: list[configuring.Changed] = []
        typed = request.POST.dict()
        faults, status = faults_of(
            lambda: changed.append(configuring.change_settings(party=party, which=which, typed=typed, by=by))
        )
        if not faults:
            return see("console:client", party, which) if changed[0].at_once else see("console:party", party)
        wish = wishes.typed_into(typed)
    until = wish.legacy_until.split("-") if wish.legacy_until.count("-") == 2 else ["", "", ""]
    context = {"shown": shown, "which": which, "client": one, "wish": wish, "until": until, "fapi_able": one}
    may = which == "sandbox" or queries.manages(party, by)
    anchors = {"runs": "runs", "security": "security", "profile": "profile"}
    return page(request, "settings", status=status, faults=faults, may=may, anchors=anchors, **context)


@form
@require_account
def proof(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """A secret, or keys: pasted, uploaded, or made in the page, where the private one stays."""
    by = actor_of(request)
    shown = queries.own(party, by)
    one, typed = shown.client(which), ""
    if one.public:
        return see("console:settings", party, which)  # there it is said where it runs
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        file = request.FILES.get("file")
        typed = file.read(30_000).decode("utf-8", "replace") if file else request.POST.get("jwks", "")
        faults, status = faults_of(lambda: configuring.use_keys(party=party, which=which, typed=typed, by=by))
        if not faults:
            return see("console:client", party, which)
        if any(fault.code == "private" for fault in faults):
            typed = ""  # a private key is not sent back either
    keys = [key.as_dict(private=False) for key in one.keys.keys] if one.keys else []
    context = {"shown": shown, "which": which, "client": one, "typed": typed, "keys": keys}
    return page(request, "proof", status=status, faults=faults, secret_at=_secret_at(shown, which), **context)


@require_POST
@require_account
def secret(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """Another secret, on this page and nowhere else."""
    by = actor_of(request)
    shown = queries.own(party, by)
    method = request.POST.get("method", "")
    made = configuring.new_secret(party=party, which=which, method=method, by=by)
    return page(request, "secret", shown=shown, which=which, client=shown.client(which), secret=made)


@require_POST
@require_account
def test_person(request: HttpRequest, party: UUID) -> HttpResponse:
    """Another test person; the password stands on this page and nowhere else."""
    by = actor_of(request)
    shown = queries.own(party, by)
    return page(request, "test_person", shown=shown, made=trying.make_person(party=party, by=by))


@require_safe
@require_account
def calls(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """What the program asked of us, and why it failed, in words: by day, by error."""
    shown = queries.own(party, actor_of(request))
    client_id = shown.client_id(which)
    before, outcome = request.GET.get("before", ""), request.GET.get("error", "")[:60]
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    day, faulty = _day(request.GET.get("day", "")), outcome == "any"
    found = log.calls(
        client_id, before=number, faulty=faulty, outcome="" if faulty else outcome, day=day, limit=A_PAGE + 1
    )
    older = found[A_PAGE - 1].number if len(found) > A_PAGE else None
    context: dict[str, Any] = {
        "shown": shown, "which": which, "acts": words.ACTS, "reasons": words.REASONS, "unknown": words.UNKNOWN,
        "outcomes": log.outcomes(client_id), "outcome": outcome, "day": day, "older": older,
    }  # fmt: skip
    return page(request, "calls", calls=found[:A_PAGE], **context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
@require_account
def quick_start(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """A whole program in the language of one's choice, with one's own id and address in it."""
    shown = queries.own(party, actor_of(request))
    one = shown.client(which)
    programs = starting.programs(one)
    chosen = programs.get(request.GET.get("in", "")) or next(iter(programs.values()))
    code, run = starting.filled(chosen, client=one, issuer=issuer())
    context: dict[str, Any] = {"programs": programs.values(), "chosen": chosen, "code": code, "run": run}
    context |= {"home": starting.home(one), "people": trying.people_of(party) if which == "sandbox" else []}
    context["more"] = rules.MOST_TEST_PEOPLE - len(context["people"])
    return page(request, "quick_start", shown=shown, which=which, client=one, **context)
