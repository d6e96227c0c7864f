"""The settle screen under a pilot: keys, filters, editing, blind mode, sizes, lanes."""

from __future__ import annotations

from pathlib import Path

import pytest
from piloting import screen, status, until
from settling import ANA, BILAL, KINDS, WORDS, change, disputed, gold, settle_screen, settling

from annotator.config import Settings
from annotator.errors import InputError
from annotator.tui.commands import COMMANDS
from annotator.tui.keymap import keymap
from annotator.tui.settle_app import SettleApp
from annotator.tui.settle_commands import SETTLE_COMMANDS

AGREED = "actor:Army men"


async def saved(app: SettleApp, pilot: object) -> None:
    settle_screen(app).desk.work.session.flush()


# Keys, and what the gold layer has after them: each row begins with a new, empty gold layer.
TABLE: list[tuple[list[str], list[str]]] = [
    ([], [AGREED]),
    (["1"], [AGREED, "location:Taiz"]),
    (["2"], [AGREED, "location:Taiz today"]),
    (["b"], [AGREED, "location:Taiz today", "location:Taiz"]),
    (["0"], [AGREED]),
    (["1", "2"], [AGREED, "location:Taiz", "actor:ten people"]),
    (["1", "p", "2"], [AGREED, "location:Taiz today"]),
    (["n", "n", "n", "2"], [AGREED]),  # only Ana has it
    (["n", "n", "n", "1"], [AGREED, "location:Zamzam"]),
    (["tab", "tab", "shift+tab", "1"], [AGREED, "casualty:ten people"]),
    (["1", "u"], [AGREED]),
    (["1", "u", "U"], [AGREED, "location:Taiz"]),
    (["1", "u", "u"], []),
    (["1", "u", "u", "a"], [AGREED]),
    (["A", "2"], [AGREED, "location:Taiz today", "actor:ten people", "casualty:two boys", "location:camp", "actor:rebels", "actor:fled", "location:Aden city"]),
    (["A", "2", "u"], [AGREED]),
    (["A", "escape", "1"], [AGREED, "location:Taiz"]),
    (["f", "f", "f", "A", "1"], [AGREED, "casualty:ten people"]),  # all of one, of the label differences
    (["l", "A", "2"], [AGREED, "actor:ten people", "actor:rebels", "actor:fled"]),
    (["e", "}", "}", "enter"], [AGREED, "location:Taiz today killing"]),
    (["e", "}", "c", "escape"], [AGREED, "casualty:Taiz today"]),
    (["e", "2", "{", "enter", "2"], [AGREED, "location:Taiz", "actor:ten people"]),
    (["e", "}", "u", "u"], [AGREED]),
    (["9"], [AGREED]),
]  # fmt: skip


async def test_keys(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        async with settling(project) as (app, pilot):
            desk = settle_screen(app).desk
            assert [case.kind for case in desk.work.cases] == KINDS
            session = desk.work.session
            for keys, wanted in TABLE:
                await pilot.press(*keys)
                assert [f"{span.label}:{span.surface(WORDS)}" for span in session.layer.spans] == wanted, keys
                while session.undoable:  # to the very start
                    desk.undo()
                assert (session.layer.spans, session.head.attributes) == ((), {}), keys
                desk.show_differences()
                desk.merge_agreed()
                assert len(desk.work.ledger.open) == 8
                desk.at = 1
            await saved(app, pilot)
            assert gold(project) == [AGREED]


async def test_the_records_say_who_and_why_and_survive_the_journal(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        async with settling(project) as (app, pilot):
            await pilot.press("m", *"a town", "enter", "2", "p", "e", "{", "escape")
            await pilot.pause()
            await saved(app, pilot)
            assert "why" not in status(pilot)
            session = settle_screen(app).desk.work.session
            record = next(value for name, value in session.head.attributes.items() if value.get("why"))
            assert record == {
                "by": "lead",
                "take": ["bilal"],
                "spans": ["ana.s2"],
                "of": ["ana.s2", "bilal.s2"],
                "why": "a town",
                "edited": True,
            }
            assert not session.problems
        from annotator.core.edits import apply
        from annotator.core.layer import Layer

        replayed = Layer(1, "gold", "test@1")
        for batch in project.store.replay(1, "gold"):
            replayed, _ = apply(replayed, batch)
        stored = project.store.layer(1, "gold")
        assert stored is not None and (replayed.spans, replayed.attributes) == (stored.spans, stored.attributes)


@pytest.mark.parametrize("keys", [["[", "]", "enter"], ["}", "{", "escape"], ["a", "l", "n"]], ids="".join)
async def test_no_net_change_is_no_edit(tmp_path: Path, keys: list[str]) -> None:
    with disputed(tmp_path) as project:
        async with settling(project) as (app, pilot):
            session = settle_screen(app).desk.work.session
            await pilot.press("1", "p")
            taken = (session.layer.spans, session.head.attributes)
            sources = [span.source for span in session.layer.spans]
            await pilot.press("e", keys[0])
            assert [value for value in session.head.attributes.values() if value.get("edited")]
            await pilot.press(*keys[1:])
            assert (session.layer.spans, session.head.attributes) == taken
            assert [span.source for span in session.layer.spans] == sources
            await pilot.press("p", "e", "[", "enter")
            assert [value["edited"] for value in session.head.attributes.values() if "edited" in value]


async def test_filters_blind_example_and_the_next_article(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        async with settling(project) as (app, pilot):
            desk = settle_screen(app).desk
            assert "1 agree  8 differ" in screen(pilot)[0] and "bilal" in screen(pilot)[1]
            await pilot.press("f", "f")
            assert desk.kind == "boundary" and len(desk.listed) == 2
            await pilot.press("escape", "F")
            assert desk.kind == "all" and len(desk.listed) == 9
            await pilot.press("escape", "B")
            assert not any("ana" in line or "bilal" in line for line in screen(pilot))
            await pilot.press("B", "x")
            assert "settled" in status(pilot)
            await pilot.press("1", "p", "x")
            assert (tmp_path / "examples.md").read_text(encoding="utf-8").startswith("### Boundary: “Taiz today” (k1)")
            await pilot.press("space")
            assert "7 still open" in status(pilot)
            await pilot.press("A", "1", "space")
            await until(pilot, lambda: settle_screen(app).desk.work.article.key == "k2")
            stored = project.store.layer(1, "gold")
            assert stored is not None and stored.status == "done"
            await pilot.press("<")
            assert settle_screen(app).desk.work.article.key == "k1"
            await pilot.press(":", "escape", "?", "escape")
            await until(pilot, lambda: app.screen is not None and len(app.screen_stack) == 2)


@pytest.mark.parametrize("third", [False, True], ids=["panes", "lanes"])
async def test_every_size(tmp_path: Path, third: bool) -> None:
    with disputed(tmp_path, third=third) as project:
        async with settling(project, size=(120, 40)) as (app, pilot):
            left, right = settle_screen(app).left, settle_screen(app).right
            for size in [(80, 24), (81, 24), (59, 20), (40, 10), (8, 2), (100, 30)]:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                await pilot.press("n", "1", "pagedown", "down", "2", "u", "B", "e", "]", "escape")
                if size[0] >= 60 and not third:
                    assert left.text_layout is right.text_layout
                    assert left.scroll_offset.y == right.scroll_offset.y
                    assert left._lines.count == right._lines.count
                if size == (80, 24):
                    words = ("SETTLE", "take", "neither", "undo", "gold", "saved")
                    await until(pilot, lambda words=words: all(word in "\n".join(screen(pilot)) for word in words))


async def test_lanes_have_the_numbers_of_their_readers(tmp_path: Path) -> None:
    with disputed(tmp_path, third=True) as project:
        async with settling(project) as (app, pilot):
            shown = "\n".join(screen(pilot))
            assert "╰1 acto╯" in shown and "╰2 acto╯" in shown and "╰3 acto╯" in shown
            await pilot.press("3")
            await saved(app, pilot)
            assert "location:Taiz" in gold(project)


async def test_a_click_goes_to_the_case(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        async with settling(project, size=(100, 30)) as (app, pilot):
            line = next(y for y, text in enumerate(screen(pilot)) if "ten " in text)
            await pilot.click(offset=(screen(pilot)[line].index("ten ") + 1, line))
            assert settle_screen(app).desk.case == settle_screen(app).desk.work.cases[2]


async def test_a_changed_layer_reopens_only_its_own_cases(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        async with settling(project) as (app, pilot):
            await pilot.press("A", "1")
            desk = settle_screen(app).desk
            assert not desk.work.ledger.open
            change(project)
            await pilot.press("r")
            assert [desk.work.cases[number].labels for number in desk.work.ledger.open] == [("location",)]
            assert "1 open" in status(pilot)
            await pilot.press("tab", "2")
            await saved(app, pilot)
            assert "location:aiz today" in gold(project) and "location:Taiz" not in gold(project)


def test_keys_can_be_given_anew() -> None:
    settings = Settings(keys={"settle.both": ["w"], "screen.help": ["f12"]})
    assert keymap(settings, table=SETTLE_COMMANDS).by_key["w"].id == "settle.both"
    assert keymap(settings, table=SETTLE_COMMANDS).by_key["f12"].id == "screen.help"
    assert keymap(settings).by_key["f12"].id == "screen.help"
    assert "w" not in keymap(settings).by_key
    with pytest.raises(InputError, match="both"):
        keymap(Settings(keys={"settle.both": ["n"]}), table=SETTLE_COMMANDS)
    with pytest.raises(InputError, match="not an action"):
        keymap(Settings(keys={"settle.bath": ["w"]}))


def test_no_two_actions_share_a_key() -> None:
    keys = [key for command in SETTLE_COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    assert not any(key.isdecimal() for key in keys)
    assert len({command.id for command in SETTLE_COMMANDS}) == len(SETTLE_COMMANDS)
    shared = {c.id: c.keys for c in COMMANDS}
    assert all(shared[c.id] == c.keys for c in SETTLE_COMMANDS if c.id in shared)


def test_the_article_has_eight_differences() -> None:
    assert sum(kind != "agree" for kind in KINDS) == 8 and len(ANA) == len(BILAL) == 8


async def test_the_form_of_the_article_leaves_the_decisions_alone(tmp_path: Path) -> None:
    from annotator.tui.app import AnnotatorApp

    with disputed(tmp_path) as project:
        async with settling(project) as (app, pilot):
            await pilot.press("A", "1")
            await saved(app, pilot)
        before = project.store.layer(1, "gold")
        assert before is not None
        tag = AnnotatorApp(project, annotator="gold", settings=Settings(), article=1)
        async with tag.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            await pilot.press("A", "right")
            await pilot.pause()
            assert not any("settled:" in line for line in screen(pilot))
            await pilot.press("enter")
            await pilot.pause()
        project.flush()
        after = project.store.layer(1, "gold")
        assert after is not None
        records = {name: value for name, value in before.attributes.items() if name.startswith("settled:")}
        assert len(records) == 8
        assert records.items() <= after.attributes.items()


async def test_help_and_palette_have_every_key(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        async with settling(project, size=(120, 80)) as (app, pilot):
            await pilot.press("?")
            await until(pilot, lambda: any("Readers" in line for line in screen(pilot)))
            shown = "\n".join(screen(pilot))
            assert all(command.help in shown for command in SETTLE_COMMANDS)
            assert "1–9" in shown and "neither" in shown and "Span panel" not in shown
            await pilot.press("escape", ":")
            await until(pilot, lambda: any("take ana" in line for line in screen(pilot)))
            assert sum(f"{c.group}: {c.help}"[:60] in line for c in SETTLE_COMMANDS for line in screen(pilot)) > 10
            await pilot.press(*"take bilal", "enter")
            desk = settle_screen(app).desk
            await until(pilot, lambda: len(desk.work.ledger.open) == 7)
            await saved(app, pilot)
            assert gold(project) == [AGREED, "location:Taiz today"]


async def test_a_gold_layer_of_another_name_is_named(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        project.add_annotator("tut", "gold")
        async with settling(project) as (_, pilot):
            await pilot.press("1")
            await until(pilot, lambda: "gold tut: 2 spans" in "\n".join(screen(pilot)), what="the name")
            assert any("tut" in line and "not settled yet" in line for line in screen(pilot))
