"""Make the pictures of the documentation from the real screens on the bundled corpus.

Run it with `python docs/screenshot.py`; it writes `docs/tag.svg` and `docs/queue.svg`.  `--size 80x24 --keys "tab tab"
--theme light --out FILE` makes others.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from annotator.cli.demo import make
from annotator.config import Settings
from annotator.project import Project
from annotator.tui.app import AnnotatorApp

DOCS = Path(__file__).parent
ARTICLE = "a01-taiz-market-shelling"


async def shoot(
    out: Path, *, size: tuple[int, int], keys: list[str], queue: bool, article: str, annotator: str, settings: Settings
) -> None:
    """Press keys on a screen of a fresh demonstration project and write its picture as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "conflict-news.db"
        make(db)
        with Project.open(db) as project:
            found = project.store.article_by_key(article)
            assert found is not None, article
            app = AnnotatorApp(project, annotator=annotator, settings=settings, article=found.id, queue=queue)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                for key in keys:
                    await pilot.press(key)
                await pilot.pause(0.2)
                out.write_text(app.export_screenshot(title="annotator"), encoding="utf-8")


def main() -> None:
    """Make the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--keys", default="")
    parser.add_argument("--article", default=ARTICLE)
    parser.add_argument("--annotator", default="gold")
    parser.add_argument("--queue", action="store_true")
    parser.add_argument("--theme", default="dark", choices=["dark", "light", "contrast", "ansi", "mono"])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    if given.out:
        shots = [(given.out, given.keys.split(), given.queue, given.annotator)]
    else:
        shots = [(DOCS / "tag.svg", ["tab"] * 6, False, "gold"), (DOCS / "queue.svg", ["down"], True, "annotator-1")]
    for out, keys, queue, annotator in shots:
        asyncio.run(
            shoot(
                out,
                size=(width, height),
                keys=keys,
                queue=queue,
                article=given.article,
                annotator=annotator,
                settings=Settings(theme=given.theme),
            )
        )
        print(out)


if __name__ == "__main__":
    main()
