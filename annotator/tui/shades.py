"""Colours as numbers: contrast, and variants of a hue that can be read.

Invariant: a variant keeps the hue of the colour that it was made from; grey stays grey.
"""

from __future__ import annotations

import colorsys
from typing import Final

STEP: Final = 0.01  # of lightness, while looking for a variant that can be read


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, from 0 to 1, as WCAG 2.2 defines it.

    Args:
        color: As #rrggbb.
    """
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(color)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.2 defines it.

    Args:
        one: As #rrggbb.
        other: As #rrggbb.
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def with_lightness(color: str, lightness: float, *, saturation: float | None = None) -> str:
    """Return a colour of the same hue.

    Args:
        color: As #rrggbb.
        lightness: From 0 to 1.
        saturation: From 0 to 1; that of the colour if left out, and always 0 for grey.
    """
    hue, _, own = colorsys.rgb_to_hls(*_rgb(color))
    wanted = own if saturation is None else saturation if own else 0.0
    return _hex(*colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness)), wanted))


def readable(color: str, *against: str, least: float, lighter: bool) -> str:
    """Return a colour of the same hue, as near as can be, with enough contrast to others.

    Args:
        color: As #rrggbb.
        against: The others, as #rrggbb.
        least: The contrast that is enough.
        lighter: Whether to look among lighter colours, else among darker ones.
    """
    _, lightness, _ = colorsys.rgb_to_hls(*_rgb(color))
    found = color
    while any(contrast(found, other) < least for other in against):
        lightness = min(1.0, max(0.0, lightness + (STEP if lighter else -STEP)))
        found = with_lightness(color, lightness)
        if lightness in (0.0, 1.0):
            break
    return found


def blend(one: str, other: str, share: float) -> str:
    """Return a colour between two.

    Args:
        one: As #rrggbb.
        other: As #rrggbb.
        share: How much of the other there is in it, from 0 to 1.
    """
    return _hex(*(a + (b - a) * share for a, b in zip(_rgb(one), _rgb(other), strict=True)))


def hue_of(color: str) -> tuple[float, float]:
    """Return hue and saturation, each from 0 to 1."""
    hue, _, saturation = colorsys.rgb_to_hls(*_rgb(color))
    return hue, saturation


def tint_of(color: str) -> str:
    """Return a light colour of the same hue, for text on a dark background.

    Args:
        color: As #rrggbb.
    """
    _, lightness, saturation = colorsys.rgb_to_hls(*_rgb(color))
    return with_lightness(color, max(lightness, 0.7), saturation=min(1.0, max(saturation, 0.6)))


def _rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(*parts: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
