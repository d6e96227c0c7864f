"""How few keys a span costs: the shortest ways over the real key bindings, on the bundled gold articles.

    python -m benchmarks.keys [--quick] [--articles 26] [--no-hints] [--width 78] [--rows 37]

Counted is every key from where tagging one span has left the cursor until the next one is tagged: the moves, every
letter of a hint, and the label key.  Spans are tagged in the order of the text, outer before inner.  Not counted are
attributes, and going from article to article.  See `benchmarks.ways` for how a shortest way is found.  Commands that
change other spans are left out (tagging all identical places, moving a span's edges), and so is search; with them a
span can only cost less.

Beside it SLATE, see `benchmarks.slate`, on the same spans.  It is given our tokens (its own are parted by blanks only,
and many a span does not end at one), for each article whichever lines suit it better (those of the file, or our rows),
and labels of one key, which its settings allow; its own labels, SPACE and a letter, cost one more.

Promised: at most 4.2 keys a span, and fewer than SLATE's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import mean
from typing import Final

from annotator.core.spans import Span, span_key
from annotator.resources import corpus_dir
from annotator.schemas import load_schema
from annotator.tui.layout import Layout
from annotator.tui.tokens import Extent, tokens
from benchmarks.slate import Slate
from benchmarks.ways import View, Way, Ways, remembered

LIMIT: Final = 4.2
KINDS_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Gold:
    """A bundled article with its settled spans, in the order of the text."""

    name: str
    text: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Result:
    """What the spans of one article cost.

    Args:
        name: The article.
        ways: Our way to each span.
        slate: SLATE's keys for each, a label of one key included.
        beyond: How many of them do not begin and end at blanks, so that SLATE's own tokens cannot make them.
    """

    name: str
    ways: Sequence[Way]
    slate: Sequence[int]
    beyond: int


def gold_articles() -> list[Gold]:
    """Return the bundled articles that are settled."""
    found = []
    with (corpus_dir() / "conflict-news.jsonl").open(encoding="utf-8") as file:
        for record in map(json.loads, file):
            if record.get("kind") == "gold":
                spans = [Span(s["id"], s["start"], s["end"], s["label"]) for s in record["spans"]]
                found.append(Gold(record["id"], record["text"], sorted(spans, key=span_key)))
    return found


def measure(article: Gold, *, hints: bool, view: View) -> Result:
    """Return what the spans of one article cost."""
    with remembered():
        ways = Ways(article.text, load_schema("conflict-events"), hints=hints, view=view)
        ours = [ways.tag(span) for span in article.spans]
    slates = [Slate(lines) for lines in (rows_of(article.text, view.width), lines_of(article.text))]
    theirs = min(([slate.tag(span) + 1 for span in article.spans] for slate in slates), key=sum)
    beyond = sum(not _between_blanks(article.text, span) for span in article.spans)
    return Result(article.name, ours, theirs, beyond)


def rows_of(text: str, width: int) -> list[list[Extent]]:
    """Return the tokens of each row of a text that is wrapped at a width in cells."""
    layout = Layout(text, width)
    return [list(tokens(text, layout.row_start(row), layout.row_end(row))) for row in range(layout.rows)]


def lines_of(text: str) -> list[list[Extent]]:
    """Return the tokens of each line of a text."""
    found, at = [], 0
    for line in text.split("\n"):
        found.append(list(tokens(text, at, at + len(line))))
        at += len(line) + 1
    return found


def _between_blanks(text: str, span: Span) -> bool:
    before, after = text[: span.start][-1:], text[span.end :][:1]
    return (not before or before.isspace()) and (not after or after.isspace())


def report(results: Sequence[Result]) -> bool:
    """Print the figures and say whether the promise is kept."""
    ways = [way for result in results for way in result.ways]
    slate = [cost for result in results for cost in result.slate]
    _table("article", ((result.name, result.ways, result.slate) for result in results))
    by_label: dict[str, list[tuple[Way, int]]] = defaultdict(list)
    for way, cost in zip(ways, slate, strict=True):
        by_label[way.label].append((way, cost))
    _table("label", ((name, *map(list, zip(*rows, strict=True))) for name, rows in by_label.items()))
    by_words: dict[int, list[tuple[Way, int]]] = defaultdict(list)
    for way, cost in zip(ways, slate, strict=True):
        by_words[min(way.words, 6)].append((way, cost))
    named = (f"{words}{' and more' if words == 6 else ''}" for words in sorted(by_words))
    rows = (map(list, zip(*by_words[words], strict=True)) for words in sorted(by_words))
    _table("tokens", ((name, *lists) for name, lists in zip(named, rows, strict=True)))
    _table("", [("all", ways, slate)])
    print(f"\nspans by keys: ours {_spread([way.cost for way in ways])}")
    print(f"              SLATE {_spread(slate)}")
    _costly(ways)
    ours, theirs = mean(way.cost for way in ways), mean(slate)
    beyond = sum(result.beyond for result in results)
    print(f"\nSLATE with its own labels, SPACE and a letter: {theirs + 1:.2f} keys a span;", end=" ")
    print(f"with its own tokens it could not make {beyond / len(ways):.0%} of the spans")
    kept = ours <= LIMIT and ours < theirs
    print(f"{ours:.2f} keys a span (at most {LIMIT}), SLATE {theirs:.2f} (more): {'kept' if kept else 'NOT KEPT'}")
    return kept


def _table(heading: str, rows: Iterable[tuple[str, Sequence[Way], Sequence[int]]]) -> None:
    """Print spans, keys, and keys a span of ours and of SLATE."""
    print(f"\n{heading:34} {'spans':>6} {'keys':>6} {'a span':>7} {'SLATE':>7} {'ratio':>6}")
    for name, ways, slate in rows:
        keys = sum(way.cost for way in ways)
        print(f"{name:34} {len(ways):6} {keys:6} {keys / len(ways):7.2f} {mean(slate):7.2f} {keys / sum(slate):6.2f}")


def _spread(costs: Sequence[int]) -> str:
    counts = Counter(costs)
    return "  ".join(f"{cost}: {counts[cost] / len(costs):.0%}" for cost in sorted(counts))


def _costly(ways: Sequence[Way]) -> None:
    """Print the kinds of way that cost most beyond two keys a span."""
    extra: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for way in ways:
        kind = " + ".join(_kinds(way.keys)) or "there already"
        extra[kind] += max(0, way.cost - 2)
        number[kind] += 1
    print("\nmost costly kinds of way, by keys beyond two a span:")
    for kind, keys in extra.most_common(KINDS_SHOWN):
        print(f"{keys:6} keys in {number[kind]:4} spans: {kind}")


def _kinds(keys: Sequence[str]) -> list[str]:
    """Return the keys of a way in order, repeated ones counted, and a dot for each letter of a hint."""
    kinds: list[tuple[str, int]] = []
    for key in (key[:2] + " ".join("·" * len(key[2:].split())) if key[:2] == "f " else key for key in keys):
        if kinds and kinds[-1][0] == key:
            kinds[-1] = (key, kinds[-1][1] + 1)
        else:
            kinds.append((key, 1))
    return [f"{key} ×{times}" if times > 1 else key for key, times in kinds]


def _measure(work: tuple[Gold, bool, View]) -> Result:
    article, hints, view = work
    return measure(article, hints=hints, view=view)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="four articles")
    parser.add_argument("--articles", type=int, default=0, help="how many articles")
    parser.add_argument("--no-hints", action="store_true", help="without jumps to the letters of a word")
    parser.add_argument("--width", type=int, default=View.width, help="cells in a row (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=View.rows, help="rows in view (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="articles at a time (default: %(default)s)")
    given = parser.parse_args(arguments)
    articles = gold_articles()
    count = given.articles or (4 if given.quick else len(articles))
    chosen = articles[:: max(1, len(articles) // count)][:count]
    work = [(article, not given.no_hints, View(given.width, given.rows)) for article in chosen]
    results = []
    with ProcessPoolExecutor(given.processes) as pool:
        for result in pool.map(_measure, work):
            results.append(result)
            if sys.stderr.isatty():
                print(f"\r\033[K{len(results)} of {len(work)}: {result.name}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return int(not report(results))


if __name__ == "__main__":
    sys.exit(main())
