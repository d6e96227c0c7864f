"""What each member of the team of `team.py` does: tag, settle, load and assign, or export, at a human pace.

Each runs in a process of its own and tells at the end what was acknowledged as saved, how long that took, and every
error.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from annotator.core.edits import Add
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import AnnotatorError, TakenError
from annotator.project import Project
from annotator.settlement import Settlement
from annotator.store.queue import QueueFilter
from annotator.team import Request, assign

WORDS = "Army units shelled Taiz on Monday killing ten people and two boys near Zamzam camp while families fled Aden"
BATCHES_AN_ARTICLE = 5
SHARED, NAMED, SETTLED = "shared", "named", "settled"


@dataclass(slots=True)
class Report:
    """What a member has to tell.

    Args:
        spans: (article, annotator, span's id) of every acknowledged tag.
        batches: How many batches of edits were acknowledged, those that settle included.
        saves: Milliseconds from an edit to its acknowledgement.
        bare: Milliseconds that a bare append and fsync took.
        claims: Milliseconds that taking a place took.
        others: Milliseconds of loading and assigning, or of an export.
        errors: Every error, in words.
    """

    spans: list[tuple[int, str, str]] = field(default_factory=list)
    batches: int = 0
    saves: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    claims: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def records(kind: str, number: int, *, first: int = 0) -> list[Record]:
    """Return articles of one kind, without layers."""
    named = [f"{kind} {n}" for n in range(first, first + number)]
    return [Record(key, key, key, f"{key}: {WORDS}.", {"set": kind}) for key in named]


def disputed(number: int, *, cases: int) -> list[Record]:
    """Return articles to settle: two layers each that differ in the label of so many spans."""
    made = []
    for record in records(SETTLED, number):
        start = len(record.key) + 2
        for name, label in (("first", "actor"), ("second", "location")):
            spans = tuple(Span(f"s{n}", start + n, start + n + 1, label) for n in range(cases))
            layer = LayerRecord(name, spans=spans)
            made.append(Record(record.where, record.key, record.title, record.text, record.meta, layer))
    return made


class Pace:
    """Pauses between two batches, as of a person: the mean, a half more or less."""

    def __init__(self, mean: float, seed: int) -> None:
        self._mean = mean
        self._random = Random(seed)

    def rest(self) -> None:
        """Wait until the next batch."""
        time.sleep(self._mean * self._random.uniform(0.5, 1.5))


def milliseconds(began: float) -> float:
    """Return how long ago a moment of `time.perf_counter` was."""
    return (time.perf_counter() - began) * 1000


def append(path: Path) -> float:
    """Append a page to a file, have it on the disk, and return how many milliseconds that took."""
    began = time.perf_counter()
    with path.open("ab") as file:
        file.write(b"x" * 4096)
        file.flush()
        os.fsync(file.fileno())
    return milliseconds(began)


def tag(project: Project, name: str, pace: Pace, *, batches: int) -> Report:
    """Take a place at an article, tag in it a few times, take the next; where none is left, go on in the last."""
    report = Report()
    session = None
    after = 0
    for number in range(batches):
        pace.rest()
        try:
            if number % BATCHES_AN_ARTICLE == 0:
                began = time.perf_counter()
                found = project.store.next_to_do(name, after=after)
                while found is not None and project.claim(found, name):
                    found = project.store.next_to_do(name, after=found)
                report.claims.append(milliseconds(began))
                if found is not None:
                    session, after = project.session(found, name), found
            if session is None:
                break
            began = time.perf_counter()
            id = session.new_id()
            session.do([Add(Span(id, number, number + 3, "actor"))])
            session.flush()
            report.saves.append(milliseconds(began))
            report.bare.append(append(project.path.with_name(f"{name}.bare")))
            report.spans.append((session.article.id, name, id))
            report.batches += 1
        except TakenError as error:
            report.errors.append(f"{name}: a claim was not honoured: {error}")
            session = None
        except AnnotatorError as error:
            report.errors.append(f"{name}: {error}")
    return report


def settle(project: Project, name: str, pace: Pace, *, batches: int, articles: list[int]) -> Report:
    """Settle one case after the other in articles that are this member's."""
    report = Report()
    works = [Settlement.open(project, article, by=name, readers=("first", "second")) for article in articles]
    for number in range(batches):
        pace.rest()
        work = works[number % len(works)]
        left = sorted(work.ledger.open)
        if not left:
            break
        began = time.perf_counter()
        try:
            work.do(work.settler.settle(left[0], (("first",), ("second",), ())[number % 3]))
            work.session.flush()
        except AnnotatorError as error:
            report.errors.append(f"{name}: {error}")
        report.saves.append(milliseconds(began))
        report.batches += 1
    return report


def lead(project: Project, name: str, pace: Pace, *, batches: int, team: tuple[str, ...]) -> Report:
    """Load an article and assign what is lacking, again and again."""
    report = Report()
    request = Request(overlap=2, names=team, chosen=QueueFilter(meta=(("set", NAMED),)), seed=1)
    for number in range(batches):
        pace.rest()
        began = time.perf_counter()
        try:
            with project.loader() as loader:
                loader.add(records(NAMED, 1, first=number)[0])
            assign(project, request, by=name)
        except AnnotatorError as error:
            report.errors.append(f"{name}: {error}")
        report.others.append(milliseconds(began))
    return report


def export(path: Path, out: Path) -> Report:
    """Export everything once, and compare that every line is whole."""
    from annotator.outlet import export as write

    report = Report()
    began = time.perf_counter()
    try:
        with Project.open(path, read_only=True) as project:
            write(project, str(out), format="jsonl")
        for line in out.read_text("utf-8").splitlines():
            data = json.loads(line)
            for span in data.get("spans", ()):
                if data["text"][span["start"] : span["end"]] != span["text"]:
                    report.errors.append(f"export: {data['id']}: a span's words differ")
    except (AnnotatorError, ValueError) as error:
        report.errors.append(f"export: {error}")
    report.others.append(milliseconds(began))
    return report
