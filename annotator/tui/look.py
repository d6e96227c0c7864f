"""The theme of the app: where widgets find the palette, and what Textual's own widgets get of it.

Invariant: no widget holds colours of its own; without an app that has a palette, as in a test, they are the dark ones.
"""

from __future__ import annotations

from textual._context import NoActiveAppError
from textual.app import App
from textual.theme import Theme as TextualTheme
from textual.widget import Widget

from annotator.tui.keymap import Keymap
from annotator.tui.paint import Theme
from annotator.tui.palettes import DARK
from annotator.tui.queue_commands import QUEUE_COMMANDS
from annotator.tui.style import Palette


class ThemedApp(App[None]):
    """An app with the looks of its labels, the palette that they come from, and the keys in force."""

    look: Theme
    keys: Keymap
    queue_keys: Keymap


def palette_of(widget: Widget) -> Palette:
    """Return the palette that a widget is to paint with."""
    app = _app_of(widget)
    return app.look.palette if app else DARK


def keys_of(widget: Widget) -> Keymap:
    """Return the keys that a widget is to tell of."""
    app = _app_of(widget)
    return app.keys if app else Keymap()


def queue_keys_of(widget: Widget) -> Keymap:
    """Return the keys of the queue that a widget is to tell of."""
    app = _app_of(widget)
    return app.queue_keys if app else Keymap(QUEUE_COMMANDS)


def _app_of(widget: Widget) -> ThemedApp | None:
    try:
        app = widget.app
    except NoActiveAppError:  # it is not on a screen yet
        return None
    return app if isinstance(app, ThemedApp) else None


def textual_theme(palette: Palette) -> TextualTheme:
    """Return a palette as Textual's widgets and style sheets take it."""

    def css(color: str) -> str:
        return color if color.startswith("#") else f"ansi_{color}"

    background, dim, selected = css(palette.background), css(palette.dim), css(palette.selected)
    reverse = "none" if palette.colour else "reverse"
    bars = {f"scrollbar{part}": css(palette.thumb) for part in ("", "-hover", "-active")}
    troughs = {f"scrollbar-background{part}": background for part in ("", "-hover", "-active")}
    return TextualTheme(
        name=f"annotator-{palette.name}",
        dark=palette.dark,
        ansi=palette.native,
        primary=css(palette.accent),
        accent=css(palette.accent),
        error=css(palette.bad),
        success=css(palette.good),
        warning=css(palette.current),
        foreground=css(palette.text),
        background=background,
        surface=background,
        panel=css(palette.bar),
        variables={
            **bars,
            **troughs,
            "ansi-background": background,
            "ansi-foreground": css(palette.text),
            "scrollbar-corner-color": background,
            "border": css(palette.rule),
            "text-muted": dim,
            "text-disabled": dim,
            "input-cursor-background": selected,
            "input-cursor-foreground": css(palette.on_selected),
            "input-cursor-text-style": reverse,
            "input-selection-background": css(palette.chosen),
            "input-selection-foreground": css(palette.on_chosen),
        },
    )
