"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from jinja2 import Environment

from sala.kit import thai
from sala.kit.text import Text, language


def environment(**options: Any) -> Environment:
    """The Jinja2 environment: autoescaping, gettext by `_`."""
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    # The component macros read parameters that a caller may leave out: undefined must be falsy there.
    env = Environment(**options, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        static=static,
        url=_url,
        language=language,
        csrf_token=get_token,
        settings=settings,
    )
    env.filters.update(
        day=thai.day,
        moment=thai.moment,
        number=thai.number,
        text=_text,
    )
    return env


def _url(name: str, *args: object, **kwargs: object) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def _text(value: Text | str) -> str:
    return str(value)
