"""`annotator serve`: what it refuses, and one whole run that ends by itself when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from support import ROOT, clock, load, record, rows

from annotator.cli import run
from annotator.errors import BAD_INPUT, USAGE
from annotator.project import Project
from annotator.schemas import load_schema


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with Project.create(path, load_schema("conflict-events"), clock=clock) as project:
        load(project, record("one", "Gunmen killed two."))
    return path


def refused(capsys: pytest.CaptureFixture[str], db: Path, *arguments: str) -> str:
    assert run(["--db", str(db), "serve", *arguments]) in (USAGE, BAD_INPUT)
    out, err = capsys.readouterr()
    assert not out and err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--annotator", "Ana", "--host", "0.0.0.0"], "add --yes-others-can-reach-this"),
        (["--annotator", "Ana", "--host", "::"], "others could reach this"),
        (["--annotator", "Ana", "--host", "myhost"], "others could reach this"),
        ([], "name people with --annotator"),
        (["--annotator", "Ana", "--annotator", "Ana"], "named twice: Ana"),
        (["--annotator", "A\nb"], "is no name"),
        (["--people", "missing.txt"], "missing.txt"),
        (["--annotator", "Ana", "--public-url", "ftp://x"], "no address of a server"),
        (["--annotator", "Ana", "--public-url", "https://x/path"], "no address of a server"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else None,
)
def test_what_is_refused(capsys: pytest.CaptureFixture[str], db: Path, arguments: list[str], said: str) -> None:
    pytest.importorskip("textual_serve", reason="textual-serve is not installed")
    assert said in refused(capsys, db, *arguments)


def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.delitem(sys.modules, "annotator.serving.server", raising=False)
    assert "pip install 'conflict-annotator[serve]'" in refused(capsys, db, "--annotator", "Ana")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks a program to end")
def test_it_shows_each_link_once_and_ends_when_told(db: Path, tmp_path: Path) -> None:
    pytest.importorskip("textual_serve", reason="textual-serve is not installed")
    (tmp_path / "people.txt").write_text("Ben\n")
    arguments = [
        "--db",
        str(db),
        "serve",
        "--port",
        "0",
        "--annotator",
        "Ana",
        "--people",
        str(tmp_path / "people.txt"),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "annotator", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        links = dict(server.stdout.readline().rstrip("\n").split("\t") for _ in range(2))
        assert list(links) == ["Ana", "Ben"]
        with urllib.request.urlopen(links["Ben"], timeout=30) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(links["Ben"].split("?")[0], timeout=30)
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=60)
    assert (server.returncode, out) == (0, "")
    assert not any(link.split("token=")[1] in err for link in links.values())
    assert rows(db, "SELECT name, kind FROM annotator ORDER BY name") == [("Ana", "human"), ("Ben", "human")]


def test_who_has_retired_is_not_served(capsys: pytest.CaptureFixture[str], db: Path) -> None:
    pytest.importorskip("textual_serve", reason="textual-serve is not installed")
    assert run(["--db", str(db), "annotators", "add", "Ana"]) == 0
    assert run(["--db", str(db), "annotators", "retire", "Ana"]) == 0
    capsys.readouterr()
    assert run(["--db", str(db), "serve", "--annotator", "Ana"]) != 0
    assert "Ana" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that kills")
@pytest.mark.slow
async def test_a_window_leaves_when_its_server_is_killed(db: Path, tmp_path: Path) -> None:
    pytest.importorskip("textual_serve", reason="textual-serve is not installed")
    from annotator.serving.windows import DRIVER

    screens = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annotator", "--db", str(db), "tag", "--annotator=Ana"),
        cwd=ROOT, env={**os.environ, "TEXTUAL_DRIVER": DRIVER}, stdin=PIPE, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    assert screens.stdin is not None and screens.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert await screens.stdout.readline() == b"__GANGLION__\n"
            await screens.stdout.readuntil(b"Gunmen")
            screens.stdin.write(b"D\0\0\0\x011")
            while not rows(db, "SELECT label FROM span"):
                await asyncio.sleep(0.05)
            screens.stdin.close()
            await screens.communicate()
    finally:
        if screens.returncode is None:
            screens.kill()
            await screens.wait()
    assert screens.returncode == 0
