"""Where devices and relying parties begin a sign-in that is approved on the phone (RFC 8628, CIBA)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest

from sala.identity.accounts import devices
from sala.identity.provider import ciba, device_flow, rules
from sala.identity.provider.clients import Party
from sala.identity.provider.rules import Refusal
from sala.identity.provider.wire import Endpoint, asked, noted, to_json
from sala.kit.answer import Answer
from sala.kit.errors import TooMany

_ACTS = {rules.DEVICE: "device", rules.CIBA: "ciba"}
Begin = Callable[[Party, dict[str, str]], dict[str, Any]]


def _begun(request: HttpRequest, endpoint: str, grant: str, begin: Begin) -> Answer:
    given, client = asked(request, endpoint)
    with noted(client, _ACTS[grant]):
        if grant not in client.grants:
            raise Refusal("unauthorized_client", f"This client is not registered for {grant}")
        try:
            return to_json(begin(client, given))
        except TooMany as slow:
            raise Refusal("slow_down", f"Too many: wait {slow.retry_after} seconds", status=429) from None


def _device(request: HttpRequest) -> Answer:
    place = devices.plain(request.headers.get("User-Agent", ""))
    begin = partial(device_flow.begin, place=place)
    return _begun(request, "device_authorization", rules.DEVICE, begin)


def _ciba(request: HttpRequest) -> Answer:
    return _begun(request, "ciba", rules.CIBA, ciba.begin)


device = Endpoint(_device, "POST")
backchannel = Endpoint(_ciba, "POST")
