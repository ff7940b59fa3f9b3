"""A page draws its own address under the name at which it was opened, if that is one of this installation's."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from sala.kit.here import here, names

OWN = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _demo(settings: Settings) -> None:
    settings.DEMO, settings.PUBLIC_URL = True, OWN
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1:8000", OWN),
        ("localhost:8000", "http://localhost:8000"),
        ("localhost:9000", OWN),
        ("sala.example", OWN),
        ("localhost.example:8000", OWN),
    ],
)
def test_the_name_at_which_the_page_was_opened(host: str, address: str) -> None:
    assert here(RequestFactory().get("/", headers={"host": host})) == address


def test_an_installation_has_one_name(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://sala.example"
    assert names() == ("https://sala.example",), "a proxy may call a demonstration by the machine's own name"
    settings.PUBLIC_URL, settings.DEMO = OWN, False
    assert names() == (OWN,)
