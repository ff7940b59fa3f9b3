"""Under which name a page was opened: what it draws as its own address must lead back to where the person is.

An installation has one name, PUBLIC_URL. A demonstration on this machine has two, for browsers give passkeys to
localhost and to no IP address, while 127.0.0.1 is what `sala run` prints.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest

_MACHINE = ("127.0.0.1", "localhost")


def names() -> tuple[str, ...]:
    """Every address of this installation, PUBLIC_URL first."""
    address = urlsplit(settings.PUBLIC_URL)
    if not settings.DEMO or address.hostname not in _MACHINE:
        return (settings.PUBLIC_URL,)
    port = f":{address.port}" if address.port else ""
    both = (urlunsplit((address.scheme, f"{host}{port}", "", "", "")) for host in _MACHINE)
    return (settings.PUBLIC_URL, *(one for one in both if one != settings.PUBLIC_URL))


def here(request: HttpRequest) -> str:
    """The address at which this page was opened, if it is one of ours; else PUBLIC_URL."""
    opened = f"{request.scheme}://{request.get_host()}"
    return opened if opened in names() else settings.PUBLIC_URL
