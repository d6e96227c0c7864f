"""`annotator tutor` as a command: without a terminal, and in one, left in the middle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from annotator.cli import run
from annotator.errors import USAGE


def test_without_a_terminal_it_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tutor"]) == USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("annotator: error: the tutorial needs a terminal")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("number", ["0", "9", "two"])
def test_an_exercise_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], number: str) -> None:
    assert run(["tutor", "--exercise", number]) == USAGE
    assert "--exercise" in capsys.readouterr().err


def test_there_are_as_many_exercises_as_the_option_takes() -> None:
    from annotator.cli.tutor import command
    from annotator.tui.exercises import EXERCISES

    (option,) = (option for option in command.params if option.name == "exercise")
    assert option.type.max == len(EXERCISES)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals here")
@pytest.mark.parametrize("how", ["q", "\x03", "SIGTERM"], ids=["q", "ctrl+c", "sigterm"])
def test_left_in_the_middle_of_a_real_terminal_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    import signal

    from pty_run import Terminal

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("ANNOTATOR_DB", str(tmp_path / "mine.db"))
    with Terminal("tutor") as app:
        app.ready("Shells")
        app.until(lambda: any(tmp_path.iterdir()))
        app.send("nnl")
        app.until("Done")
        if how == "SIGTERM":
            app.process.send_signal(signal.SIGTERM)
            assert app.ends() == 128 + signal.SIGTERM
        else:
            app.send(how)
            assert app.ends() == 0
            assert "1 of 8 exercises are done." in app.after
        assert app.restored
    assert list(tmp_path.iterdir()) == []
