"""The benchmark of formats says of each format, in one line, what it takes at every size and whether memory grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import formats
from benchmarks.formats_runs import Bench, CommandError, Plan, Row
from benchmarks.measure import Run

PLANS = {
    "flat": Plan("flat", "out", one=False, writes=True, reads=True),
    "swells": Plan("swells", "out", one=True, writes=True, reads=True),
    "read": Plan("read", "out", one=False, writes=False, reads=True),
    "none": Plan("none", "out", one=False, writes=False, reads=True, why="is only read, and nobody has a file"),
    "fails": Plan("fails", "out", one=False, writes=True, reads=True),
    "missing": Plan("missing", "out", one=False, writes=True, reads=True, why="needs a package"),
}


class Pretended(Bench):
    """Figures without runs."""

    def plan(self, name: str) -> Plan:
        return PLANS[name]

    def row(self, plan: Plan, articles: int) -> Row:
        if plan.name == "fails" and articles > 10:
            raise CommandError("annotator load left with status 3")
        more = articles if plan.name == "swells" else articles / 10
        exported = Run(1.25, 100, 0) if plan.writes else None
        return Row(exported, Run(2.5, 100 + more, 0), 0.9876 if plan.writes else None)


@pytest.mark.parametrize(
    ("name", "kept", "says"),
    [
        ("flat", True, "x3 |       1.2   100      2.5   101  98.8% |       1.2   100      2.5   110  98.8%\n"),
        ("swells", False, "x1 |       1.2   100      2.5   110  98.8% |       1.2   100      2.5   200  98.8% | memory grows"),
        ("read", True, "x1 |         -     -      2.5   101      - |         -     -      2.5   110      -\n"),
        ("none", True, "is only read, and nobody has a file\n"),
        ("fails", False, "98.8% | annotator load left with status 3\n"),
        ("missing", False, "needs a package\n"),
    ],
    ids=[*PLANS],
)  # fmt: skip
def test_every_format_is_a_line_and_a_failure_ends_no_other(
    name: str, kept: bool, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = list(formats.every_format(Pretended(tmp_path, annotators=3), [name, "flat"], [10, 100]))
    assert found == [kept, True]
    lines = capsys.readouterr().out.splitlines(keepends=True)
    assert lines[-2].startswith(f"{name:15} ")
    assert says in lines[-2]
    assert "10 articles" in lines[1] and "100 articles" in lines[1]
    assert lines[2].count("export s") == lines[2].count("load s") == 2


@pytest.mark.parametrize(("last", "flat"), [(109, True), (119, True), (121, False)])
def test_memory_may_grow_by_a_tenth_or_twenty_mebibytes(last: float, flat: bool) -> None:
    rows = [Row(None, Run(1, peak, 0), None) for peak in (100, last)]
    assert formats._flat(rows, "loaded") is flat
    assert formats._flat(rows, "exported")


def test_shorter_articles_have_fewer_spans() -> None:
    from benchmarks.formats_data import records

    found = list(records(20, annotators=1, length=700))
    assert 300 < sum(len(record["text"]) for record in found) / 20 < 1200
    assert all(1 <= len(record["spans"]) <= 6 for record in found)
