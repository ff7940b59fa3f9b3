"""The words of letters: one template a letter, for plain text and HTML and for both languages.

A template `letters/<kind>.jinja` (in any room) writes with the parts it is given
(`part.say`, `part.facts`, `part.button`, …). Rendered once with the parts of plain text and
once with those of HTML, the two alternatives cannot drift apart; gettext does the same for
the languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from django.conf import settings
from django.template import engines
from django.utils import translation
from jinja2 import Environment, StrictUndefined

Form = Literal["text", "html"]
AccountKind = Literal[
    "register_link",
    "already_registered",
    "reset_password",
    "change_email_confirm",
    "change_email_notice",
    "password_changed",
    "locked",
    "no_account",
    "passkey_added",
    "disowned",
    "data_ready",
]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to post."""

    subject: str
    text: str
    html: str


def render(kind: str, language: str, context: Mapping[str, Any]) -> Letter:
    """The letter `letters/<kind>.jinja` in `language` (`th` or `en`).

    `context` must hold every name that the template uses: a missing one raises, rather than leave a hole.
    """
    with translation.override(language):
        plain = _written(kind, "text", language, context)
        html = _written(kind, "html", language, context)
    return Letter(subject=plain.subject, text=_tidy(plain.text), html=html.text.strip() + "\n")


@dataclass(frozen=True, slots=True)
class _Written:
    subject: str
    text: str


def _written(kind: str, form: Form, language: str, context: Mapping[str, Any]) -> _Written:
    environment = _environment(form)
    template = environment.get_template(f"letters/{kind}.jinja")
    words = {
        **context,
        "language": language,
        "public_url": settings.PUBLIC_URL,
        "frame": environment.get_template(f"letters/parts/frame.{form}.jinja"),
        "part": environment.get_template(f"letters/parts/{form}.jinja").module,
    }
    subject = "".join(template.blocks["subject"](template.new_context(words)))
    return _Written(subject=" ".join(subject.split()), text=template.render(words))


@cache
def _environment(form: Form) -> Environment:
    pages = cast("Environment", engines["jinja2"].env)  # type: ignore[attr-defined]
    return pages.overlay(autoescape=form == "html", undefined=StrictUndefined)


def _tidy(text: str) -> str:
    """No blanks at line ends, one empty line at most, one line end at the end."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"
