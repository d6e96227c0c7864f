"""The command line as a whole: the table of commands, and every way out of one."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import pytest

from annotator import __version__, cli
from annotator.cli import COMMANDS, PIPE_CLOSED, LazyGroup, group, run
from annotator.cli.common import echo_json, next_command, progress
from annotator.errors import BAD_INPUT, DATABASE, INTERRUPTED, OK, USAGE, InputError, StoreError

ROOT = Path(__file__).resolve().parents[2]


def raising(error: BaseException) -> click.Command:
    """Return a command line whose command `go` ends with this error."""
    top = LazyGroup("annotator", lazy={})

    @top.command("go")
    def go() -> None:
        raise error

    return top


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    command = import_module(f"annotator.cli.{name}").command
    assert command.name == name
    assert (command.short_help or command.get_short_help_str(limit=200)) == COMMANDS[name]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == OK
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines()] == list(COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == OK
    assert capsys.readouterr().out == f"annotator {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lod"], r"no command 'lod'; did you mean load\? \(try 'annotator --help'\)"),
        (["frobnicate"], r"no command 'frobnicate' \(try 'annotator --help'\)"),
        (["--nope"], r".*--nope.*[^.] \(try 'annotator --help'\)"),
        (["--db"], r".*--db.*[^.] \(try 'annotator --help'\)"),
        (["status", "--nope"], r".*--nope.*[^.] \(try 'annotator status --help'\)"),
    ],
)
def test_a_wrong_call_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(f"annotator: error: {message}\n", captured.err)


def test_a_group_without_a_command_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == USAGE
    assert capsys.readouterr().err.startswith("Usage: annotator schema")


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InputError("a.txt: empty", hint="write something"), BAD_INPUT, "a.txt: empty (write something)"),
        (StoreError("x.db is damaged"), DATABASE, "x.db is damaged"),
        (InputError("a\x1b[31m\r\nb\x9b\x00c\u2028.txt: empty"), BAD_INPUT, "a [31m b c .txt: empty"),
        (FileNotFoundError(2, "No such file or directory", "a.txt"), BAD_INPUT, "a.txt: No such file or directory"),
        (OSError(28, "No space left on device"), BAD_INPUT, "No space left on device"),
        (OSError("odd"), BAD_INPUT, "odd"),
        (OSError(), BAD_INPUT, "OSError"),
        (click.ClickException("cannot"), BAD_INPUT, "cannot"),
        (click.UsageError("not both."), USAGE, "not both (try 'annotator go --help')"),
        (KeyboardInterrupt(), INTERRUPTED, "stopped"),
    ],
)
def test_errors_end_in_one_line_and_a_status(
    error: BaseException, status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["go"], command=raising(error)) == status
    captured = capsys.readouterr()
    assert (captured.out, captured.err.strip("\n")) == ("", f"annotator: error: {line}")


def test_a_defect_is_not_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["go"], command=raising(ZeroDivisionError("words of an article"))) == 70
    said = capsys.readouterr().err
    assert "internal error: ZeroDivisionError" in said
    assert "test_group.py" in said
    assert "words of an article" not in said


def test_a_commands_exit_status_counts_and_what_it_returns_does_not() -> None:
    top = LazyGroup("annotator", lazy={})
    top.command("three")(lambda: click.get_current_context().exit(3))
    top.command("seven")(lambda: 7)
    assert run(["three"], command=top) == 3
    assert run(["seven"], command=top) == OK


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    code = (
        "import sys, click\n"
        "from annotator.cli import LazyGroup, run\n"
        "top = LazyGroup('annotator', lazy={})\n"
        "top.command('go')(lambda: [click.echo('x' * 1000) for _ in range(10_000)])\n"
        "sys.exit(run(['go'], command=top))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == b"x" * 10
        process.stdout.close()
        errors = process.stderr.read()
        assert (process.wait(timeout=30), errors) == (PIPE_CLOSED, b"")


@pytest.fixture
def database() -> Callable[[list[str]], Path]:
    """Return a function that says which database a command line means."""

    def ask(arguments: list[str]) -> Path:
        seen: list[Path] = []
        top = LazyGroup("annotator", lazy={}, params=group.params, callback=group.callback, invoke_without_command=True)
        top.command("go")(click.pass_obj(seen.append))
        assert run([*arguments, "go"], command=top) == OK
        return seen[0]

    return ask


def test_which_database(database: Callable[[list[str]], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANNOTATOR_DB", raising=False)
    assert database([]) == Path("annotator.db")
    monkeypatch.setenv("ANNOTATOR_DB", "from-environment.db")
    assert database([]) == Path("from-environment.db")
    assert database(["--db", "given.db"]) == Path("given.db")
    monkeypatch.setenv("ANNOTATOR_DB", "")
    assert database([]) == Path("annotator.db")


def test_without_a_command_the_queue_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr("annotator.cli.tag.open_queue", opened.append)
    assert run(["--db", "a.db"]) == OK
    assert opened == [Path("a.db")]


def test_output_in_any_script_survives_a_narrow_locale() -> None:
    code = "from annotator.cli import LazyGroup, run; import click, sys\n"
    code += "top = LazyGroup('annotator', lazy={}); top.command('go')(lambda: click.echo('النازحون \\udc80'))\n"
    code += "sys.exit(run(['go'], command=top))\n"
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code],
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        check=True,
        timeout=30,
    )
    assert done.stdout.decode("utf-8").rstrip() == "النازحون \\udc80"


def test_json_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    echo_json({"text": "難民 « déplacés »"})
    assert capsys.readouterr().out == '{\n  "text": "難民 « déplacés »"\n}\n'


def test_json_drives_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"a\x9b": "\x1b[31m\x9b31m\x7f\x85", "half": "\udc80"}
    echo_json(data)
    out = capsys.readouterr().out
    assert out.isascii() and all(one.isprintable() or one == "\n" for one in out)
    assert json.loads(out) == data


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_at_most_ten_times_a_second() -> None:
    terminal = Terminal()
    times = iter([0.0, 0.0, 0.05, 0.2, 0.2])
    with progress(2000, "loading", stream=terminal, clock=lambda: next(times)) as line:
        line.update(1000)
        line.update()
        line.update(500)
    pictures = ["loading 1,000 of 2,000 (50 %)", "loading 1,501 of 2,000 (75 %)", "loading 1,501 of 2,000 (75 %)"]
    assert terminal.getvalue() == "".join(f"\r{picture}" for picture in pictures) + "\n"


def test_progress_without_a_known_total() -> None:
    terminal = Terminal()
    with progress(None, "reading", stream=terminal, clock=lambda: 1.0) as line:
        line.update(3)
    assert terminal.getvalue() == "\rreading 3\rreading 3\n"


def test_progress_leaves_files_and_pipes_alone() -> None:
    stream = io.StringIO()
    with progress(2, "loading", stream=stream) as line:
        line.update(2)
    assert (line.done, stream.getvalue()) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "annotator tag"),
        (["--db", "real/brat.db"], "annotator --db real/brat.db tag"),
        (["--db", "my news.db"], "annotator --db 'my news.db' tag"),
    ],
    ids=["left out", "typed", "with a blank"],
)
def test_the_command_to_type_next_means_the_same_database(
    arguments: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    top = LazyGroup("annotator", lazy={}, params=group.params, callback=group.callback, invoke_without_command=True)
    top.command("go")(lambda: seen.append(next_command("tag")))
    for environment in ("", "from-environment.db"):
        monkeypatch.setenv("ANNOTATOR_DB", environment)
        assert run([*arguments, "go"], command=top) == OK
    assert seen == [expected, expected]


def test_outside_a_command_nothing_was_typed() -> None:
    assert next_command("tag") == "annotator tag"
    assert next_command("", db=Path("a b.db")) == "annotator --db 'a b.db'"


def test_what_commands_print_to_type_next_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANNOTATOR_DB", raising=False)
    given = ["--db", "my news.db"]
    own = "annotator --db 'my news.db'"

    def printed(*arguments: str) -> str:
        run([*given, *arguments])
        out, err = capsys.readouterr()
        return out + err

    assert f"next: {own} load FILES, then {own} tag" in printed("new")
    assert f"({own} load FILES)" in printed("tag")
    assert f"nobody yet: {own} annotators add NAME" in printed("annotators")
    Path("a.txt").write_text("Rebels shelled Aleppo.")
    printed("load", "a.txt")
    assert f"yet: {own} tag" in printed("status")
    line = '{"text":"Rebels shelled Aleppo.","annotator":"%s","spans":[{"start":0,"end":%d,"label":"actor"}]}\n'
    Path("two.jsonl").write_text(line % ("ana", 6) + line % ("bo", 14))
    printed("load", "two.jsonl")
    assert f"left for a person: {own} adjudicate\n" in printed("adjudicate", "--strategy", "all", "--annotator", "eva")
    fix = ["Rebels", "--set", "location", "--for", "ana", "--only-label", "actor", "--yes", "--author", "ana"]
    assert f"{own} concordance --undo takes it back" in printed("concordance", *fix)
    assert f"when it comes back: {own} merge part.db" in printed("split", "part.db", "--annotator", "ana", "--all")


def test_commands_are_not_named_without_their_database() -> None:
    folder = Path(cli.__file__).parent
    shown = re.compile(r"""f?"[^"]*\bannotator (?:{})\b[^"]*\"""".format("|".join(COMMANDS)))
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(folder.glob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if '"""' not in line and shown.search(line)
    ]
    assert found == []
