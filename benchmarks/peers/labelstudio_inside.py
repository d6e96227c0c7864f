"""Runs Label Studio's own import and export in its process; in an environment that has it and nothing of this project.

    python labelstudio_inside.py FOLDER CONFIG.xml OUT_FOLDER FILE.json...

The requests are those of its web pages, without the network in between.  Writes what it exports as JSON and as CoNLL
into the folder, and prints seconds and peak memory as JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any


def set_up(folder: Path) -> Any:
    """Make an empty Label Studio in the folder and return a client that is logged in."""
    spec = importlib.util.find_spec("label_studio")
    if spec is None or spec.origin is None:
        raise SystemExit("Label Studio is not installed")
    sys.path.insert(0, str(Path(spec.origin).parent))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "core.settings.label_studio",
        "BASE_DATA_DIR": str(folder),
        "DJANGO_DB": "sqlite",
        "ALLOWED_HOSTS": "*",
        "COLLECT_ANALYTICS": "False",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": str(4 << 30),
        "LATEST_VERSION_CHECK": "False",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from organizations.models import Organization
    from rest_framework.test import APIClient
    from users.models import User

    user = User.objects.create_superuser("admin@example.org", "benchmark")
    user.active_organization = Organization.create_organization(created_by=user, title="benchmark")
    user.save()
    client = APIClient()
    client.force_authenticate(user)
    return client


def checked(response: Any) -> Any:
    """Return a response, unless it says that something went wrong."""
    if response.status_code >= 300:
        body = b"".join(response.streaming_content) if response.streaming else response.content
        raise SystemExit(f"Label Studio answered {response.status_code}: {body[:500]!r}")
    return response


def body(response: Any) -> bytes:
    """Return what a response holds."""
    content: bytes = b"".join(checked(response).streaming_content) if response.streaming else checked(response).content
    return content


def measured(what: str, began: float, worked: float) -> dict[str, Any]:
    """Return the seconds and the processor time since then, and the most memory in MiB that the process has had."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    return {what: seconds, f"{what}_work": work, f"{what}_mebibytes": memory}


def main() -> None:
    """Import, export, and print the figures."""
    folder, config, out, *sources = (Path(argument).resolve() for argument in sys.argv[1:])
    client = set_up(folder)
    new = {"title": "benchmark", "label_config": config.read_text("utf-8")}
    project = json.loads(body(client.post("/api/projects/", new, format="json")))["id"]
    figures: dict[str, Any] = {}
    began, worked = time.perf_counter(), time.process_time()
    for source in sources:
        with source.open("rb") as file:
            answer = client.post(f"/api/projects/{project}/import", {"file": file}, format="multipart")
        figures["imported"] = json.loads(body(answer))
    figures |= measured("import", began, worked)
    for kind in ("JSON", "CONLL2003"):
        began, worked = time.perf_counter(), time.process_time()
        content = body(client.get(f"/api/projects/{project}/export?exportType={kind}&download_all_tasks=true"))
        figures |= measured(f"export_{kind}", began, worked)
        (out / f"{kind}.out").write_bytes(content)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
