"""A decision as an example for the guideline, in Markdown.

Invariant: nothing of the article's text can begin a heading, a list or a link of the page that it is put into.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from annotator.adjudication.cases import Case
from annotator.adjudication.decision import Decision
from annotator.core.attributes import facts
from annotator.core.spans import Span

AROUND: Final = 60  # code points of text on either side
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


def example(
    case: Case, *, text: str, key: str, gold: Sequence[Span], decision: Decision | None, names: Sequence[str] = ()
) -> str:
    """Return the example, ending in a line break.

    Args:
        case: What was settled.
        text: The article.
        key: The article's key.
        gold: The spans that stand for the case in the gold layer.
        decision: The decision, if one was made.
        names: What to call the readers, in the order of the readings; "Reader 1" and so on if left out.
    """
    start, end = max(0, case.start - AROUND), min(len(text), case.end + AROUND)
    before, here, after = text[start : case.start], text[case.start : case.end], text[case.end : end]
    left, right = ("…" if start else ""), ("…" if end < len(text) else "")
    quote = f"{left}{_plain(before)}**{_plain(here).strip()}**{_plain(after)}{right}"
    lines = [f"### {case.kind.capitalize()}: “{_plain(here)[:60].strip()}” ({_plain(key)})", "", f"> {quote}", ""]
    for number, reading in enumerate(case.readings):
        who = names[number] if number < len(names) else f"Reader {number + 1}"
        lines.append(f"- {_plain(who)}: {_told(reading.spans, text)}")
    lines.append(f"- **Settled**: {_told(gold, text)}")
    if decision is not None and decision.why:
        lines += ["", f"Why: {_plain(decision.why)}"]
    return "\n".join(lines) + "\n\n"


def _told(spans: Sequence[Span], text: str) -> str:
    parts = []
    for span in spans:
        values = facts(span.attributes)
        parts.append(f"{span.label} “{_plain(span.surface(text))}”" + (f" ({_plain(values)})" if values else ""))
    return "; ".join(parts) or "nothing"


def _plain(words: str) -> str:
    """Return words on one line with nothing in them that Markdown would act on."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words.replace("\n", " ")).split())
    head = " " if words[:1].isspace() else ""
    tail = " " if words[-1:].isspace() and line else ""
    return head + _SPECIAL.sub(r"\\\1", line) + tail
