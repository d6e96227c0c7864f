"""Runs doccano's own import and export in its process; in an environment that has doccano and nothing of this project.

    python doccano_inside.py FOLDER FILE.jsonl OUT.jsonl

The functions are those that its web server hands to its task queue.  Prints seconds and peak memory as JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import shutil
import sys
import time
import zipfile
from pathlib import Path
from typing import Any


def set_up(folder: Path) -> None:
    """Make an empty doccano in the folder: the settings and the steps of `doccano init`."""
    spec = importlib.util.find_spec("backend")
    if spec is None or spec.origin is None:
        raise SystemExit("doccano is not installed")
    sys.path.insert(0, str(Path(spec.origin).parent))
    os.environ |= {
        "STANDALONE": "True",
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "MEDIA_ROOT": str(folder / "media"),
        "DOCCANO_HOME": str(folder),
    }
    import django
    from django.core import management

    django.setup()
    from django_drf_filepond import models

    models.storage.__init__(location=str(folder / "uploads"))
    management.call_command("migrate", verbosity=0)
    management.call_command("create_roles", verbosity=0)


def new_project() -> tuple[int, int]:
    """Return the numbers of a new user and of a new project, where spans may overlap and code points are counted."""
    from django.contrib.auth.models import User
    from projects.models import SequenceLabelingProject

    user = User.objects.create_superuser("admin", "admin@example.org", "benchmark")
    project = SequenceLabelingProject.objects.create(
        name="benchmark",
        description="benchmark",
        created_by=user,
        project_type="SequenceLabeling",
        collaborative_annotation=True,
        allow_overlapping=True,
        grapheme_mode=False,
    )
    project.add_admin()
    return user.id, project.id


def upload(source: Path) -> str:
    """Put a file where an upload by browser leaves it, and return the upload's id."""
    from django.core.files import File
    from django_drf_filepond.models import TemporaryUpload
    from django_drf_filepond.utils import _get_file_id

    upload_id: str = _get_file_id()
    with source.open("rb") as file:
        TemporaryUpload.objects.create(
            upload_id=upload_id,
            file_id=_get_file_id(),
            upload_name=source.name,
            upload_type=TemporaryUpload.FILE_DATA,
            file=File(file, name=source.name),
        )
    return upload_id


def measured(what: str, began: float, worked: float) -> dict[str, Any]:
    """Return the seconds and the processor time since then, and the most memory in MiB that the process has had."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    return {what: seconds, f"{what}_work": work, f"{what}_mebibytes": memory}


def main() -> None:
    """Import, export, and print the figures."""
    folder, source, out = (Path(argument).resolve() for argument in sys.argv[1:])
    set_up(folder)
    user, project = new_project()
    ids = [upload(source)]
    from data_export.celery_tasks import export_dataset
    from data_import.celery_tasks import import_dataset

    began, worked = time.perf_counter(), time.process_time()
    result = import_dataset.run(
        user, project, "JSONL", ids, "SequenceLabeling", column_data="text", column_label="label"
    )
    figures = {"errors": result["error"]} | measured("import", began, worked)
    began, worked = time.perf_counter(), time.process_time()
    archive = export_dataset.run(project, "JSONL")
    figures |= measured("export", began, worked)
    with zipfile.ZipFile(archive) as zipped, out.open("wb") as file, zipped.open(zipped.namelist()[0]) as inner:
        shutil.copyfileobj(inner, file)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
