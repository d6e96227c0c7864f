"""Make the pictures of the documentation from the real screens on the bundled corpus.

Run it with `python docs/screenshot.py`; it writes `docs/tag.svg`, `docs/queue.svg`,
`docs/concordance.svg` and `docs/settle.svg`.  `--size 80x24 --keys "tab tab" --theme light --out FILE` makes others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

from annotator import team
from annotator.cli.demo import make
from annotator.config import Settings
from annotator.core.edits import Add
from annotator.intake import load
from annotator.project import Project
from annotator.resources import corpus_dir
from annotator.schemas import load_schema
from annotator.tui.app import AnnotatorApp
from annotator.tui.settle_app import SettleApp
from annotator.tui.settle_round import SettleRound

DOCS = Path(__file__).parent
ARTICLE = "a01-taiz-market-shelling"


def unsettled(db: Path) -> None:
    """Make the demonstration project without its gold layers, so that there is something to settle."""
    lines = (corpus_dir() / "conflict-news.jsonl").read_text(encoding="utf-8").splitlines()
    bare = db.with_suffix(".jsonl")
    bare.write_text("".join(f"{line}\n" for line in lines if json.loads(line).get("kind") != "gold"), encoding="utf-8")
    with Project.create(db, load_schema("conflict-events")) as project:
        load(project, [str(bare)], strict=True)


async def shoot_settle(
    out: Path, *, size: tuple[int, int], keys: list[str], article: str, settings: Settings, lanes: bool
) -> None:
    """Press keys on the settle screen of a fresh project and write its picture as SVG.

    Args:
        out: The picture.
        size: Columns and rows.
        keys: What is pressed.
        article: The article's key.
        settings: The person's settings.
        lanes: Whether the gold layer of the corpus is compared as a third reader, which gives lanes.
    """
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "conflict-news.db"
        unsettled(db)
        with Project.open(db) as project:
            found = project.store.article_by_key(article)
            assert found is not None, article
            readers = ["annotator-1", "annotator-2"]
            if lanes:
                third = project.session(found.id, "annotator-3")
                layer = project.store.layer(found.id, "annotator-1")
                assert layer is not None
                third.do([Add(span) for span in layer.spans[::2]])
                third.flush()
                readers.append("annotator-3")
            work = SettleRound(project, by="lead", readers=readers)
            app = SettleApp(work, work.open(found.id), settings=settings)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                for key in keys:
                    await pilot.press(key)
                await pilot.pause(0.2)
                out.write_text(app.export_screenshot(title="annotator"), encoding="utf-8")


async def shoot(
    out: Path,
    *,
    size: tuple[int, int],
    keys: list[str],
    queue: bool,
    article: str,
    annotator: str,
    settings: Settings,
    assigned: str = "",
) -> None:
    """Press keys on a screen of a fresh demonstration project and write its picture as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "conflict-news.db"
        make(db)
        with Project.open(db) as project:
            found = project.store.article_by_key(article)
            assert found is not None, article
            if assigned:
                for name in ("ana", "bo", "cy", "dee"):
                    project.add_annotator(name)
                open_for = 7200.0 if assigned == "open" else None
                team.assign(project, team.Request(overlap=4, calibration=3, seed=1, open_for=open_for), by="ana")
            app = AnnotatorApp(project, annotator=annotator, settings=settings, article=found.id, queue=queue)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                for key in keys:
                    await pilot.press(key)
                    await pilot.pause(0.1 if queue else None)  # what the reader thread answers
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
    parser.add_argument("--settle", action="store_true")
    parser.add_argument("--lanes", action="store_true", help="With --settle: three readers.")
    parser.add_argument("--assigned", choices=["named", "open"], default="", help="Give articles to four more people.")
    parser.add_argument("--theme", default="dark", choices=["dark", "light", "contrast", "ansi", "mono"])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    settings = Settings(theme=given.theme)
    if given.settle or not given.out:
        out = given.out or DOCS / "settle.svg"
        keys = given.keys.split() if given.out else ["n", "1", "n"]
        asyncio.run(
            shoot_settle(
                out, size=(width, height), keys=keys, article=given.article, settings=settings, lanes=given.lanes
            )
        )
        print(out)
        if given.settle:
            return
    if given.out:
        shots = [(given.out, given.keys.split(), given.queue, given.annotator, given.assigned)]
    else:
        shots = [
            (DOCS / "tag.svg", ["tab"] * 6, False, "gold", ""),
            (DOCS / "queue.svg", ["down"], True, "annotator-1", ""),
            (DOCS / "concordance.svg", ["c", *["down"] * 4, "enter"], True, "annotator-1", ""),
            (DOCS / "assigned.svg", ["down"], True, "ana", "named"),
        ]
    for out, keys, queue, annotator, assigned in shots:
        asyncio.run(
            shoot(
                out,
                size=(width, height),
                keys=keys,
                queue=queue,
                article=given.article,
                annotator=annotator,
                settings=settings,
                assigned=assigned,
            )
        )
        print(out)


if __name__ == "__main__":
    main()
