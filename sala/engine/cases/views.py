"""A request's page for its applicant: where it stands, answering a question, taking it back, papers."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.cases import answering, attachments, beside, papers, queries, services
from sala.engine.cases.access import Reader, hold, reader
from sala.engine.cases.following import following
from sala.engine.cases.models import Case
from sala.identity.accounts.requests import actor_of, address_of, private, require_account
from sala.identity.accounts.rules import network
from sala.kit import live, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import normal_reference
from sala.kit.text import Text, language

LOOKS = 20
"""How often one address, or one number, may be looked up in ten minutes by number and e-mail address."""
TEN_MINUTES = 600

_UNKNOWN = Text(
    th="ไม่พบเรื่องที่ตรงกับเลขที่และอีเมลนี้ โปรดตรวจสอบทั้งสองอย่างกับอีเมลที่ได้รับตอนส่งเรื่อง",
    en="No request has this number and this e-mail address together. Check both against the e-mail about your request",
)
_WRONG_NUMBER = Text(
    th="เลขที่เรื่องไม่ครบหรือพิมพ์ผิด เลขที่เรื่องเป็นแบบ TM47-7K3M9QXT-4",
    en="The number is not complete or mistyped. A number looks like TM47-7K3M9QXT-4",
)
_NO_NUMBER = Text(th="โปรดกรอกเลขที่เรื่อง", en="Enter the number of your request")
_NO_EMAIL = Text(th="โปรดกรอกอีเมลที่ใช้ตอนส่งเรื่อง", en="Enter the e-mail address you gave when you sent it")


@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Check the result without a sign-in, by number and e-mail address (R-001.30)."""
    faults: list[Fault] = []
    given = request.POST if request.method == "POST" else request.GET
    number, email = given.get("reference", "").strip()[:40], given.get("email", "").strip()[:254]
    if away := beside.elsewhere(normal_reference(number) or ""):
        # 307: the page that sends the link gets what was typed here, so that nobody types it twice.
        sent = request.method == "POST"
        return private(HttpResponseRedirect(away.link if sent else away.page, status=307 if sent else 303))
    if request.method == "POST":
        faults = _blanks(number, email)
        if not faults:
            found = _looked_up(request, number, email)
            if found is not None:
                return _to_status(request, found, whole=False)
            faults = [Fault("reference", "unknown", _UNKNOWN)]
    context = {"number": number, "email": email, "faults": faults, "nav": "track"}
    return private(render(request, "cases/track.html", context, status=422 if faults else 200))


def _blanks(number: str, email: str) -> list[Fault]:
    faults: list[Fault] = []
    if not number:
        faults.append(Fault("reference", "required", _NO_NUMBER))
    elif normal_reference(number) is None:
        faults.append(Fault("reference", "mistyped", _WRONG_NUMBER))
    if not email:
        faults.append(Fault("email", "required", _NO_EMAIL))
    return faults


def _looked_up(request: HttpRequest, number: str, email: str) -> Case | None:
    ratelimit.hit(f"track:{network(address_of(request))}", LOOKS, TEN_MINUTES)
    ratelimit.hit(f"track:{normal_reference(number)}", LOOKS, TEN_MINUTES)
    try:
        return queries.case_by_email(reference=number, email=email)
    except NotFound:
        return None


def _to_status(request: HttpRequest, case: Case, *, whole: bool) -> HttpResponse:
    response = HttpResponseRedirect(reverse("cases:status", args=[case.reference]), status=303)
    hold(request, response, case, whole=whole)
    return private(response)


@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, reference: str) -> HttpResponse:
    """Where a request stands; a POST answers the officer's question. `?key=` opens it and leaves the address."""
    if key := request.GET.get("key"):
        return _to_status(request, queries.case_by_key(reference=reference, key=key), whole=True)
    try:
        found = reader(request, reference)
    except NotFound:
        return _not_shown(request, reference)
    if found.case.reference != reference:
        return HttpResponseRedirect(reverse("cases:status", args=[found.case.reference]))
    return private(_answer(request, found) if request.method == "POST" else _status(request, found))


def _not_shown(request: HttpRequest, reference: str) -> HttpResponse:
    """Signed in, there is no such request; signed out, it may be one's own: sign in, or look it up."""
    if actor_of(request).account_id is not None:
        raise NotFound
    if request.method == "POST":
        return require_account(_status_gone)(request)
    return private(HttpResponseRedirect(f"{reverse('cases:track')}?reference={quote(reference[:40])}"))


def _status_gone(request: HttpRequest) -> HttpResponse:
    raise NotFound


def _status(request: HttpRequest, found: Reader, *, faults: list[Fault] | None = None) -> HttpResponse:
    page = following(found)
    sheet = None
    if page.question is not None and found.whole:
        posted = request.POST.dict() if faults is not None else None
        sheet = answering.sheet(found.case, page.question, language(), posted=posted, faults=faults)
    context = {
        "page": page,
        "case": found.case,
        "reader": found,
        "sheet": sheet,
        "faults": faults or [],
        "answered": "answered" in request.GET,
        "nav": "mine" if not found.by_key else "track",
        "live": live.ticket([f"case:{found.case.reference}"]),
    }
    return render(request, "cases/status.html", context, status=422 if faults else 200)


def _answer(request: HttpRequest, found: Reader) -> HttpResponse:
    question = queries.open_question(found.case) if found.whole else None
    here = reverse("cases:status", args=[found.case.reference])
    if question is None:
        return HttpResponseRedirect(f"{here}?answered", status=303)  # a double click, or it was answered elsewhere
    if "find" in request.POST:
        return _status(request, found, faults=[])
    try:
        answering.answer(
            found.case,
            question,
            posted=request.POST.dict(),
            files={name: file for name, file in request.FILES.items() if not isinstance(file, list)},
            language=language(),
            by=found.by,
        )
    except Invalid as invalid:
        return _status(request, found, faults=invalid.faults)
    return HttpResponseRedirect(f"{here}?answered", status=303)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the request back, after asking."""
    found = _whole(request, reference)
    here = reverse("cases:status", args=[found.case.reference])
    error = None
    if request.method == "POST":
        try:
            services.withdraw(reference=reference, by=found.by)
            return HttpResponseRedirect(here, status=303)
        except Conflict as conflict:
            error = conflict.message
    context = {"case": found.case, "back": here, "error": error, "panels": beside.panels(found.case)}
    return private(render(request, "cases/withdraw.html", context, status=409 if error else 200))


@require_safe
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """The receipt as PDF. `?key=` opens it and leaves the address."""
    if key := request.GET.get("key"):
        case = queries.case_by_key(reference=reference, key=key)
        response = HttpResponseRedirect(reverse("cases:receipt", args=[case.reference]))
        hold(request, response, case, whole=True)
        return private(response)
    found = _whole(request, reference)
    content = papers.receipt(found.case, language())
    return _download(content, "application/pdf", f"{found.case.reference}.pdf")


@require_safe
def calendar(request: HttpRequest, reference: str) -> HttpResponse:
    """The next due day, for a calendar."""
    found = _whole(request, reference)
    content = papers.calendar(found.case, language())
    return _download(content.encode(), "text/calendar; charset=utf-8", f"{found.case.reference}.ics")


@require_safe
def attached(request: HttpRequest, reference: str, attachment: UUID) -> HttpResponse:
    """A file that was sent with the request."""
    found = _whole(request, reference)
    file = attachments.read_of_case(case=found.case.id, attachment=attachment)
    return _download(file.content, file.media_type, file.name)


def _whole(request: HttpRequest, reference: str) -> Reader:
    found = reader(request, reference)
    if not found.whole:
        raise NotFound
    return found


def _download(content: bytes, media_type: str, name: str) -> HttpResponse:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox"}
    return private(HttpResponse(content, content_type=media_type, headers=headers))
