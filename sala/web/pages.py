"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

from sala.identity.accounts.requests import actor_of
from sala.kit import thai
from sala.kit.errors import Fault
from sala.kit.text import Text, language

OTHER_LANGUAGE = {"th": ("en", "English"), "en": ("th", "ไทย")}


def environment(**options: Any) -> Environment:
    """The Jinja2 environment: autoescaping, gettext by `_`, the component macros as `govuk_frontend_jinja/…`."""
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    macros = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    options["loader"] = ChoiceLoader([options["loader"], macros])
    # The component macros read parameters that a caller may leave out: undefined must be falsy there.
    env = Environment(**options, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])  # noqa: S701 - Django passes autoescape
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        static=static,
        url=_url,
        language=language,
        csrf_token=get_token,
        settings=settings,
        actor_of=actor_of,
        other_language=other_language,
        fault_of=fault_of,
    )
    env.filters.update(
        day=thai.day,
        moment=thai.moment,
        number=thai.number,
        text=_text,
        reference=_reference,
    )
    return env


def other_language(request: HttpRequest | None) -> dict[str, str]:
    """The link that shows this page in the other language: its code, that language's own name, and the address."""
    code, name = OTHER_LANGUAGE[language()]
    query = request.GET.copy() if request else None
    if query is None:
        return {"code": code, "name": name, "href": f"?lang={code}"}
    query["lang"] = code
    return {"code": code, "name": name, "href": "?" + query.urlencode()}


_ERROR = Text(th="ข้อผิดพลาด", en="Error")


def fault_of(faults: list[Fault] | None, field: str) -> dict[str, str] | None:
    """`errorMessage` of a component macro for `field`: the first fault of it, or None."""
    for fault in faults or ():
        if fault.field == field:
            return {"text": str(fault.message), "visuallyHiddenText": str(_ERROR)}
    return None


def _url(name: str, *args: object, **kwargs: object) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def _reference(number: str) -> Markup:
    """A number such as TM47-7K3M9QXT-4 inside a sentence: it is not broken at its hyphens."""
    return Markup('<span class="sala-number">{}</span>').format(number)


def _text(value: Text | str) -> str:
    return str(value)
