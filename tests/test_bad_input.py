"""Bad input of every kind through the whole command: one clear line, the right exit status, nothing half stored."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import copied

from annotator.cli import run

GOOD = {"id": "good", "text": "Shells hit Taiz."}


def annotator(folder: Path, *arguments: str, stdin: bytes = b"", **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "annotator", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=120,
        **more,  # type: ignore[call-overload]
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def within(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder as `annotator` does, but in this process: a new one takes longer than the work."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        status = run(list(arguments))
    printed = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(arguments, status, *printed)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made")
    assert annotator(path, "new").returncode == 0
    return path / "annotator.db"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A folder with a database."""
    copied(made, tmp_path / "annotator.db")
    return tmp_path


def articles(folder: Path, name: str = "annotator.db") -> int:
    return int(json.loads(within(folder, "--db", name, "status", "--json").stdout)["articles"])


def lines(*records: object) -> bytes:
    return b"".join(
        (record if isinstance(record, bytes) else json.dumps(record, ensure_ascii=False).encode()) + b"\n"
        for record in records
    )


def spanned(start: int, end: int, label: str = "location", **more: object) -> dict[str, object]:
    span = {"id": "s1", "start": start, "end": end, "label": label, **more}
    return {"id": "bad", "text": "Shells hit Idlib.", "annotator": "ana", "spans": [span]}


RECORDS: dict[str, tuple[bytes, int, str]] = {
    # what is wrong: (the file, its line, words of the message)
    "broken JSON": (lines(GOOD, {"id": "two", "text": "Two."}, b'{"id": "three", "text": '), 3, "JSON"),
    "span past the end": (lines(GOOD, spanned(11, 99)), 2, "11–99"),
    "negative span": (lines(GOOD, spanned(-3, 4)), 2, "negative"),
    "reversed span": (lines(GOOD, spanned(9, 4)), 2, "reversed"),
    "label not in the schema": (lines(GOOD, spanned(11, 16, "town")), 2, "'town'"),
    "surface differs": (lines(GOOD, spanned(11, 16, text="Aleppo")), 2, "Aleppo"),
    "empty article": (lines(GOOD, {"id": "none", "text": ""}), 2, "empty"),
    "blank article": (lines(GOOD, {"id": "none", "text": " \n"}), 2, "empty"),
    "lone surrogate": (lines(GOOD, b'{"id": "bad", "text": "x\\ud800"}'), 2, ""),
    "no text": (lines(GOOD, {"id": "none"}), 2, "text"),
    "unknown attribute": (lines(GOOD, spanned(11, 16, attributes={"colour": "red"})), 2, "colour"),
    "dangling link": (lines(GOOD, spanned(11, 16, "casualty", attributes={"location": ["s9"]})), 2, "s9"),
}


@pytest.mark.parametrize("what", RECORDS)
def test_a_bad_record_is_left_out_whole_and_the_good_ones_stay(folder: Path, what: str) -> None:
    content, line, words = RECORDS[what]
    (folder / "news.jsonl").write_bytes(content)
    done = (annotator if what == "broken JSON" else within)(folder, "load", "news.jsonl")
    assert done.returncode == 3
    said = [row for row in (done.stdout + done.stderr).splitlines() if f"news.jsonl:{line}" in row]
    assert len(said) == 1, done.stdout + done.stderr
    assert words in said[0]
    assert "Traceback" not in done.stderr
    assert articles(folder) == line - 1
    assert within(folder, "status", "--json").stdout.count('"annotator": "ana"') == 0


@pytest.mark.parametrize("what", RECORDS)
def test_strict_stores_nothing(folder: Path, what: str) -> None:
    (folder / "news.jsonl").write_bytes(RECORDS[what][0])
    assert within(folder, "load", "--strict", "news.jsonl").returncode == 3
    assert articles(folder) == 0


def _empty_folder(folder: Path) -> str:
    (folder / "empty").mkdir()
    return "empty"


def _binary(folder: Path) -> str:
    (folder / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4)
    return "photo.txt"


FILES: dict[str, Callable[[Path], str]] = {
    "a missing file": lambda folder: "nowhere.txt",
    "a folder without articles": _empty_folder,
    "a binary file": _binary,
    "an empty glob": lambda folder: "*.nothing",
}


@pytest.mark.parametrize("what", FILES)
def test_a_bad_file_is_one_line(folder: Path, what: str) -> None:
    name = FILES[what](folder)
    done = within(folder, "load", name)
    assert done.returncode == 3
    said = [row for row in (done.stdout + done.stderr).splitlines() if name in row]
    assert len(said) == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert articles(folder) == 0


def _one_line(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    assert done.returncode == status, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_a_schema_with_a_typing_error(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('name = "x"\nversion = "1"\n\n[labels.a]\nkolor = "#123456"\n', encoding="utf-8")
    _one_line(annotator(tmp_path, "new", "--schema", "s.toml"), 3, "s.toml:5", "kolor")
    assert not (tmp_path / "annotator.db").exists()


@pytest.mark.parametrize("command", [["status"], ["check"], ["load", "a.txt"], ["export", "o.jsonl"], ["tag"]])
def test_no_database(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "a.txt").write_text("Shells.", encoding="utf-8")
    _one_line(annotator(tmp_path, *command), 4, "annotator.db", "annotator new")
    assert not (tmp_path / "annotator.db").exists()


@pytest.mark.parametrize("command", [["status"], ["check"], ["load", "a.txt"], ["export", "o.jsonl"], ["tag"]])
def test_a_file_that_is_no_database(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "a.txt").write_text("Shells.", encoding="utf-8")
    (tmp_path / "annotator.db").write_bytes(b"This is a letter, not a database. " * 40)
    before = (tmp_path / "annotator.db").read_bytes()
    _one_line(annotator(tmp_path, *command), 4, "annotator.db", "not a database")
    assert (tmp_path / "annotator.db").read_bytes() == before


def test_new_over_a_database_that_is_there(folder: Path) -> None:
    before = (folder / "annotator.db").read_bytes()
    _one_line(annotator(folder, "new"), 4, "there already")
    assert (folder / "annotator.db").read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limit to set for a process")
def test_a_full_disk(folder: Path) -> None:
    assert (
        annotator(
            folder,
            "load",
            "-",
            stdin=b"Shells hit Taiz.",
        ).returncode
        == 0
    )
    size = (folder / "annotator.db").stat().st_size

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40_000, size + 40_000))

    content = lines(*({"id": f"n{i}", "text": f"Report {i}. " + "x" * 3000} for i in range(2000)))
    (folder / "many.jsonl").write_bytes(content)
    done = annotator(folder, "load", "many.jsonl", preexec_fn=limit)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "annotator.db" in done.stderr
    assert "Traceback" not in done.stderr
    stored = articles(folder)
    assert stored >= 1, "what was there before is gone"
    assert annotator(folder, "check").returncode == 0
    # With room again the same load goes through, and nothing is there twice.
    assert annotator(folder, "load", "many.jsonl").returncode == 0
    assert articles(folder) == 2001


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root may write whatever the rights of a file say; see the next test",
)
def test_a_read_only_database_by_its_rights(folder: Path) -> None:
    (folder / "a.txt").write_text("Shells.", encoding="utf-8")
    (folder / "annotator.db").chmod(0o444)
    _one_line(annotator(folder, "load", "a.txt"), 4, "read-only")
    assert articles(folder) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a folder read-only, which only Linux does this way")
def test_a_read_only_database_by_its_file_system(folder: Path) -> None:
    (folder / "a.txt").write_text("Shells.", encoding="utf-8")
    annotator(folder, "load", "a.txt")
    python = f"{sys.executable} -m annotator"
    script = (
        f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} || exit 77; cd {folder}; "
        f"{python} load a.txt >&2; echo load $?; {python} status --json; echo status $?"
    )
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script], capture_output=True, text=True, timeout=120
    )
    if done.returncode == 77 or "unshare" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip("this machine does not let the test mount a folder")
    assert "load 4" in done.stdout, done.stdout + done.stderr
    assert "read-only" in done.stderr
    assert '"articles": 1' in done.stdout
    assert "status 0" in done.stdout


def test_two_writers_lose_nothing(folder: Path) -> None:
    for name in ("a", "b"):
        content = lines(*({"id": f"{name}{i}", "text": f"Report {name} {i}."} for i in range(3000)))
        (folder / f"{name}.jsonl").write_bytes(content)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "annotator", "load", f"{name}.jsonl"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for name in ("a", "b")
    ]
    said = [process.communicate(timeout=120)[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert articles(folder) == 6000
