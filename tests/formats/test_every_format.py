"""What holds of every format that is registered, on articles of the bundled corpus and on names that mean harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator import plugins
from annotator.cli import run
from annotator.errors import BAD_INPUT, OK
from annotator.formats.base import Format

CORPUS = Path(__file__).parents[2] / "corpus" / "conflict-news.jsonl"
ARTICLES = 2
NEEDED = {"docbin": "spacy", "spacy-docs": "spacy", "spacy-json": "spacy", "html": "jinja2"}
NEEDED |= {"hf-spans": "pyarrow", "hf-tokens": "pyarrow"}
HOSTILE = (
    "../../x",
    "a/b",
    "/etc/x",
    "..",
    ".",
    "C:\\x",
    "CON",
    "nul.txt",
    "end.",
    " blank ",
    "a\x00b",
    "x" * 300,
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}é",
    "A",
    "a",
)


def formats(*, both: bool = True) -> list[Any]:
    """Return the formats that can be written, and unless `both` is off also read, with what they need."""
    named = {name: plugins.load("formats", name) for name in plugins.names("formats")}
    return [
        pytest.param(one, id=name, marks=pytest.mark.skipif(not _there(name), reason=f"needs {NEEDED.get(name)}"))
        for name, one in named.items()
        if (one.write or one.write_folder) and (one.read or not both)
    ]


def _there(name: str) -> bool:
    from importlib.util import find_spec

    return name not in NEEDED or find_spec(NEEDED[name]) is not None


def place(format: Format, name: str) -> str:
    """Return the file or folder that a person would name."""
    return name if format.write is None else f"{name}{format.suffixes[0]}"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some articles of the corpus, one of them Chinese and one Arabic, by all who labelled them."""
    folder = tmp_path / "in" / "the" / "middle"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    lines = [line for line in CORPUS.read_bytes().splitlines() if line]
    shortest = sorted({(len(line["text"]), line["id"]) for line in map(json.loads, lines)})[:ARTICLES]
    kept = {id for _, id in shortest}
    Path("in.jsonl").write_bytes(b"".join(line + b"\n" for line in lines if json.loads(line)["id"] in kept))
    return tmp_path


def rows(name: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the lines of a native file by article and annotator."""
    lines = [json.loads(line) for line in Path(name).read_bytes().splitlines()]
    found = {(line["id"], line["annotator"]): line for line in lines}
    assert len(found) == len(lines)
    return found


def content(line: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what each span of a line says, with the places of those that it points to, and its id."""
    places = {span["id"]: f"{span['start']}–{span['end']} {span['label']}" for span in line["spans"]}

    def told(value: Any) -> Any:
        if isinstance(value, list):
            return [told(one) for one in value]
        return places.get(value, value) if isinstance(value, str) else value

    for span in line["spans"]:
        said = {name: told(value) for name, value in span["attributes"].items()}
        yield json.dumps({**span, "id": "", "attributes": said}, sort_keys=True, ensure_ascii=False), span["id"]


def files(top: Path) -> dict[str, bytes]:
    """Return everything under a folder, or one file."""
    found = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
    return {str(path.relative_to(top)): path.read_bytes() for path in found}


@pytest.mark.parametrize("schema", [(), ("--schema", "conflict-events")], ids=["any-labels", "schema"])
@pytest.mark.parametrize("format", formats())
def test_what_does_not_come_back_was_told(
    format: Format, schema: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    out = place(format, "out")
    assert run(["convert", "in.jsonl", out, "--to", format.name, *schema, "--losses", "lost.jsonl"]) == OK
    assert run(["convert", out, "back.jsonl", "--from", format.name, *schema, "--losses", "lost2.jsonl"]) == OK
    lost = [json.loads(line) for name in ("lost.jsonl", "lost2.jsonl") for line in Path(name).read_bytes().splitlines()]
    about = {(loss["article"], loss["annotator"], loss["span"]) for loss in lost}
    before, after = rows("in.jsonl"), rows("back.jsonl")
    assert before.keys() == after.keys()
    for (key, who), line in before.items():
        other = after[key, who]
        assert other["text"] == line["text"]
        for name in line.keys() - {"spans", "text"}:
            told = {
                loss["what"] for loss in lost if (loss["article"], loss["annotator"], loss["span"]) == (key, who, "")
            }
            named = {"attributes": "attribute of the article", "note": "note of the article"}.get(name, name)
            assert other[name] == line[name] or named in told, name
        kept = {said for said, _ in content(other)}
        for said, id in content(line):
            assert said in kept or (key, who, id) in about, said
        gone = sum(loss["gone"] and (loss["article"], loss["annotator"]) == (key, who) for loss in lost)
        assert len(other["spans"]) == len(line["spans"]) - gone
    capsys.readouterr()


@pytest.mark.parametrize("format", formats(both=False))
def test_the_same_input_gives_the_same_bytes(format: Format) -> None:
    for name in ("one", "two"):
        assert run(["convert", "in.jsonl", place(format, name), "--to", format.name]) == OK
    assert [*files(Path(place(format, "one"))).values()] == [*files(Path(place(format, "two"))).values()]
    assert files(Path(place(format, "one")))


@pytest.mark.parametrize("format", formats(both=False))
def test_a_strict_conversion_loses_nothing_or_writes_nothing(format: Format) -> None:
    out = place(format, "out")
    status = run(["convert", "in.jsonl", out, "--to", format.name, "--strict", "--losses", "lost.jsonl"])
    lost = {json.loads(line)["what"] for line in Path("lost.jsonl").read_text().splitlines()}
    assert (status == OK) is (not lost - {"schema"})  # whose name any load gives anew
    assert Path(out).exists() is (status == OK)
    assert status in (OK, BAD_INPUT)


@pytest.mark.parametrize("format", formats())
def test_what_is_written_survives_its_own_format(format: Format) -> None:
    out = place(format, "out")
    assert run(["convert", "in.jsonl", out, "--to", format.name]) == OK
    assert run(["selftest", out, "--format", format.name]) == OK


@pytest.mark.parametrize("format", formats(both=False))
def test_no_name_leads_out_of_the_folder(format: Format, here: Path) -> None:
    text = "Rebels shelled Taiz."
    spans = [{"start": 0, "end": 6, "label": "actor"}]
    lines = [
        {"id": name, "text": f"{text} {at}", "annotator": who, "spans": spans}
        for at, name in enumerate(HOSTILE)
        for who in (name.replace("\x00", ""), "ben")
    ]
    Path("names.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    before = files(here).keys()
    out = place(format, "out")
    assert run(["convert", "names.jsonl", out, "--to", format.name, "--losses", "lost.jsonl"]) in (OK, BAD_INPUT)
    new = {name for name in files(here).keys() - before if not name.endswith("lost.jsonl")}
    assert new and all(name.startswith(f"in/the/middle/{out}") for name in new)
    folded = [name.casefold() for name in new]
    assert len(folded) == len(set(folded))
    for part in {part for name in new for part in name.split("/")}:
        assert len(part.encode()) <= 255 and part == part.rstrip(". ") and "\x00" not in part
        assert part.split(".")[0].upper() not in ("CON", "NUL")


@pytest.mark.parametrize("format", [one for one in formats() if one.values[0].stdout])
def test_a_pipe_and_a_zipped_file_hold_the_same(format: Format, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    out = place(format, "out")
    assert run(["convert", "in.jsonl", out, "--to", format.name]) == OK
    assert run(["convert", "in.jsonl", f"{out}.gz", "--to", format.name]) == OK
    capfdbinary.readouterr()
    assert run(["convert", "in.jsonl", "-", "--to", format.name]) == OK
    import gzip

    assert gzip.decompress(Path(f"{out}.gz").read_bytes()) == Path(out).read_bytes()
    assert capfdbinary.readouterr().out == Path(out).read_bytes()


@pytest.mark.parametrize("format", formats(both=False))
def test_a_split_has_every_article_once(format: Format) -> None:
    assert run(["new"]) == OK
    assert run(["load", "in.jsonl"]) == OK
    assert run(["export", "parts", "--format", format.name, "--layer", "all", "--split", "1/1/1"]) == OK
    assert sorted(path.name for path in Path("parts").iterdir()) == sorted(
        place(format, part) for part in ("train", "dev", "test")
    )
    if format.read is not None:
        kept = [part for part in sorted(Path("parts").iterdir()) if files(part)]
        assert run(["convert", *map(str, kept), "back.jsonl", "--from", format.name]) in (OK, BAD_INPUT)
        assert {key for key, _ in rows("back.jsonl")} == {key for key, _ in rows("in.jsonl")}
