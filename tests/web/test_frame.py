"""What stands around every page: language, errors in words, nothing inline, style in step with its sources."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, RequestFactory

from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound, SalaError, TooMany
from sala.kit.text import Text
from sala.web import middleware, views
from tests.engine.drafts.conftest import words

pytestmark = pytest.mark.django_db
SAID = Text(th="คำอธิบาย", en="What happened")


@pytest.mark.parametrize(("language", "other"), [("th", "English"), ("en", "ไทย")])
def test_language_of_the_page_and_the_way_to_the_other(client: Client, language: str, other: str) -> None:
    page = client.get("/about/", {"lang": language}).content.decode()
    assert f'<html lang="{language}"' in page
    assert re.search(rf'class="sala-language" href="\?lang=(th|en)" lang="(th|en)"[^>]*>{other}<', page)
    # It is remembered.
    assert f'<html lang="{language}"' in client.get("/about/").content.decode()


def test_the_other_language_keeps_what_the_address_asked(client: Client) -> None:
    page = client.get("/services/", {"q": "90 days", "lang": "en"}).content.decode()
    assert 'href="?q=90+days&amp;lang=th"' in page


def test_thai_unless_told_otherwise(client: Client) -> None:
    assert '<html lang="th"' in client.get("/about/").content.decode()


@pytest.mark.parametrize("path", ["/", "/about/", "/contact/", "/accessibility/", "/privacy/", "/services/", "/track/"])
@pytest.mark.parametrize("language", ["th", "en"])
def test_nothing_inline_nothing_from_elsewhere(client: Client, path: str, language: str) -> None:
    answer = client.get(path, {"lang": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r'(?:src|href)="https?:', page)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert page.count("<h1") == 1
    assert page.count("<main") == 1


def test_a_number_in_a_sentence_is_not_broken_and_is_escaped() -> None:
    sentence = engines["jinja2"].from_string('{{ _("The number %(of)s is %(b)s", of=a | reference, b="<b>") }}')
    page = sentence.render({"a": "TM47-<7K3M9QXT>-4"})
    assert page == 'The number <span class="sala-number">TM47-&lt;7K3M9QXT&gt;-4</span> is &lt;b&gt;'
    style = (Path(__file__).parents[2] / "sala/web/static/web/sala.css").read_text()
    assert re.search(r"\.sala-number\{[^}]*white-space:nowrap", style)


ERRORS: list[tuple[SalaError, int]] = [
    (NotFound(SAID), 404),
    (Forbidden(SAID), 403),
    (Conflict(SAID), 409),
    (Invalid([Fault("x", "y", SAID)]), 422),
]


@pytest.mark.parametrize(("error", "status"), ERRORS)
@pytest.mark.parametrize(("language", "said"), [("th", "คำอธิบาย"), ("en", "What happened")])
def test_expected_errors_are_pages_with_words(error: SalaError, status: int, language: str, said: str) -> None:
    answer = _failing(error, language)
    assert answer.status_code == status
    assert said in words(answer)


def test_too_many_says_when_to_come_back() -> None:
    answer = _failing(TooMany(retry_after=120), "en")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "120"
    assert "2 minutes" in words(answer)


def _failing(error: SalaError, language: str) -> HttpResponse:
    """The page that the middleware makes of `error`, through the hook that Django calls."""
    from django.utils import translation

    def handle(request: HttpRequest) -> HttpResponse:
        raise AssertionError

    request = RequestFactory().get("/")
    hook: Any = middleware.expected_errors(handle)
    with translation.override(language):
        answer = hook.process_exception(request, error)
    assert isinstance(answer, HttpResponse)
    return answer


def test_other_exceptions_are_not_hidden() -> None:
    hook: Any = middleware.expected_errors(lambda request: HttpResponse())
    assert hook.process_exception(RequestFactory().get("/"), ValueError()) is None


@pytest.mark.parametrize(("language", "said"), [("th", "ไม่พบหน้านี้"), ("en", "Page not found")])
def test_no_such_page(client: Client, language: str, said: str) -> None:
    answer = client.get("/nothing-here/", {"lang": language})
    assert answer.status_code == 404
    assert said in words(answer)


def test_a_failure_is_drawn_without_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = views.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "<h1" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused_with_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["lang"] = "en"
    answer = client.post("/track/", {"reference": "x", "email": "y"})
    assert answer.status_code == 403
    assert "Nothing was sent" in words(answer)


def test_style_and_script_are_in_step_with_their_sources() -> None:
    path = Path(settings.BASE_DIR).parent / "tools" / "assets.py"
    spec = importlib.util.spec_from_file_location("assets", path)
    assert spec
    assert spec.loader
    assets = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(assets)
    assert assets.faults() == []


def test_the_page_names_its_parts_by_their_own_files(client: Client) -> None:
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get("/").content.decode()):
        answer = client.get(path)
        answer.close()
        assert answer.status_code == 200, path


def test_a_form_far_too_large_is_told_so(client: Client) -> None:
    client.cookies["lang"] = "en"
    answer = client.post("/track/", {"reference": SimpleUploadedFile("huge.png", b"0" * 30_000_001)})
    assert answer.status_code == 400
    assert "A file may be too large" in words(answer)
