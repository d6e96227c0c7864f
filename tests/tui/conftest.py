"""What holds for every test of the screens: what Textual makes of the same style sheet is made once.

Every app that starts would otherwise parse the style sheets of some thirty widgets again, which is a tenth of what its test
takes.  What comes of one depends on its text, where it is from, and the colours; only what agrees in all of them is shared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet


@pytest.fixture(autouse=True, scope="session")
def _parsed_once() -> Iterator[None]:
    parse = Stylesheet._parse_rules
    made: dict[Hashable, Any] = {}

    def parsed(sheet: Stylesheet, *arguments: Hashable, **named: Hashable) -> Any:
        key = (frozenset(sheet._variables.items()), arguments, frozenset(named.items()))
        if key not in made:
            made[key] = parse(sheet, *arguments, **named)  # type: ignore[arg-type]
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parsed)
        yield
