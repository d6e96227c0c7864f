"""Looking for words in titles and texts."""

from __future__ import annotations

import pytest
from support import load, record

from annotator.errors import StoreError
from annotator.project import Project
from annotator.store import search
from annotator.store.queue import QueueFilter

TEXTS = {
    "k1": "Two soldiers were killed near El Fasher.",
    "k2": "Les soldats ont été tués près du café.",
    "k3": "苏丹军队在喀土穆附近与快速支援部队交战。",
    "k4": "قُتل جنديان قرب الفاشر.",
    "k5": 'Soldier\'s car; "10,000" fled (O’Brien) AND naïve NEAR* words_with_lines',
    "k6": "เด็กสองคนถูกสังหาร",
    "k7": "cafe\u0301s closed",
}

CASES = [
    ("", "k1 k2 k3 k4 k5 k6 k7"),
    ("   ", "k1 k2 k3 k4 k5 k6 k7"),
    ("!?\"'()*", "k1 k2 k3 k4 k5 k6 k7"),
    ("soldiers", "k1"),
    ("SOLDIERS killed", "k1"),
    ("killed, soldiers!", "k1"),
    ("soldiers tués", ""),
    ("sold*", "k1 k2 k5"),
    ("sold", "k1 k2 k5"),
    ("soldier car", "k5"),
    ("sol killed", ""),
    ("cafe", "k2 k7"),
    ("cafe closed", ""),
    ("CAFÉ", "k2 k7"),
    ("caf\u0065\u0301s", "k7"),
    ("cafés", "k7"),
    ("喀土穆", "k3"),
    (" 快速支援 ", "k3"),
    ("สังหาร", "k6"),
    ("الفاشر", "k4"),
    ("soldier's", "k5"),
    ("10,000", "k5"),
    ("O'Brien", "k5"),
    ("AND", "k5"),
    ("NEAR", "k5 k1"),
    ("fled OR killed", ""),
    ('"soldiers" killed"', "k1"),
    ("title:soldiers", ""),
    ("words_with_lines", "k5"),
    ("heading", "k1"),
]


@pytest.fixture
def project_with_texts(project: Project) -> Project:
    load(project, *(record(key, text, title="A heading" if key == "k1" else "") for key, text in TEXTS.items()))
    project.index_texts()
    return project


@pytest.mark.parametrize(("words", "keys"), CASES)
def test_words(project_with_texts: Project, words: str, keys: str) -> None:
    found = [row.key for row in project_with_texts.store.queue_page("ana", QueueFilter(words=words))]
    assert found == sorted(keys.split())


def test_words_and_status_together(project_with_texts: Project) -> None:
    assert project_with_texts.store.queue_page("ana", QueueFilter(words="soldiers", status="done")) == []
    assert [
        row.key
        for row in project_with_texts.store.queue_page("ana", QueueFilter(words="sold*", status="todo"), limit=2)
    ] == [
        "k1",
        "k2",
    ]
    assert [row.key for row in project_with_texts.store.queue_page("ana", QueueFilter(words="sold*"), after=2)] == [
        "k5"
    ]


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_the_index_catches_up_a_chunk_at_a_time(project: Project, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(search, "CHUNK", chunk)
    load(project, *(record(f"k{number}", f"word{number} common") for number in range(5)))
    assert project.store.queue_page("ana", QueueFilter(words="common")) == []
    assert project.writer.submit(search.catch_up).result() == min(chunk, 5)
    assert len(project.store.queue_page("ana", QueueFilter(words="common"))) == min(chunk, 5)
    project.index_texts()
    project.index_texts()
    load(project, record("k5", "more common"))
    project.index_texts()
    assert [row.key for row in project.store.queue_page("ana", QueueFilter(words="common"))] == [
        f"k{number}" for number in range(6)
    ]
    check = "INSERT INTO article_fts (article_fts, rank) VALUES ('integrity-check', 1)"
    project.writer.submit(lambda conn: conn.execute(check)).result()


def test_a_read_only_database_is_not_indexed(project: Project) -> None:
    with Project.open(project.path, read_only=True) as reader, pytest.raises(StoreError, match="read-only"):
        reader.index_texts()
