"""Pages that belong to no room: errors, and what stands in the footer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from sala.kit.errors import Invalid, SalaError, TooMany


def about(request: HttpRequest) -> HttpResponse:
    return render(request, "web/about.html")


def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "web/contact.html")


def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "web/accessibility.html")


def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "web/privacy.html")


def expected(request: HttpRequest, error: SalaError) -> HttpResponse:
    """The page of an error that was foreseen: its own words and status, and a way on."""
    context = {"title": _title(error.status), "message": error.message}
    if isinstance(error, Invalid):
        context["list"] = [fault.message for fault in error.faults]
    response = render(request, "web/error.html", context, status=error.status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Mostly a form larger than we take, or a broken address."""
    message = _("What your browser sent could not be read. A file may be too large. Go back and try again.")
    return render(request, "web/error.html", {"title": _title(400), "message": message}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/error.html", {"title": _title(403), "message": ""}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = _("If you typed the address, check it. If you followed a link, it may be old.")
    return render(request, "web/error.html", {"title": _title(404), "message": message}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Drawn without asking the database anything: it may be what is broken."""
    message = _("The fault is ours. What you sent before is safe. Try again in a few minutes.")
    return render(None, "web/error.html", {"title": _title(500), "message": message}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's proof did not match: usually cookies are off, or the form had been open since before a sign-in."""
    return render(request, "web/csrf_failure.html", status=403)


def _title(status: int) -> str:
    titles = {
        400: _("We could not read that"),
        403: _("You are not allowed to do this"),
        404: _("Page not found"),
        409: _("This has changed in the meantime"),
        422: _("Some of the information needs correcting"),
        429: _("Too many attempts"),
    }
    return titles.get(status) or _("Sorry, something went wrong")
