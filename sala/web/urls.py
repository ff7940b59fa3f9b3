"""Every address. A room's own urls.py says what stands below its prefix."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from sala.engine.appointments.office import views as offices
from sala.engine.catalogue import views as catalogue
from sala.web import health, metrics, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("sala.web.api_urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.page, name="metrics"),
    path("", catalogue.home, name="home"),
    path("", include("sala.engine.catalogue.urls")),
    path("", include("sala.engine.cases.urls")),
    path("", include("sala.engine.waiting.urls")),
    path("", include("sala.engine.drafts.urls")),
    path("", include("sala.engine.appointments.urls")),
    path("about/", views.about, name="about"),
    path("contact/", views.contact, name="contact"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("desk/appointments/", include("sala.engine.appointments.office.urls")),
    path("calendar-feeds/<str:token>.ics", offices.calendar, name="calendar_feed"),
    path("", include("sala.engine.hall.urls")),
    path("desk/register/", include("sala.identity.registrar.urls")),
    path("desk/enrolment/", include("sala.identity.enrolment.station.urls")),
    path("desk/", include("sala.engine.desk.urls")),
    path("account/", include("sala.identity.accounts.urls")),
    path("account/digital-id/", include("sala.identity.portal.urls")),
    path("id/", include("sala.identity.wallet.urls")),
    path("id/", include("sala.identity.enrolment.urls")),
    path("", include("sala.identity.provider.urls")),
    path("relying-parties/", include("sala.identity.console.urls")),
    path("", include("sala.identity.mydata.urls")),
    path("faces/", include("sala.identity.faces.urls")),
    path("", include("sala.engine.messages.urls")),
    path("", include("sala.engine.surveys.urls")),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken
