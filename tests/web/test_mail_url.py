from __future__ import annotations

import pytest

from sala.web.mail_url import settings_of


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://relay", 25, False, False),
        ("smtp://127.0.0.1:1025", 1025, False, False),
        ("smtp+tls://relay", 587, True, False),
        ("smtps://relay", 465, False, True),
    ],
)
def test_the_scheme_says_how_the_line_is_protected(url: str, port: int, starttls: bool, tls: bool) -> None:
    found = settings_of(url)
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, starttls, tls)


def test_a_password_may_hold_anything_when_it_is_quoted() -> None:
    found = settings_of("smtp+tls://post%40sala:p%2Fa%3As%40s@relay.example:2587")
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("post@sala", "p/a:s@s")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("relay.example", 2587)


@pytest.mark.parametrize(
    "url",
    [
        "relay:25",
        "http://user:secret@relay",
        "smtp+ssl://user:secret@relay",
        "smtp://",
        "smtp://user:secret@relay:port",
        "smtp://user:se/cret@relay",
        "smtp+tls://user:secret@relay:587/?tls=False",
    ],
)
def test_what_cannot_be_right_stops_the_start_and_tells_no_password(url: str) -> None:
    with pytest.raises(SystemExit, match="EMAIL_URL") as stopped:
        settings_of(url)
    assert "secret" not in str(stopped.value)
