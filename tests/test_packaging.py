"""What people install: the wheel has the schemas and the corpus in it and works from any folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from annotator import __version__
from annotator.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PINS = [ROOT / ".ci" / "pins-run.txt", ROOT / ".ci" / "pins-dev.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def quiet(command: list[str | Path], *, cwd: Path) -> str:
    """Run a command that must succeed, with no input, and return what it printed."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ANNOTATOR"))}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=settings | {"PYTHONUTF8": "1", "PIP_NO_INDEX": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without a network."""
    out = tmp_path_factory.mktemp("wheel")
    quiet(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", out, ROOT],
        cwd=out,
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment that borrows the dependencies, and return its folder of commands."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    venv.create(folder, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    site = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    quiet(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel], cwd=folder
    )
    # A path file adds the packages but does not read the path files among them, so the checkout, which is installed
    # there by one, stays out of sight.
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site, "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    return scripts


@pytest.mark.slow
def test_the_wheel_has_what_it_needs_and_no_more(wheel: Path) -> None:
    assert wheel.name == f"conflict_annotator-{__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"annotator", f"conflict_annotator-{__version__}.dist-info"}
    data = {name.removeprefix("annotator/_data/") for name in names if name.startswith("annotator/_data/")}
    schemas = {f"schemas/{file.relative_to(ROOT / 'schemas').as_posix()}" for file in (ROOT / "schemas").rglob("*.*")}
    assert data == schemas | {"corpus/README.md", "corpus/conflict-news.jsonl", "corpus/tutorial.txt"}
    sources = {file.relative_to(ROOT).as_posix() for file in (ROOT / "annotator").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == sources


@pytest.mark.slow
def test_the_installed_command_works_from_another_folder(installed: Path, tmp_path: Path) -> None:
    command = installed / ("annotator.exe" if os.name == "nt" else "annotator")
    assert quiet([command, "--version"], cwd=tmp_path) == f"annotator {__version__}\n"
    where = quiet([installed / "python", "-c", "import annotator; print(annotator.__file__)"], cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    schemas = quiet([command, "schema", "list"], cwd=tmp_path)
    assert {file.stem for file in (ROOT / "schemas").glob("*.toml")} <= {word.split("@")[0] for word in schemas.split()}


@pytest.mark.slow
def test_the_installed_demo_prints_status_and_agreement(installed: Path, tmp_path: Path) -> None:
    command = installed / ("annotator.exe" if os.name == "nt" else "annotator")
    out = quiet([command, "demo"], cwd=tmp_path)
    assert re.search(r"exact-f1 +0\.\d{3} +█", out), out
    assert quiet([command, "demo"], cwd=tmp_path) == out  # opened again, not made again


@pytest.mark.parametrize("pins", PINS, ids=lambda file: file.name)
def test_pins_name_no_host_and_carry_hashes(pins: Path) -> None:
    text = pins.read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    pin = r"[a-z0-9-]+==[A-Za-z0-9.+]+( ; [a-z_]+ [<>=!]+ '[^']+'( (and|or) [a-z_]+ [<>=!]+ '[^']+')*)? *( +--hash=sha256:[0-9a-f]{64})+"
    assert [line for line in lines if not re.fullmatch(pin, line)] == []
    assert len(lines) > 20


def test_pins_cover_what_the_project_asks_for() -> None:
    run, dev = (set(re.findall(r"^([a-z0-9-]+)==", file.read_text(encoding="utf-8"), re.MULTILINE)) for file in PINS)
    groups = PROJECT["dependency-groups"]

    def names(requirements: list[object]) -> set[str]:
        return {re.split(r"[^\w-]", item)[0] for item in requirements if isinstance(item, str)}

    assert names(PROJECT["project"]["dependencies"]) | names(groups["build"]) <= run
    assert run | names(groups["dev"]) | names(PROJECT["project"]["optional-dependencies"]["spacy"]) <= dev


def test_both_pins_agree() -> None:
    run, dev = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)) for file in PINS
    )
    assert {name: dev[name] for name in run} == run


def test_entry_points_lead_somewhere() -> None:
    for group in PROJECT["project"]["entry-points"].values():
        for target in group.values():
            module, _, name = target.partition(":")
            assert hasattr(__import__(module, fromlist=[name]), name), target


def test_the_makefile_and_ci_call_what_exists() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8") + (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "demo" in COMMANDS
    for script in re.findall(r"(?:\.ci|corpus)/[a-z_-]+\.(?:py|sh|txt)", text):
        assert (ROOT / script).is_file(), script
