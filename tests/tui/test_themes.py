"""Themes: every text can be read on what is behind it, and without colour there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cached_property
from itertools import product
from pathlib import Path

import pytest
from piloting import running as running_quickly
from piloting import screen, until
from rich.style import Style
from support import clock, load, reading_of, record
from textual.pilot import Pilot

from annotator.config import Settings
from annotator.core.schema import PALETTE, Label, Schema
from annotator.core.spans import Span
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui.app import AnnotatorApp
from annotator.tui.article import ArticleView
from annotator.tui.look import textual_theme
from annotator.tui.paint import Theme
from annotator.tui.palettes import PALETTES
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.tag import TagScreen
from annotator.tui.shades import contrast, hue_of, luminance, readable, tint_of, with_lightness
from annotator.tui.style import Palette

# The terminal's own colours as xterm has them; others are of much the same lightness.
XTERM = dict(
    zip(
        ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"),
        ("#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5"),
        strict=True,
    ),
    bright_red="#ff0000",
    bright_green="#00ff00",
    bright_yellow="#ffff00",
    bright_cyan="#00ffff",
    bright_white="#ffffff",
)
LEAST = {"dark": 4.5, "light": 4.5, "contrast": 7.0, "ansi": 4.5}
SCHEMAS = {
    "conflict-events": load_schema("conflict-events"),
    "persons-places": load_schema("persons-places"),
    "default colours": Schema(name="x", version="1", labels={f"l{n}": Label() for n in range(len(PALETTE))}),
    "odd colours": Schema(
        name="x",
        version="1",
        labels={f"l{n}": Label(color=c) for n, c in enumerate(("#ffffff", "#000000", "#ffff00", "#0000ff", "#808080"))},
    ),
}


def styles_of(palette: Palette) -> dict[str, Style]:
    """Return every style that a palette gives; a new one is in the tests by itself."""
    names = [name for name, value in vars(Palette).items() if isinstance(value, cached_property)]
    found = {name: getattr(palette, name) for name in names}
    return {name: style for name, style in found.items() if isinstance(style, Style) and name != "here"}


def label_styles(look: Theme) -> dict[str, Style]:
    found = {}
    for name in [*look.schema.labels, "unknown to the schema"]:
        found[f"chip {name}"] = look.chip(name)
        found[f"key {name}"] = look.key(name)
        found[f"mark {name}"] = look.mark(name)
        found[f"words {name}"] = look.words(name)
        found[f"words on a bar {name}"] = look.words(name, on=look.palette.bar)
        for run in (look.span(name, depth=1), look.lane(name)):
            found[f"{run} {name}"] = Style(color=run.color, bgcolor=run.background)
    for run in (look.plain, look.selected, look.hint):
        found[f"{run}"] = Style(color=run.color, bgcolor=run.background)
    return found


def ratio(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    fore, back = (XTERM.get(color.name, color.name) for color in (style.color, style.bgcolor))
    return contrast(fore, back)


@pytest.mark.parametrize(("theme", "schema"), [*product(LEAST, SCHEMAS)])
def test_every_text_can_be_read_on_what_is_behind_it(theme: str, schema: str) -> None:
    palette = PALETTES[theme]
    styles = {**styles_of(palette), **label_styles(Theme(SCHEMAS[schema], palette))}
    assert len(styles) > 40
    lit = {f"{name}, in hand": palette.lit(style) for name, style in styles.items()}
    low = {name: round(ratio(style), 2) for name, style in {**styles, **lit}.items() if ratio(style) < LEAST[theme]}
    assert not low


@pytest.mark.parametrize("theme", LEAST)
def test_selection_hints_and_labels_stand_out_from_the_background(theme: str) -> None:
    palette = PALETTES[theme]
    for color in (palette.selected, palette.hint):
        if theme != "light":
            assert contrast(XTERM.get(color, color), XTERM.get(palette.background, palette.background)) >= 3
    look = Theme(SCHEMAS["conflict-events"], palette)
    backgrounds = [look.label(name).shades.color for name in look.schema.labels]
    grounds = [palette.background, palette.selected, palette.hint]
    assert len({*backgrounds, *grounds}) == len(backgrounds) + len(grounds)


def test_the_terminal_has_its_own_colour_for_each_of_six_labels() -> None:
    schema = Schema(name="x", version="1", labels={f"l{n}": Label(color="#1d4f91") for n in range(8)})
    look = Theme(schema, PALETTES["ansi"])
    colors = [look.label(name).shades.color for name in schema.labels]
    assert colors[0] == colors[6] == "blue"
    assert len(set(colors[:6])) == 6
    named = [style.color.name for style in styles_of(PALETTES["ansi"]).values() if style.color]
    assert set(named) <= set(XTERM)


def test_without_colour_there_is_none_but_all_is_told_apart() -> None:
    mono = PALETTES["mono"]
    look = Theme(SCHEMAS["conflict-events"], mono)
    styles = {**styles_of(mono), **label_styles(look)}
    for name, style in styles.items():
        assert {style.color and style.color.name, style.bgcolor and style.bgcolor.name} == {"default"}, name
    assert look.selected.reverse
    assert look.span("actor", depth=1).bold
    assert look.span("actor", depth=2).underline
    assert styles["chip"].reverse
    assert mono.here.reverse


@pytest.mark.parametrize("theme", PALETTES)
def test_textual_gets_the_colours_of_the_palette(theme: str) -> None:
    made = textual_theme(PALETTES[theme])
    colors = made.to_color_system().generate()
    assert made.ansi == (theme in ("ansi", "mono"))
    assert colors["input-cursor-text-style"] == ("reverse" if theme == "mono" else "none")
    if theme == "mono":
        assert {colors[name] for name in ("border", "scrollbar", "text-muted", "background")} == {"ansi_default"}


def test_luminance_and_contrast_as_wcag_has_them() -> None:
    assert luminance("#ffffff") == pytest.approx(1)
    assert luminance("#ff0000") == pytest.approx(0.2126)
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_variants_keep_the_hue_and_grey_stays_grey() -> None:
    for color in PALETTE:
        for made in (tint_of(color), with_lightness(color, 0.85), readable(color, "#ffffff", least=7, lighter=False)):
            assert hue_of(made)[0] == pytest.approx(hue_of(color)[0], abs=0.02)
    for made in (tint_of("#666666"), with_lightness("#666666", 0.5, saturation=1.0)):
        assert made[1:3] == made[3:5] == made[5:7]
    assert readable("#123456", "#ffffff", least=4.5, lighter=False) == "#123456"
    assert readable("#ffff00", "#ffffff", least=99, lighter=False) == "#000000"  # as far as it goes


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    words = "Gunmen killed two near Taiz on Sunday, medics said. " * 6
    with Project.create(tmp_path / "a.db", load_schema("conflict-events"), clock=clock) as project:
        load(project, record("a", words, layer=reading_of("ana", Span("s1", 0, 6, "actor", {}))))
        yield project


@asynccontextmanager
async def running(project: Project, settings: Settings) -> AsyncIterator[tuple[AnnotatorApp, Pilot[None]]]:
    app = AnnotatorApp(project, annotator="ana", settings=settings, article=1)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        yield app, pilot


def colors_on(pilot: Pilot[None]) -> set[str]:
    """Return the names of all colours on the screen."""
    lines = pilot.app.screen._compositor.render_strips()
    styles = [segment.style for line in lines for segment in line if segment.style]
    return {color.name for style in styles for color in (style.color, style.bgcolor) if color}


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
async def test_the_screen_has_the_colours_of_its_theme_and_of_no_other(project: Project, theme: str) -> None:
    async with running(project, Settings(theme=theme)) as (_, pilot):
        await pilot.press("tab")
        shown = colors_on(pilot)
        assert PALETTES[theme].background in shown
        assert PALETTES[theme].selected in shown
        others = {p.background for name, p in PALETTES.items() if name != theme} | {
            p.bar for name, p in PALETTES.items() if name != theme
        }
        assert not shown & (others - {PALETTES[theme].background, PALETTES[theme].on_selected, "#000000"})


def strangers(theme: str) -> set[str]:
    """Return the colours of grounds and bars that a theme does not have."""
    own = {PALETTES[theme].background, PALETTES[theme].bar, PALETTES[theme].on_selected, "#000000"}
    return {color for palette in PALETTES.values() for color in (palette.background, palette.bar)} - own


@pytest.mark.parametrize(("theme", "words"), [("light", "light"), ("contrast", "contrast"), ("ansi", "ansi")])
@pytest.mark.parametrize("queue", [False, True], ids=["article", "queue"])
async def test_the_theme_is_changed_from_the_list_of_actions(
    project: Project, theme: str, words: str, queue: bool
) -> None:
    async with running_quickly(project, size=(120, 30), article=1) as (app, pilot):
        first = QueueScreen if queue else TagScreen
        await pilot.press("tab", "[") if not queue else await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, first), what="the first screen")
        assert PALETTES["dark"].background in colors_on(pilot)
        for name, typed in ((theme, words), ("dark", "theme dark"), (theme, words)):
            await pilot.press(":", *f"theme {typed}"[-12:], "enter")
            await until(pilot, lambda name=name: app.look.palette.name == name, what="the theme")
            await until(pilot, lambda name=name: f'theme = "{name}" in' in screen(pilot)[-1], what="that it is told")
            await until(
                pilot, lambda name=name: not colors_on(pilot) & strangers(name), what=f"no colour but of {name}"
            )
        if theme == "ansi":
            assert not [color for color in colors_on(pilot) if color.startswith("#")]
        await pilot.press("enter" if queue else "q")
        await until(pilot, lambda: isinstance(app.screen, TagScreen if queue else QueueScreen), what="the other screen")
        await until(pilot, lambda: not colors_on(pilot) & strangers(theme), what="its colours")


async def test_whoever_wants_no_colour_is_offered_none(project: Project) -> None:
    async with running(project, Settings(theme="mono")) as (_, pilot):
        for keys in ((":", *"theme"), ("escape", "q", ":", *"theme")):
            await pilot.press(*keys)
            await pilot.pause()
            assert not any("Theme: " in line for line in screen(pilot))


@pytest.mark.parametrize("keys", ["tab", "?", ":", "m", "/", "R", "q", "#"])
async def test_the_ansi_theme_has_only_the_colours_of_the_terminal(project: Project, keys: str) -> None:
    async with running(project, Settings(theme="ansi")) as (_, pilot):
        await pilot.press("tab", keys)
        await pilot.pause()
        assert not [name for name in colors_on(pilot) if name.startswith("#")]


@pytest.mark.parametrize("keys", ["tab", "?", ":", "m", "/", "R", "q", "#"])
@pytest.mark.parametrize("variable", [True, False])
async def test_no_colour_means_none(
    project: Project, monkeypatch: pytest.MonkeyPatch, keys: str, variable: bool
) -> None:
    if variable:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    async with running(project, Settings(theme="dark" if variable else "mono")) as (_, pilot):
        await pilot.press("tab", keys)
        await pilot.pause()
        assert colors_on(pilot) <= {"default"}


async def test_without_colour_all_spans_have_lanes_unless_lanes_were_chosen(project: Project) -> None:
    for settings, density in ((Settings(theme="mono"), "all"), (Settings(theme="mono", density="off"), "off")):
        async with running(project, settings) as (app, _):
            assert app.screen.query_one(ArticleView).density == density


async def test_wrap_is_the_widest_that_text_gets(project: Project) -> None:
    for wrap, width in ((40, 40), (0, 78), (500, 78)):
        async with running(project, Settings(wrap=wrap)) as (app, _):
            assert app.screen.query_one(ArticleView).text_layout.width == width
