"""Keys: published before they sign and after; sealed; rotated without an interruption."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from django.test import Client as Browser
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pytest_django import Settings

from sala.identity.provider import keys
from sala.identity.provider.models import SigningKey
from sala.kit import clock
from sala.kit.errors import Conflict
from sala.kit.models import AuditEntry

pytestmark = pytest.mark.django_db


def published() -> KeySet:
    keys.forget()
    return KeySet.import_key_set(Browser().get("/jwks/").json())


def kid_of(token: str, known: KeySet) -> str:
    return str(jwt.decode(token, known, algorithms=["ES256"]).header["kid"])


def test_the_next_key_is_published_before_it_signs() -> None:
    cached = published()
    first = kid_of(keys.sign({"a": 1}), cached)
    with clock.frozen(clock.now() + timedelta(hours=1, seconds=1)):
        following = keys.rotate(by="tests")
        assert following != first
        assert kid_of(keys.sign({"a": 1}), cached) == following, "known to whoever read the keys an hour ago"


def test_a_retired_key_is_published_for_a_day() -> None:
    old = keys.sign({"a": 1})
    start = clock.now() + timedelta(hours=2)
    with clock.frozen(start):
        keys.rotate(by="tests")
        assert kid_of(old, published())
    with clock.frozen(start + timedelta(hours=25)):
        with pytest.raises((JoseError, ValueError)):
            kid_of(old, published())
        keys.rotate(by="tests")
        assert SigningKey.objects.count() == 3, "next, signing, retired: the one before is deleted"


def test_a_key_that_not_all_know_does_not_sign_yet() -> None:
    keys.sign({"a": 1})
    with pytest.raises(Conflict):
        keys.rotate(by="tests")


def test_a_compromised_key_is_withdrawn_at_once() -> None:
    old = keys.sign({"a": 1})
    keys.rotate(by="tests", compromised=True)
    with pytest.raises((JoseError, ValueError)):
        kid_of(old, published())
    assert kid_of(keys.sign({"a": 1}), published())
    assert SigningKey.objects.count() == 2, "the next one went too: who had one had both"
    entry = AuditEntry.objects.get(action="provider.key_rotated")
    assert "compromised" in str(entry.detail)


def test_a_process_that_did_not_hear_of_it_signs_on_for_seconds_and_is_believed() -> None:
    deaf = keys.sign({"a": 1})
    with clock.frozen(clock.now() + timedelta(hours=2)):
        keys.rotate(by="tests")
        assert kid_of(deaf, published())


def test_only_public_parts_are_published() -> None:
    document = Browser().get("/jwks/")
    assert document.headers["Cache-Control"] == "public, max-age=3600"
    assert all("d" not in key and key["alg"] == "ES256" for key in document.json()["keys"])


def test_the_database_alone_signs_nothing(settings: Settings) -> None:
    keys.sign({"a": 1})
    sealed = bytes(SigningKey.objects.exclude(signs_from=None).get().sealed)
    assert b"PRIVATE" not in sealed
    keys.forget()
    settings.SECRET_KEY = "of another installation"
    with pytest.raises(InvalidTag):
        keys.sign({"a": 1})
    keys.rotate(by="tests", compromised=True)
    assert kid_of(keys.sign({"a": 1}), published()), "the way out, where the secret key had to be changed"
