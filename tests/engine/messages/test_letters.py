from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from django.template import engines
from jinja2 import UndefinedError

from sala.engine.messages import letters
from sala.identity import accounts

CONTEXT: dict[str, Any] = {
    "name": "Anna&Co",
    "url": "https://sala.example/account/link/abc/",
    "hours": 24,
    "minutes": 15,
    "new_email": "new@mail.example",
    "sign_in_url": "https://sala.example/account/sign-in/",
    "reset_url": "https://sala.example/account/forgotten/",
    "register_url": "https://sala.example/account/register/",
    "copy_url": "https://sala.example/account/my-data/copy/",
}
ACCOUNT_KINDS = get_args(letters.AccountKind)


def test_every_letter_that_the_accounts_ask_for_is_written() -> None:
    room = Path(accounts.__file__).parent
    asked = {
        kind
        for path in room.glob("*.py")
        for call in re.findall(r"\btell\(([^\n]*?),? (?:link|account)=", path.read_text())
        for kind in re.findall(r'"(\w+)"', call)
    }
    assert asked == set(ACCOUNT_KINDS)


@pytest.mark.parametrize("kind", ACCOUNT_KINDS)
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_letter_about_an_account_says_the_same_twice(kind: str, language: str) -> None:
    letter = letters.render(kind, language, CONTEXT)
    assert letter.subject
    assert "\n" not in letter.subject
    assert f'<html lang="{language}">' in letter.html
    assert words(letter.html) == words(letter.text), "the alternatives hold the same words"
    for address in re.findall(r'href="(https://sala[^"]+)"', letter.html):
        assert address in letter.text.splitlines(), "an address stands on a line of its own"


def words(text: str) -> set[str]:
    """The words of a letter, without mark-up, rules and addresses."""
    bare = re.sub(r"<head>.*</head>|<[^>]+>", " ", text, flags=re.DOTALL)
    bare = re.sub(r"https?://\S+", " ", bare).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return {word.rstrip(":") for word in bare.split() if not re.fullmatch(r"[-=]+", word)}


@pytest.mark.parametrize("kind", ACCOUNT_KINDS)
def test_thai_letters_are_thai(kind: str) -> None:
    letter = letters.render(kind, "th", CONTEXT)
    known = {"Anna&Co", "24", "15", "7", "new@mail.example"}
    assert {w for w in words(letter.text) if w.isascii()} <= known
    assert re.search("[ก-ฮ]", letter.subject)


def test_names_are_escaped_in_html_and_as_they_are_in_text() -> None:
    letter = letters.render("reset_password", "en", CONTEXT | {"name": "Anna <b>&"})
    assert "Anna &lt;b&gt;&amp;" in letter.html
    assert "Anna <b>&" in letter.text


@pytest.mark.parametrize("kind", ACCOUNT_KINDS)
def test_html_fetches_nothing(kind: str) -> None:
    html = letters.render(kind, "en", CONTEXT).html
    assert not re.search(r"<(img|link|script|iframe|table)|url\(|@import|src=", html)


def test_a_missing_word_is_an_error_not_a_hole() -> None:
    with pytest.raises(UndefinedError, match="hours"):
        letters.render("register_link", "en", {"name": "A", "url": "x"})


def test_every_part_exists_in_both_forms() -> None:
    env = engines["jinja2"].env  # type: ignore[attr-defined]
    parts = {form: env.get_template(f"letters/parts/{form}.jinja").module for form in ("text", "html")}
    text, html = ({name for name in dir(part) if not name.startswith("_")} for part in parts.values())
    assert text == html - {"tones"}
