"""Write the saved file of a release: `PYTHONPATH=.:tests:tests/store python tests/store/data/make.py`.

Run once before a release that has a new migration; files of older releases are never written again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from support import clock, dump, schema
from test_migrations import DATA, fill

from annotator.project import Project
from annotator.store.migrations import VERSION


def main() -> None:
    """Write data/vN.sql for the newest version, unless it is there."""
    target = DATA / f"v{VERSION}.sql"
    if target.exists():
        raise SystemExit(f"{target} was released and stays as it is")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.db")
        with Project.create(path, schema(), clock=clock) as project:
            fill(project)
        target.write_text("\n".join(dump(path)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
