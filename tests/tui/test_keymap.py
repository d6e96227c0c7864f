"""Keys from the settings: what they may be, what is refused, and that help, actions and keys follow them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import clock, load, record, schema
from textual.pilot import Pilot

from annotator.config import Settings
from annotator.errors import InputError
from annotator.project import Project
from annotator.tui.app import AnnotatorApp
from annotator.tui.commands import COMMANDS, label_keys
from annotator.tui.keymap import key_label, keymap
from annotator.tui.queue_commands import QUEUE_COMMANDS

LABELS = label_keys(schema())


def of(**keys: list[str]) -> Settings:
    return Settings(keys={name.replace("__", "."): value for name, value in keys.items()})


def test_without_settings_the_keys_are_those_of_the_commands() -> None:
    assert keymap().commands == keymap(Settings(), labels=LABELS).commands == COMMANDS
    assert keymap().by_key["x"].id == keymap().by_key["delete"].id == "tag.delete"


def test_keys_are_replaced_and_all_others_stay() -> None:
    before, after = keymap(), keymap(of(tag__delete=["W", "f4"], screen__panel=[]), labels=LABELS)
    assert after.by_key["W"].id == after.by_key["f4"].id == "tag.delete"
    assert not {"x", "delete", "s"} & set(after.by_key)
    others = set(before.by_key) - {"x", "delete", "s"}
    assert {key: after.by_key[key].id for key in others} == {key: before.by_key[key].id for key in others}
    assert (after.label("tag.delete"), after.label("screen.panel")) == ("W", "")
    assert [command.id for command in after.commands] == [command.id for command in COMMANDS]


def test_keys_may_change_places() -> None:
    after = keymap(of(article__undo=["x"], tag__delete=["u"]))
    assert (after.by_key["x"].id, after.by_key["u"].id) == ("article.undo", "tag.delete")


@pytest.mark.parametrize(
    ("written", "key", "shown"),
    [
        ("w", "w", "w"),
        ("W", "W", "W"),
        ("shift+w", "W", "W"),
        ("+", "+", "+"),
        ("€", "€", "€"),
        ("Ctrl+K", "ctrl+k", "^K"),
        ("shift+ctrl+left", "ctrl+shift+left", "^⇧←"),
        ("alt+j", "alt+j", "M-J"),
        ("F9", "f9", "F9"),
        ("Backspace", "backspace", "Backspace"),
        ("ctrl+PgUp", "ctrl+pageup", "^PgUp"),
    ],
)
def test_how_keys_are_written(written: str, key: str, shown: str) -> None:
    made = keymap(of(tag__retag=[written]))
    assert made.by_key[key].id == "tag.retag"
    assert made.label("tag.retag") == key_label(key) == shown


@pytest.mark.parametrize(
    ("written", "key"), [("esc", "escape"), ("Return", "enter"), (" ", "space"), ("Del", "delete")]
)
def test_other_names_of_keys(written: str, key: str) -> None:
    owners = [command.id for command in COMMANDS if key in command.keys]
    freed = {id: [] for id in owners}
    assert keymap(Settings(keys={**freed, "tag.retag": [written]})).by_key[key].id == "tag.retag"


def test_a_key_named_twice_for_one_action_is_one() -> None:
    assert keymap(of(tag__retag=["w", "w"])).by_key["w"].keys == ("w",)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"tag.delet": ["x"]}, ("tag.delet", "did you mean 'tag.delete'")),
        ({"delete": ["x"]}, ("'delete'", "tag.delete")),
        ({"filter.labels": ["x"]}, ("filter.labels", "did you mean 'filter.label'")),
        ({"tag.delete": ["u"]}, ("'u'", "tag.delete", "article.undo")),
        ({"tag.delete": ["w"], "tag.retag": ["w"]}, ("'w'", "tag.delete", "tag.retag")),
        ({"tag.delete": ["a"]}, ("'a'", "label")),
        ({"tag.delete": ["7"]}, ("'7'", "label")),
        ({"tag.delete": ["ctrl+i"]}, ("ctrl+i", "tab")),
        ({"tag.delete": ["Ctrl+["]}, ("Ctrl+[", "escape")),
        ({"tag.delete": ["ctrl+q"]}, ("ctrl+q", "quits")),
        ({"tag.delete": ["ctrl+z"]}, ("ctrl+z", "suspends")),
        ({"tag.delete": ["hyper+x"]}, ("hyper+x",)),
        ({"tag.delete": ["shift+ctrl"]}, ("shift+ctrl",)),
        ({"tag.delete": ["ctrl+ctrl+x"]}, ("ctrl+ctrl+x",)),
        ({"tag.delete": [""]}, ("''",)),
        ({"tag.delete": ["\t"]}, ("no key",)),
        ({"tag.delete": ["xy"]}, ("xy",)),
        ({"tag.delete": ["f13"]}, ("f13",)),
    ],
)
def test_what_is_refused(keys: dict[str, list[str]], words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        keymap(Settings(keys=keys), labels=LABELS)
    said = f"{caught.value.message} ({caught.value.hint})"
    assert not [word for word in words if word not in said], said
    assert "\n" not in said


def test_a_key_may_mean_something_else_on_another_screen() -> None:
    settings = of(filter__label=["x"], tag__delete=["x", "f"], move__jump=[])
    assert keymap(settings).by_key["x"].id == "tag.delete"
    queue = keymap(settings, table=QUEUE_COMMANDS).by_key
    assert (queue["x"].id, queue["f"].id) == ("filter.label", "filter.status")
    assert "l" not in queue


@pytest.mark.parametrize("id", ["filter.label", "screen.leave"])
def test_the_app_refuses_a_key_with_two_meanings_in_the_queue(tmp_path: Path, id: str) -> None:
    with (
        Project.create(tmp_path / "a.db", schema(), clock=clock) as project,
        pytest.raises(InputError, match="would mean both"),
    ):
        AnnotatorApp(project, annotator="ana", settings=Settings(keys={id: ["b"]}), queue=True)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, record("a", "Gunmen killed two near Taiz."))
        yield project


def lines(pilot: Pilot[None]) -> str:
    return "\n".join("".join(segment.text for segment in line) for line in pilot.app.screen._compositor.render_strips())


async def test_keys_help_actions_and_hints_follow_the_settings(project: Project) -> None:
    settings = of(tag__delete=["ctrl+k"], screen__help=["f2"], screen__palette=["f3"])
    app = AnnotatorApp(project, annotator="ana", settings=settings, article=1)
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("a")
        assert "actor:" not in lines(pilot)
        assert "^K delete" in lines(pilot)
        assert "F2 help" in lines(pilot)
        await pilot.press("x")
        assert "x does nothing here; F2 lists the keys" in lines(pilot)
        await pilot.press("f2")
        assert "^K" in lines(pilot)
        await pilot.press("escape", "f3")
        await pilot.press(*"delete the span")
        await pilot.pause()
        assert "^K" in lines(pilot)
        await pilot.press("escape", "ctrl+k")
        assert "deleted actor" in lines(pilot)
        assert project.session(1, "ana").layer.spans == ()


async def test_a_label_of_the_schema_keeps_its_key(project: Project) -> None:
    with pytest.raises(InputError, match="'l' tags with a label"):
        AnnotatorApp(project, annotator="ana", settings=of(tag__delete=["l"]), article=1)
