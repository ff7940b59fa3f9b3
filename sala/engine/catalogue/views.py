"""Finding a service and reading what it asks, takes and promises."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sala.engine.catalogue import areas as places
from sala.engine.catalogue import browsing, queries
from sala.kit.text import Language

FEW = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front of the hall."""
    services = queries.catalogue()
    context = {"cards": [browsing.card(one) for one in services[:FEW]], "more": len(services) > FEW}
    return render(request, "catalogue/home.html", context)


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """All open services, or those that a search finds."""
    query = request.GET.get("q", "").strip()[:100]
    shown = browsing.found(queries.catalogue(), query)
    context = {"query": query, "cards": [browsing.card(one) for one in shown], "nav": "services"}
    return render(request, "catalogue/services.html", context)


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """A service's start page."""
    loaded = queries.current(slug)
    declared = loaded.declaration
    context = {
        "service": declared,
        "agency": browsing.card(loaded).agency,
        "promise": browsing.promise(declared.time[0]),
        "who": browsing.who(declared),
        "minutes": browsing.minutes(declared),
        "family": any(group.split for group in declared.groups),
        "nav": "services",
    }
    return render(request, "catalogue/service.html", context)


@require_safe
def menu(request: HttpRequest) -> HttpResponse:
    """Online Service (R-001.7)."""
    context = {"sections": browsing.sections(queries.catalogue()), "nav": "services"}
    return render(request, "catalogue/menu.html", context)


@require_safe
def section(request: HttpRequest, section: str) -> HttpResponse:
    """Online Service > Over 90 Days (R-001.9, .19, .30)."""
    context = {"section": browsing.section(queries.catalogue(), section), "nav": "services"}
    return render(request, "catalogue/section.html", context)


@require_safe
def areas(request: HttpRequest) -> JsonResponse:
    """Places that a typed postcode or name may mean, for the script of the address field."""
    language: Language = "en" if request.GET.get("language") == "en" else "th"
    chosen = request.GET.get("chosen", "")
    code = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) <= 6 else None
    offered = places.offered(request.GET.get("q", "")[:100], code)
    response = JsonResponse({"areas": places.as_json(offered, language)})
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
