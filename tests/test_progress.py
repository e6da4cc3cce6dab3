"""A bar is for people who watch."""

from __future__ import annotations

import io
import sys

from geosector.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_nothing_is_shown_in_a_pipe(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with progress(2, "counting") as bar:
        bar.update(2)
        bar.set_postfix_str("two")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_what_is_done(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress(2, "عدّ") as bar:
        bar.update(2)
    assert "عدّ" in terminal.getvalue()


def test_a_program_without_a_console_runs_too(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(sys, "stderr", None)
    with progress(2, "counting") as bar:
        bar.update(2)
    assert bar.disable
