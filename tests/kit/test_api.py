"""The API's machinery: what is read, what is refused and how, what is remembered."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
from django.test import Client

from sala.kit import throttle
from sala.kit.models import AuditEntry, IdempotencyKey

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.toy_urls")]

WRITER = {"Authorization": "Bearer writer"}


@pytest.fixture
def api() -> Client:
    throttle.forget()
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def post(api: Client, body: Any, *, key: str | None = None, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    all_headers = WRITER | ({"Idempotency-Key": key} if key else {}) | headers
    return api.post("/api/toy", content, content_type="application/json", headers=all_headers)


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"].endswith(f"/api/v1/problems/{code}")
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert {"title", "detail", "instance", "errors"} <= set(problem)
    return problem


def test_a_thing_is_made(api: Client) -> None:
    response = post(api, {"name": "a"})
    assert response.status_code == 201
    assert response.headers["Location"] == "/api/toy/1"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {"number": 1, "name": "a"}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "Object missing required field"),
        (b"{", "not valid JSON"),
        (b'{"name":"a"', "not valid JSON"),
        (b'{"name":"\xff"}', "not valid JSON"),
        (b'\xef\xbb\xbf{"name":"a"}', "not valid JSON"),
        (b'{"name":"a","facts":{"x":NaN}}', "not valid JSON"),
        (b'{"name":"a","facts":{"x":Infinity}}', "not valid JSON"),
        (b'{"name":"\\ud800"}', "not valid JSON"),
        (b'{"name":"a\x00"}', "not valid JSON"),
        (b'{"name":"a\\u0000"}', "NUL"),
        (b'{"name":"a","name":"b"}', "repeats the key name"),
        (b'{"name":"a","facts":{"x":{"y":1,"y":1}}}', "repeats the key y"),
        (b'{"name":"a","facts":{"x":' + b"[" * 40 + b"]" * 40 + b"}}", "nested deeper"),
        (b'{"name":"a","facts":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "nested deeper"),
        (b'{"name":1}', "Expected `str`"),
        (b'{"name":"a","what":1}', "unknown field"),
        (b"[]", "Expected `object`"),
        (b'{"name":"' + b"x" * 21 + b'"}', "length <= 20"),
        (b'{"name":"a","facts":{"x":1e999}}', "out of range"),
    ],
)
def test_bad_bodies_are_refused_with_their_place(api: Client, raw: bytes, says: str) -> None:
    response = post(api, raw, **{"Accept-Language": "en"})
    assert response.status_code in {400, 422}
    problem = assert_problem(response, response.status_code, "malformed" if response.status_code == 400 else "invalid")
    assert says in problem["detail"] + str(problem["errors"])
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("end", [b"", b"\\", b"\\\n"])
def test_a_text_without_end_costs_no_more_than_its_length(api: Client, end: bytes) -> None:
    """Its quotes were tried one after the other, each to the end of the body: a megabyte took an hour."""
    started = time.process_time()
    raw = b'{"name":"a","facts":{"x":[' + b"[]," * 32 + b'"' + b'\\"' * 40_000 + end
    assert_problem(post(api, raw), 400, "malformed")
    assert time.process_time() - started < 5


def test_brackets_in_text_are_not_nesting_and_an_escaped_backslash_is_no_nul(api: Client) -> None:
    assert post(api, {"name": "a", "facts": {"x": '[{"' * 100, "y": "\\u0000"}}).status_code == 201


def test_the_place_of_a_wrong_type_is_named(api: Client) -> None:
    problem = assert_problem(post(api, {"name": "a", "facts": []}), 422, "invalid")
    assert problem["errors"][0]["field"] == "facts"
    assert problem["errors"][0]["detail_th"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(api: Client, kind: str) -> None:
    response = api.post("/api/toy", b'{"name":"a"}', content_type=kind, headers=WRITER)
    assert_problem(response, 415, "unsupported_media_type")


def test_json_with_a_charset_is_read(api: Client) -> None:
    kind = "application/json; charset=UTF-8"
    assert api.post("/api/toy", b'{"name":"a"}', content_type=kind, headers=WRITER).status_code == 201


def test_large_bodies_are_refused_unread(api: Client) -> None:
    assert_problem(post(api, b'{"name":"' + b"x" * 3_000_000 + b'"}'), 413, "too_large")


def test_unknown_path_method_and_parameter(api: Client) -> None:
    assert_problem(api.get("/api/nothing"), 404, "not_found")
    assert_problem(api.get("/api/toy/"), 404, "not_found")
    response = api.delete("/api/toy")
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST"
    assert assert_problem(api.get("/api/toy?limti=2"), 400, "malformed")["errors"][0]["field"] == "limti"
    assert assert_problem(api.get("/api/toy?limit=11"), 400, "malformed")["errors"][0]["field"] == "limit"
    assert_problem(api.get("/api/toy?limit=2&limit=3"), 400, "malformed")
    assert_problem(api.get("/api/toy?limit=%00"), 400, "malformed")
    assert_problem(api.post("/api/toy?x=1", b"{}", content_type="application/json", headers=WRITER), 400, "malformed")


@pytest.mark.parametrize("query", ["", "?", "?limit=2"])
def test_a_parameter_that_is_needed_is_named(api: Client, query: str) -> None:
    assert assert_problem(api.get(f"/api/echo{query}"), 400, "malformed")["errors"][0]["field"] == "word"


def test_tokens(api: Client) -> None:
    missing = api.post("/api/toy", b"{}", content_type="application/json")
    assert_problem(missing, 401, "unauthorized")
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="sala"'
    wrong = post(api, {"name": "a"}, Authorization="Bearer nobody")
    assert_problem(wrong, 401, "unauthorized")
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    narrow = post(api, {"name": "a"}, Authorization="Bearer reader")
    assert_problem(narrow, 403, "insufficient_scope")
    assert 'scope="write"' in narrow.headers["WWW-Authenticate"]
    assert_problem(api.get("/api/toy", headers={"Authorization": "Bearer nobody"}), 401, "unauthorized")


def test_words_follow_accept_language(api: Client) -> None:
    for header, detail in [("en", "They clash"), ("th", "ชนกัน"), ("", "ชนกัน"), ("fr,en;q=0.5,th;q=0.1", "They clash")]:
        response = post(api, {"name": "clash"}, **{"Accept-Language": header})
        assert assert_problem(response, 409, "conflict")["detail"] == detail


def test_an_etag_saves_the_second_answer(api: Client) -> None:
    first = api.get("/api/toy")
    again = api.get("/api/toy", headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    other = api.get("/api/toy?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_head_is_get_without_a_body(api: Client) -> None:
    response = api.head("/api/toy")
    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["Content-Length"] == str(len(api.get("/api/toy").content))


def test_no_other_site_is_let_in(api: Client) -> None:
    response = api.options("/api/toy", headers={"Origin": "https://elsewhere.example"})
    assert_problem(response, 405, "method_not_allowed")
    assert not [name for name in response.headers if name.lower().startswith("access-control")]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_a_repeated_post_is_done_once(api: Client) -> None:
    first = post(api, {"name": "a"}, key="k1")
    again = post(api, {"name": "a"}, key="k1")
    assert (again.status_code, again.content, again.headers["Location"]) == (
        201,
        first.content,
        first.headers["Location"],
    )
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert AuditEntry.objects.count() == 1


def test_a_key_is_for_one_request(api: Client) -> None:
    post(api, {"name": "a"}, key="k1")
    assert_problem(post(api, {"name": "b"}, key="k1"), 422, "idempotency_key_reused")
    assert AuditEntry.objects.count() == 1


def test_refusals_are_not_remembered(api: Client) -> None:
    assert_problem(post(api, {"name": "clash"}, key="k1"), 409, "conflict")
    assert not IdempotencyKey.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("key", [" ", "a b", "ก", "x" * 256, "a\tb"])
def test_keys_that_cannot_be(api: Client, key: str) -> None:
    assert_problem(post(api, {"name": "a"}, key=key), 400, "malformed")


def test_too_many_requests(api: Client, settings: Any) -> None:
    settings.API_RATE = 2
    assert [api.get("/api/toy").status_code for _ in range(3)] == [200, 200, 429]
    response = api.get("/api/toy")
    assert_problem(response, 429, "too_many")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert post(api, {"name": "a"}).status_code == 201


def test_failures_say_nothing_to_anybody(api: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = api.get("/api/fail/code", headers={"Accept-Language": "en"})
    assert "0812345678" not in str(assert_problem(response, 500, "internal"))


def test_a_database_that_is_away_is_503(api: Client) -> None:
    response = api.get("/api/fail/database")
    assert_problem(response, 503, "unavailable")
    assert response.headers["Retry-After"]


def test_a_request_id_is_kept_or_given(api: Client) -> None:
    assert api.get("/api/toy", headers={"X-Request-ID": "abc-12345"}).headers["X-Request-ID"] == "abc-12345"
    assert api.get("/api/toy", headers={"X-Request-ID": "a b\n"}).headers["X-Request-ID"] != "a b\n"
