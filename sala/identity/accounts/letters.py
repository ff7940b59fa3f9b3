"""What an account's letters say, for the post room that writes and sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.conf import settings
from django.urls import reverse

from sala.identity.accounts import links, rules
from sala.identity.accounts.models import Account, OneTimeLink


class Told(msgspec.Struct, frozen=True):
    """The payload of the topic `account.letter`: names of rows, no address and no secret."""

    kind: str
    id: str
    link: str | None = None
    account: str | None = None


def letter_for(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The letter that an `account.letter` event asks for: kind, id, to, language and the context of its template.

    None if nothing is to be sent: the address was unknown, the account is closed by now, or its person
    has died. The context has
    `name`, `url` (the one-time link), `hours` (how long it works), `minutes` (of a lock), `email` (the account's),
    `new_email`, and the addresses of pages: `sign_in_url`, `reset_url`, `register_url`.
    """
    told = msgspec.convert(payload, Told)
    if told.link:
        return _of_link(told, OneTimeLink.objects.select_related("account").filter(id=told.link).first())
    account = (
        Account.objects.filter(id=told.account, closed_at=None, rests_since=None).first() if told.account else None
    )
    return _letter(told, account.email, account.language, _words(account)) if account else None


def _of_link(told: Told, link: OneTimeLink | None) -> dict[str, Any] | None:
    if link is None or link.used_at or (told.kind == "locked" and link.account is None):
        return None
    if link.account and link.account.rests_since:
        return None  # nobody mails the dead
    words = _words(link.account) | link.payload | {"url": links.url_of(link.id)}
    if told.kind in {"already_registered", "locked"}:
        words["reset_url"] = words["url"]
    language = link.account.language if link.account else rules.clean_language(link.payload.get("language", ""))
    return _letter(told, link.email, language, words)


def _letter(told: Told, to: str, language: str, words: dict[str, Any]) -> dict[str, Any]:
    words["name"] = words.get("given_name", "")
    return {"kind": told.kind, "id": told.id, "to": to, "language": language, "context": words}


def _words(account: Account | None) -> dict[str, Any]:
    return {
        "given_name": account.given_name if account else "",
        "email": account.email if account else "",
        "hours": int(rules.LINK_AGE.total_seconds()) // 3600,
        "minutes": int(rules.LOCK.total_seconds()) // 60,
        "sign_in_url": settings.PUBLIC_URL + reverse("accounts:sign_in"),
        "reset_url": settings.PUBLIC_URL + reverse("accounts:forgotten"),
        "register_url": settings.PUBLIC_URL + reverse("accounts:register"),
        "copy_url": settings.PUBLIC_URL + reverse("mydata:copy"),
    }
