"""Two test runs from one tree do not disturb each other, and leave nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

from tests.own_server import claim


def test_two_runs_at_once_have_a_folder_each(tmp_path: Path) -> None:
    first, second = claim(tmp_path), claim(tmp_path)
    assert first.folder != second.folder
    for run in (second, first):
        run.folder.mkdir()
        run.give_back()
    assert first.folder.exists(), "the next run need not make it anew"
    assert not second.folder.exists()
    assert claim(tmp_path).folder == first.folder


def test_what_a_killed_run_left_goes_at_the_next_start(tmp_path: Path) -> None:
    first, killed = claim(tmp_path), claim(tmp_path)
    (killed.folder / "server").mkdir(parents=True)
    third = claim(tmp_path)
    assert killed.folder.exists(), "it is running still"
    os.close(killed.lock)
    fourth = claim(tmp_path)
    assert fourth.folder == killed.folder, "a free one is taken before another is made"
    for run in (fourth, third):
        run.folder.mkdir(exist_ok=True)
    os.close(third.lock)
    os.close(first.lock)
    assert claim(tmp_path).folder == first.folder
    assert not third.folder.exists()
    assert fourth.folder.exists(), "it is running still"
