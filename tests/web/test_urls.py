"""Every address and for whom it is. A new address fails here until it is listed, and is then held to its audience."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sala.identity.directory.models import Office
from sala.identity.provider.arriving import Entrance
from sala.kit.api import Resource
from tests.factories import client_for, make_account, make_officer

pytestmark = pytest.mark.django_db


class For(StrEnum):
    ANYONE = "anyone"
    ACCOUNT = "who is signed in"
    APPLICANT = "the applicant, or who shows the case's number and e-mail or key"
    LINK = "who holds the link from the letter"
    OFFICER = "officers"
    MANAGER = "those whose post shows figures"
    AUDITOR = "those whose post shows the audit"
    OPERATOR = "the installation's own monitoring"
    API = "programs without a token"
    API_TOKEN = "programs with a token"
    RP = "relying parties, by OAuth's own rules"
    SIGNING_IN = "who is on the way to a relying party"
    DEMO = "anyone, in a demonstration only"


AUDIENCES: dict[For, str] = {
    For.ANYONE: """
        hall/<slug:office>/
        / services/ services/<slug:slug>/ services/<slug:slug>/when-due/ online-service/ online-service/<slug:section>/
        areas/ apply/start/<slug:slug>/ visits/<str:reference>/link/ waiting/<str:reference>/link/ track/ about/
        contact/ accessibility/ privacy/
        healthz readyz relying-parties/list/
        account/sign-in/ account/sign-in/passkey/ account/sign-out/ account/register/ account/forgotten/
        account/sent/<slug:what>/ account/email/changed/ account/closed/
        account/my-data/locked/ account/my-data/copy/schema.json
        id/a/<str:token>/ id/manifest.webmanifest id/sw.js id/offline/
        id/recover/ id/recover/card/ id/recover/face/ id/recover/challenge/ id/recover/choose/ id/recover/officer/
        id/recover/stands/ id/recover/code/
        desk/enrolment/away/ desk/enrolment/sw.js
        open/appointments/ open/appointments.csv open/appointments.json
    """,
    For.LINK: """
        hall/<slug:office>/ticket/<str:key>/
        account/my-data/not-me/<str:token>/ id/recover/stop/<str:token>/
        account/link/<str:token>/ account/link/<str:token>/again/ letters/<str:reference>/stop-reminders/<str:key>/
        calendar-feeds/<str:token>.ics
    """,
    For.ACCOUNT: """
        my/ account/ account/details/ account/email/ account/email/sent/ account/password/ account/sessions/
        account/sessions/others/end/ account/sessions/<uuid:session_id>/end/ account/passkeys/
        account/passkeys/<uuid:passkey_id>/ account/tokens/ account/tokens/new/ account/tokens/<uuid:token_id>/revoke/
        account/my-data/ account/my-data/about/<slug:key>/ account/my-data/looks/ account/my-data/not-me/
        account/my-data/copy/ account/my-data/copy/<uuid:copy>.json account/my-data/copy/<uuid:copy>.pdf
        id/ id/number/ id/scan/ id/a/ id/requests/<uuid:approval_id>/ id/history/ id/pin/ id/devices/
        id/devices/<uuid:device_id>/remove/
        id/enrol/ id/enrol/card/ id/enrol/reached/ id/enrol/face/ id/enrol/officer/ id/enrol/finish/ id/enrol/done/
        id/enrol/code/ id/enrol/stop/
        faces/look/ faces/challenge/ faces/try/
        device/ account/close/ account/connected/ account/connected/<str:client_id>/disconnect/
        account/connected/<str:client_id>/<slug:scope>/take-back/
        account/connected/<str:client_id>/<slug:scope>/ask-again/
        relying-parties/ relying-parties/new/ relying-parties/<uuid:party>/ relying-parties/<uuid:party>/send/
        relying-parties/<uuid:party>/take-back/ relying-parties/<uuid:party>/request/<slug:part>/
        relying-parties/<uuid:party>/test-people/ relying-parties/<uuid:party>/<slug:which>/
        relying-parties/<uuid:party>/<slug:which>/secret/ relying-parties/<uuid:party>/<slug:which>/calls/
        relying-parties/<uuid:party>/<slug:which>/quick-start/
        relying-parties/<uuid:party>/<slug:which>/changes/ relying-parties/<uuid:party>/<slug:which>/changes/secret/
        relying-parties/<uuid:party>/<slug:which>/changes/test/ relying-parties/<uuid:party>/<slug:which>/changes/stop/
        relying-parties/<uuid:party>/<slug:which>/changes/<uuid:message>/again/
        relying-parties/<uuid:party>/<slug:which>/settings/ relying-parties/<uuid:party>/<slug:which>/proof/
        relying-parties/<uuid:party>/people/ relying-parties/<uuid:party>/people/<int:member>/
        relying-parties/<uuid:party>/people/invited/<uuid:invitation>/ relying-parties/join/<str:token>/
        relying-parties/<uuid:party>/check/ relying-parties/<uuid:party>/check/begin/
        relying-parties/<uuid:party>/check/end/ relying-parties/<uuid:party>/check/said/
        relying-parties/<uuid:party>/check/addresses/
    """,
    For.APPLICANT: """
        visits/<str:reference>/queue/
        cases/<str:reference>/ cases/<str:reference>/withdraw/ cases/<str:reference>/receipt.pdf
        cases/<str:reference>/reminder.ics cases/<str:reference>/files/<uuid:attachment>/
        cases/<str:reference>/survey/
        waiting/<str:reference>/ waiting/<str:reference>/leave/ offers/<uuid:offer>/ offers/<uuid:offer>/decline/
        visits/<str:reference>/ visits/<str:reference>/cancel/ visits/<str:reference>/visit.ics
        visits/<str:reference>/move/ visits/<str:reference>/move/offices/
        visits/<str:reference>/move/to/<int:schedule>/ visits/<str:reference>/move/to/<int:schedule>/<str:day>/
        visits/<str:reference>/move/confirm/<int:schedule>/<str:at>/
        apply/<uuid:draft>/visit-need/ apply/<uuid:draft>/visit-people/ apply/<uuid:draft>/visit-office/
        apply/<uuid:draft>/visit-day/<int:schedule>/ apply/<uuid:draft>/visit-time/<int:schedule>/<str:day>/
        apply/<uuid:draft>/visit-again/ apply/<uuid:draft>/visit-waiting/<int:schedule>/
        apply/<uuid:draft>/ apply/<uuid:draft>/link-again/ apply/<uuid:draft>/check-answers/
        apply/<uuid:draft>/kept-for-later/
        apply/<uuid:draft>/request-sent/ apply/<uuid:draft>/delete-draft/
        apply/<uuid:draft>/attached-file/<uuid:attachment>/ apply/<uuid:draft>/<slug:key>/
        apply/<uuid:draft>/<slug:group>/<int:number>/remove-it/
        apply/<uuid:draft>/<slug:group>/<int:number>/<slug:page>/
    """,
    For.OFFICER: """
        desk/not-me/ desk/not-me/<uuid:report>/
        desk/register/ desk/register/birth/ desk/register/house/ desk/register/person/<str:word>/
        desk/register/person/<str:word>/<slug:act>/
        desk/register/person/<str:word>/guardians/ desk/register/person/<str:word>/guardians/new/
        desk/register/person/<str:word>/guardians/<int:number>/end/
        desk/register/proposals/ desk/register/proposals/<int:number>/
        desk/register/person/<str:word>/photograph/ desk/register/person/<str:word>/photograph/picture/
        desk/register/person/<str:word>/fingers/
        desk/enrolment/ desk/enrolment/review/ desk/enrolment/review/<uuid:enrolment>/ desk/enrolment/sync/
        desk/enrolment/person/<str:word>/ desk/enrolment/<uuid:enrolment>/ desk/enrolment/<uuid:enrolment>/who/
        desk/enrolment/<uuid:enrolment>/card/ desk/enrolment/<uuid:enrolment>/photograph/
        desk/enrolment/<uuid:enrolment>/compare/ desk/enrolment/<uuid:enrolment>/candidates/
        desk/enrolment/<uuid:enrolment>/finish/ desk/enrolment/<uuid:enrolment>/done/
        desk/enrolment/<uuid:enrolment>/live/ desk/enrolment/<uuid:enrolment>/register/
        desk/enrolment/<uuid:enrolment>/candidates/<int:number>/
        relying-parties/decide/ relying-parties/decide/<uuid:party>/
        relying-parties/clients/ relying-parties/clients/<str:client_id>/
        desk/hall/ desk/hall/<slug:office>/ desk/hall/<slug:office>/check-in/ desk/hall/<slug:office>/scan/
        desk/hall/<slug:office>/visits/<uuid:visit>/ desk/hall/<slug:office>/walk-in/
        desk/hall/<slug:office>/tickets/<uuid:ticket>/ desk/hall/<slug:office>/counter/
        desk/hall/<slug:office>/counter/<int:counter>/ desk/hall/<slug:office>/counter/<int:counter>/sit/
        desk/hall/<slug:office>/counter/<int:counter>/leave/ desk/hall/<slug:office>/counter/<int:counter>/call/
        desk/hall/<slug:office>/counter/<int:counter>/recall/ desk/hall/<slug:office>/counter/<int:counter>/done/
        desk/hall/<slug:office>/counter/<int:counter>/no-show/ desk/hall/<slug:office>/counter/<int:counter>/transfer/
        desk/hall/<slug:office>/counters/ desk/hall/<slug:office>/counters/<int:counter>/
        desk/hall/<slug:office>/counters/<int:counter>/remove/
        desk/ desk/queue/<str:name>/ desk/search/ desk/bulk/ desk/cases/<str:reference>/
        desk/cases/<str:reference>/state/ desk/cases/<str:reference>/claim/ desk/cases/<str:reference>/unclaim/
        desk/cases/<str:reference>/assign/ desk/cases/<str:reference>/note/ desk/cases/<str:reference>/step/
        desk/cases/<str:reference>/consent/
        desk/cases/<str:reference>/hold/ desk/cases/<str:reference>/lift-hold/ desk/cases/<str:reference>/ask/
        desk/cases/<str:reference>/decide/<str:decision>/ desk/cases/<str:reference>/files/<uuid:attachment>/
        desk/cases/<str:reference>/letters/<uuid:letter>/ desk/waiting/
        desk/appointments/ desk/appointments/<slug:office>/ desk/appointments/<slug:office>/hours/
        desk/appointments/<slug:office>/closures/ desk/appointments/<slug:office>/closures/new/
        desk/appointments/<slug:office>/closures/<int:closure>/take-back/ desk/appointments/<slug:office>/calendars/
        desk/appointments/<slug:office>/calendars/<int:feed>/revoke/
        desk/appointments/<slug:office>/services/<slug:service>/
    """,
    For.MANAGER: "desk/manage/ desk/manage/figures.csv",
    For.AUDITOR: "desk/cases/<str:reference>/audit/",
    For.OPERATOR: "metrics",
    For.DEMO: """
        demo/mail/ demo/mail/<int:mail_id>/ demo/mail/<int:mail_id>/letter/
        demo/mail/<int:mail_id>/attachments/<int:number>/ test-login/
    """,
    For.API: """
        api/v1/services api/v1/services/<slug:service> api/v1/declaration.schema.json api/v1/openapi.json
        api/v1/problems api/v1/problems/<slug:code> api/v1/offices api/v1/slots
    """,
    For.RP: """
        .well-known/openid-configuration .well-known/oauth-authorization-server jwks/
        api/v2/oauth2/par/ api/v2/oauth2/token/ api/v2/oauth2/introspect/ api/v2/oauth2/revoke/ api/v2/oauth2/userinfo/
        api/v2/oauth2/par api/v2/oauth2/token api/v2/oauth2/introspect api/v2/oauth2/revoke api/v2/oauth2/userinfo
        api/v2/oauth2/device/ api/v2/oauth2/ciba/ api/v2/oauth2/device api/v2/oauth2/ciba
        api/v2/oauth2/register/ api/v2/oauth2/register/<str:client_id>/
        api/v2/oauth2/register api/v2/oauth2/register/<str:client_id>
    """,
    For.SIGNING_IN: """
        api/v2/oauth2/auth/ connect/<str:handle>/ connect/<str:handle>/phone/ connect/<str:handle>/phone/state/
        api/v2/oauth2/logout/ connect/sign-out/
        account/digital-id/ account/digital-id/back/ account/digital-id/logout/ account/digital-id/jwks/
    """,
    For.API_TOKEN: """
        api/v1/services/<slug:service>/cases api/v1/cases/<str:reference> api/v1/cases/<str:reference>/answer
        api/v1/cases/<str:reference>/withdraw api/v1/reports/offices api/v1/bookings api/v1/bookings/<str:reference>
        api/v1/desk/cases api/v1/desk/cases/<str:reference> api/v1/desk/cases/<str:reference>/claim
        api/v1/desk/cases/<str:reference>/unclaim api/v1/desk/cases/<str:reference>/assign
        api/v1/desk/cases/<str:reference>/ask api/v1/desk/cases/<str:reference>/approve
        api/v1/desk/cases/<str:reference>/refuse api/v1/desk/cases/<str:reference>/refer
        api/v1/desk/cases/<str:reference>/complete api/v1/desk/cases/<str:reference>/hold
        api/v1/desk/cases/<str:reference>/lift-hold api/v1/desk/cases/<str:reference>/notes
    """,
}
LISTED: dict[str, For] = {
    ("" if route == "/" else route): audience for audience, routes in AUDIENCES.items() for route in routes.split()
}
_SAMPLES = {"uuid": str(UUID(int=1)), "int": "1", "slug": "tm47", "str": "TM47-00000000-0"}
_PARAMETER = re.compile(r"<([a-z]+):[a-z_]+>")


def routes() -> Iterator[tuple[str, Any]]:
    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield prefix + str(pattern.pattern), pattern.callback

    yield from walk(get_resolver().url_patterns, "")


def of(*audiences: For) -> list[str]:
    return sorted(route for route, audience in LISTED.items() if audience in audiences)


def sample(route: str) -> str:
    return "/" + _PARAMETER.sub(lambda found: _SAMPLES[found[1]], route)


def sent_to_sign_in(response: Any) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith("/account/sign-in")


@pytest.fixture
def passer_by() -> Client:
    return Client()


@pytest.fixture
def resident() -> Client:
    """Signed in, without a post."""
    return client_for(make_account())


@pytest.fixture
def officer(offices: dict[int, int]) -> Client:
    return client_for(make_officer(Office.objects.get(id=offices[10])))


def test_every_address_is_listed_with_its_audience() -> None:
    assert sorted(LISTED) == sorted(route for route, _ in routes())


def test_every_address_below_api_and_no_other_is_of_the_api() -> None:
    for route, callback in routes():
        audience = LISTED[route]
        answered_with_others = audience in {For.API, For.API_TOKEN, For.RP} or isinstance(callback, Entrance)
        assert answered_with_others == isinstance(callback, Resource)
        assert audience is For.SIGNING_IN or not isinstance(callback, Entrance)
        if audience not in {For.RP, For.SIGNING_IN}:  # whose addresses are ThaID's and the standards'
            assert route.startswith("api/") == (audience in {For.API, For.API_TOKEN})


@pytest.mark.parametrize("route", of(For.ANYONE, For.LINK, For.DEMO, For.API))
def test_what_is_for_anyone_asks_nobody_to_sign_in(passer_by: Client, offices: dict[int, int], route: str) -> None:
    response = passer_by.get(sample(route))
    assert not sent_to_sign_in(response)
    assert response.status_code in {200, 302, 303, 400, 404, 405, 410}


@pytest.mark.parametrize("route", of(For.ACCOUNT, For.OFFICER, For.MANAGER, For.AUDITOR))
def test_a_passer_by_signs_in_first(passer_by: Client, route: str) -> None:
    response = passer_by.get(sample(route))
    assert sent_to_sign_in(response) or response.status_code == 405


@pytest.mark.parametrize("route", of(For.APPLICANT))
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_somebodys_own_shows_nothing_to_others(
    passer_by: Client, resident: Client, route: str, method: str
) -> None:
    for client in (passer_by, resident):
        response = getattr(client, method)(sample(route))
        assert sent_to_sign_in(response) or response.status_code in {302, 303, 403, 404, 405}


@pytest.mark.parametrize("route", of(For.OFFICER, For.MANAGER, For.AUDITOR))
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_desk_does_not_exist_for_others(resident: Client, route: str, method: str) -> None:
    assert getattr(resident, method)(sample(route)).status_code in {404, 405}


@pytest.mark.parametrize("route", of(For.MANAGER))
def test_figures_are_for_those_whose_post_shows_them(officer: Client, route: str) -> None:
    assert officer.get(sample(route)).status_code in {403, 404}


@pytest.mark.parametrize("route", of(For.API_TOKEN))
def test_programs_show_a_token(passer_by: Client, resident: Client, route: str) -> None:
    for client in (passer_by, resident):
        for response in (client.get(sample(route)), client.post(sample(route), {}, content_type="application/json")):
            assert response.status_code in {401, 404, 405, 422}


@pytest.mark.parametrize("route", of(For.RP))
@pytest.mark.parametrize("method", ["get", "post"])
def test_relying_parties_prove_themselves(passer_by: Client, resident: Client, route: str, method: str) -> None:
    public = route.startswith(".well-known/") or route == "jwks/"
    for client in (passer_by, resident):
        response = getattr(client, method)(sample(route))
        assert response.status_code in ({200, 405} if public else {400, 401, 405})


def test_a_sign_in_that_nobody_asked_for_is_none(passer_by: Client) -> None:
    assert passer_by.get("/api/v2/oauth2/auth/").status_code == 400
    assert passer_by.get("/connect/unknown/").status_code == 410
