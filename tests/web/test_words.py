"""The words of a room: compiled when they changed, and checked."""

from __future__ import annotations

import gettext
import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from sala.web import words

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house of one room, with one page and one message in Python."""
    room = tmp_path / "engine" / "room"
    (room / "templates" / "room").mkdir(parents=True)
    (room / "apps.py").touch()
    (room / "views.py").write_text('title = _("My requests")\n')
    (room / "templates" / "room" / "page.html").write_text(
        '<h1>{{ _("Services") }}</h1>{{ ngettext("%(num)s letter", "%(num)s letters", 2) }}'
    )
    monkeypatch.setattr(words, "SALA", tmp_path)
    return room


@pytest.fixture
def tool(room: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools" / "messages.py")
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.setattr(tool, "ROOT", room.parents[1])
    return tool


def translate(room: Path, **thai: str) -> None:
    path = words.words_of(room)
    text = path.read_text()
    for key, meaning in thai.items():
        line = f'msgid "{key.replace("_", " ")}"\nmsgstr "'
        text = text.replace(f'{line}"', f'{line}{meaning}"')
    path.write_text(text.replace('msgstr[0] ""', 'msgstr[0] "จดหมาย %(num)s ฉบับ"'))


def said(room: Path, english: str) -> str:
    with words.words_of(room).with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file).gettext(english)


def test_words_are_gathered_translated_and_compiled(room: Path, tool: ModuleType) -> None:
    run = CliRunner()
    run.invoke(tool.main, ["extract"])
    checked = run.invoke(tool.main, ["check"])
    assert checked.exit_code == 1
    assert checked.output.count("no Thai text") == 3
    translate(room, My_requests="คำขอของฉัน", Services="บริการ")
    assert run.invoke(tool.main, ["check"]).exit_code == 0
    assert len(words.compile_stale()) == 1
    assert said(room, "Services") == "บริการ"
    assert words.compile_stale() == []


def test_a_changed_file_is_compiled_anew(room: Path, tool: ModuleType) -> None:
    CliRunner().invoke(tool.main, ["extract"])
    words.compile_stale()
    made = words.words_of(room).with_suffix(".mo")
    os.utime(made, (0, 0))
    translate(room, Services="บริการทั้งหมด")
    assert words.compile_stale() == [made]
    assert said(room, "Services") == "บริการทั้งหมด"


def test_gathering_keeps_what_is_translated_and_drops_what_is_gone(room: Path, tool: ModuleType) -> None:
    run = CliRunner()
    run.invoke(tool.main, ["extract"])
    translate(room, My_requests="คำขอของฉัน", Services="บริการ")
    (room / "views.py").write_text('title = _("My drafts")\n')
    checked = run.invoke(tool.main, ["check"])
    assert "no longer used: 'My requests'" in checked.output
    assert "no Thai text: 'My drafts'" in checked.output
    run.invoke(tool.main, ["extract"])
    text = words.words_of(room).read_text()
    assert "บริการ" in text
    assert "My requests" not in text


def test_another_placeholder_is_a_fault(room: Path, tool: ModuleType) -> None:
    run = CliRunner()
    run.invoke(tool.main, ["extract"])
    translate(room, My_requests="คำขอของฉัน", Services="บริการ")
    path = words.words_of(room)
    path.write_text(path.read_text().replace("จดหมาย %(num)s ฉบับ", "จดหมาย %(number)s ฉบับ"))
    assert run.invoke(tool.main, ["check"]).exit_code == 1


def test_one_english_text_has_one_thai_text_in_all_rooms(room: Path, tool: ModuleType) -> None:
    other = room.parent / "other"
    other.mkdir()
    (other / "apps.py").touch()
    (other / "views.py").write_text('label = _("Services")\n')
    run = CliRunner()
    run.invoke(tool.main, ["extract"])
    translate(room, My_requests="คำขอของฉัน", Services="บริการ")
    translate(other, Services="งานบริการ")
    checked = run.invoke(tool.main, ["check"])
    assert checked.exit_code == 1
    assert "engine/other, engine/room: not the same Thai: 'Services'" in checked.output
    other_words = words.words_of(other)
    other_words.write_text(other_words.read_text().replace("งานบริการ", "บริการ"))
    assert run.invoke(tool.main, ["check"]).exit_code == 0


def test_every_room_of_the_house_has_its_words() -> None:
    assert {"sala/web", "sala/engine/messages"} <= {str(room.relative_to(ROOT)) for room in words.rooms()}
