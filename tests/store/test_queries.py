"""What can be asked of the file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import TEXT, TIME, load, reading_of, record, schema

from annotator.core.record import LayerRecord
from annotator.core.spans import Span
from annotator.core.text import digest_of
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store.queries import QueueFilter, QueueRow, QueueStatus, layer_record

SPAN = Span("s1", 0, 3, "actor")
STATUS: list[QueueStatus] = ["done", "todo", "open", "flagged", "todo", "done", "done", "open"]


@pytest.fixture
def eight(project: Project) -> Project:
    for number, status in enumerate(STATUS, 1):
        load(project, record(f"k{number}", layer=reading_of("zoe", status="done")))
        if status != "todo":
            load(project, record(f"k{number}", layer=reading_of("ana", *[SPAN] * (number == 6), status=status)))
    return project


def test_a_row_of_the_queue(eight: Project) -> None:
    text = record("k6").text
    assert eight.store.queue_page("ana", after=5, limit=1) == [
        QueueRow(6, "k6", "K6", len(text), "done", 1, TIME[:10], False)
    ]
    assert eight.store.queue_page("ana", after=4, limit=1) == [
        QueueRow(5, "k5", "K5", len(text), "todo", 0, TIME[:10], False)
    ]


@pytest.mark.parametrize("status", [None, "todo", "open", "done", "flagged"])
@pytest.mark.parametrize("limit", [1, 2, 3, 8, 100])
def test_pages_cover_everything_once(eight: Project, status: QueueStatus | None, limit: int) -> None:
    seen: list[int] = []
    while page := eight.store.queue_page("ana", QueueFilter(status=status), after=seen[-1] if seen else 0, limit=limit):
        assert len(page) <= limit
        assert all(row.status == STATUS[row.article - 1] for row in page)
        seen += [row.article for row in page]
    assert seen == [number for number, each in enumerate(STATUS, 1) if status in (None, each)]


def test_the_queue_of_somebody_new(eight: Project) -> None:
    assert [row.status for row in eight.store.queue_page("new")] == ["todo"] * 8
    assert eight.store.queue_page("new", QueueFilter(status="done")) == []


def test_neighbours_and_positions(eight: Project) -> None:
    eight.writer.submit(gap).result()
    store = eight.store
    assert [store.neighbour(id, step=1) for id in (1, 3, 4, 6, 8)] == [2, 4, 6, 7, None]
    assert [store.neighbour(id, step=-1) for id in (1, 3, 5, 6, 8)] == [None, 2, 4, 4, 7]
    assert [store.position(id) for id in (1, 4, 6, 8)] == [1, 4, 5, 7]
    assert store.count() == 7


def gap(conn: object) -> None:
    """Take article 5 out, as no command does, so that numbers have a gap."""
    for sql in (
        "DELETE FROM journal WHERE layer IN (SELECT id FROM layer WHERE article = 5)",
        "DELETE FROM layer WHERE article = 5",
        "DELETE FROM article WHERE id = 5",
    ):
        conn.execute(sql)  # type: ignore[attr-defined]


def test_articles(project: Project) -> None:
    load(project, record("k1", TEXT + "\x00\r\n难民 🇺🇦", title="T", meta={"a": [1, None, {"b": "é"}]}))
    article = project.store.article(1)
    assert (article.key, article.title, article.text) == ("k1", "T", TEXT + "\x00\r\n难民 🇺🇦")
    assert article.meta == {"a": [1, None, {"b": "é"}]}
    assert article.digest == digest_of(article.text)
    assert project.store.article_by_key("k1") == article
    assert project.store.article_by_key("K1") is None
    with pytest.raises(StoreError, match="has no article number 2"):
        project.store.article(2)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back_to_the_code_point(project: Project, text: str) -> None:
    with project.loader() as loader:
        loader.add(record(digest_of(text), text))
    found = project.store.article_by_key(digest_of(text))
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE article SET text = text || ' '", "the text of article 'k1' is not what was stored"),
        ("UPDATE article SET digest = 'x'", "the text of article 'k1' is not what was stored"),
        ("UPDATE article SET text = CAST(x'ff' AS TEXT)", "is damaged"),
        ("UPDATE article SET meta = '{'", "holds a damaged value"),
    ],
)
def test_damaged_articles(project: Project, sql: str, says: str) -> None:
    load(project, record("k1"))
    project.writer.submit(lambda conn: conn.execute(sql)).result()
    for read in (
        lambda: project.store.article(1),
        lambda: project.store.article_by_key("k1"),
        lambda: [*project.store.stream(bare=True)],
    ):
        with pytest.raises(StoreError, match=says):
            read()


def test_the_schema_added_last_is_in_force(project: Project) -> None:
    body = replace(schema(), version="2")
    sql = "INSERT INTO schema (name, version, digest, body, created) VALUES ('test', '2', ?, ?, '')"
    project.writer.submit(lambda conn: conn.execute(sql, (body.digest, body.to_json()))).result()
    assert project.store.schema() == body
    assert project.store.schema().digest == body.digest


def test_a_schema_that_is_missing_or_damaged(project: Project) -> None:
    project.writer.submit(lambda conn: conn.execute("UPDATE schema SET body = '{\"name\": 3}'")).result()
    with pytest.raises(StoreError, match=r"a\.db holds a schema that cannot be read: 3 validation errors") as caught:
        project.store.schema()
    assert "\n" not in str(caught.value)
    project.writer.submit(lambda conn: conn.execute("DELETE FROM schema")).result()
    with pytest.raises(StoreError, match="holds no schema"):
        Project.open(project.path)


def test_counts(eight: Project) -> None:
    expected = [("ana", "done", 3, 1), ("ana", "flagged", 1, 0), ("ana", "open", 2, 0), ("zoe", "done", 8, 0)]
    assert eight.store.progress() == [(name, "human", *rest) for name, *rest in expected]
    assert eight.store.label_counts() == [("ana", "actor", 1)]


def test_a_layer_and_its_record(eight: Project) -> None:
    layer = eight.store.layer(6, "ana")
    assert layer is not None
    assert (layer.status, layer.spans, layer.revision) == ("done", (SPAN,), 1)
    assert layer_record(layer, "human") == LayerRecord("ana", "human", "done", "test@1", spans=(SPAN,))
    assert eight.store.layer(5, "ana") is None
    assert eight.store.layer(6, "nobody") is None


def test_a_layer_is_read_at_one_moment(eight: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    session = eight.session(6, "ana")
    from annotator.core.edits import Remove

    spans_of = eight.store._spans

    def meanwhile(layer: int) -> tuple[Span, ...]:
        session.do([Remove(SPAN.ref)])
        session.flush()
        return spans_of(layer)

    monkeypatch.setattr(eight.store, "_spans", meanwhile)
    before = eight.store.layer(6, "ana")
    monkeypatch.undo()
    after = eight.store.layer(6, "ana")
    assert before is not None
    assert after is not None
    assert (before.revision, before.spans) == (1, (SPAN,))
    assert (after.revision, after.spans) == (2, ())
