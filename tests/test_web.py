"""The tag screen in a browser: textual-serve, a headless Chromium, keys and a mouse, and then a look into the database.

Everything is on this machine: a page that needed another address would fail here, as it would without a network.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from support import ROOT, clock, load, record, rows

from annotator.project import Project
from annotator.schemas import load_schema

pytest.importorskip("textual_serve", reason="textual-serve is not installed")
webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
ActionChains, By, Keys = webdriver.ActionChains, webdriver.common.by.By, webdriver.Keys
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
if BROWSER is None or DRIVER is None:
    pytest.skip(
        "no Chromium with its driver here (Debian: apt-get install chromium chromium-driver)", allow_module_level=True
    )


pytestmark = pytest.mark.slow
SECOND = "Dozens of families fled to Al-Fashir on Sunday."
TEXT = f"Gunmen killed two near Taiz.\n{SECOND}\n"
PATIENCE = 40.0  # seconds
SETTLED = 1.0  # seconds
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
    "--window-size=1200,800", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]  # fmt: skip


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until something is true, and return it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with Project.create(path, load_schema("conflict-events"), clock=clock) as project:
        load(project, record("one", TEXT))
    return path


@pytest.fixture
def address(db: Path, tmp_path: Path) -> Iterator[str]:
    """Yield the link of one of two people."""
    arguments = ["--db", str(db), "serve", "--port", "0", "--annotator", "other", "--annotator", "web"]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "annotator", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert server.stdout is not None
        links = dict(server.stdout.readline().rstrip("\n").split("\t") for _ in range(2))
        yield links["web"]
    finally:
        server.terminate()
        server.communicate(timeout=40)
    assert server.returncode == 0, (tmp_path / "server.log").read_text()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in [*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


def spans(db: Path) -> list[tuple[str, str]]:
    found = rows(db, "SELECT label, start, end FROM span ORDER BY start")
    return [(label, TEXT[start:end]) for label, start, end in found]


class Page:
    """The page in the browser, and what it has sent.

    Args:
        driver: The browser, which has just been told to open the page.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._sent: list[tuple[str, str]] = []

    def sent(self) -> list[tuple[str, str]]:
        """Return what the page has asked for: addresses, and what it put on its web socket."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            values = message["params"]
            match message["method"]:
                case "Network.requestWillBeSent":
                    self._sent.append(("address", values["request"]["url"]))
                case "Network.webSocketCreated":
                    self._sent.append(("address", values["url"]))
                case "Network.webSocketFrameSent":
                    self._sent.append(("frame", values["response"]["payloadData"]))
        return self._sent

    def hosts(self) -> set[str]:
        """Return whom it has asked for anything."""
        parts = [urlsplit(address) for kind, address in self.sent() if kind == "address"]
        return {part.netloc for part in parts if part.scheme in ("http", "https", "ws", "wss")}

    def size(self) -> tuple[int, int] | None:
        """Return the columns and lines that it has told the app last."""
        found = None
        for kind, what in self.sent():
            if kind == "frame" and what.startswith('["resize"'):
                found = json.loads(what)[1]
            elif kind == "address" and what.startswith("ws") and "width=" in what:
                found = {name: int(value) for name, value in parse_qsl(urlsplit(what).query)}
        return (found["width"], found["height"]) if found else None

    def type(self, *keys: str) -> None:
        """Press keys."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def drag(self, column: int, line: int, cells: int) -> None:
        """Press the mouse on a cell and let it go so many cells further on."""
        screen = self.driver.find_element(By.CSS_SELECTOR, ".xterm-screen")
        size = self.size()
        assert size is not None
        wide, high = screen.size["width"], screen.size["height"]

        def at(cell: int) -> tuple[int, int]:  # in pixels from the middle of the screen
            x, y = (cell + 0.5) * wide / size[0], (line + 0.5) * high / size[1]
            return round(x - wide / 2), round(y - high / 2)

        hand = ActionChains(self.driver).move_to_element_with_offset(screen, *at(column)).click_and_hold()
        for cell in (cells // 2, cells):
            hand.move_to_element_with_offset(screen, *at(column + cell))
        hand.release().perform()


def test_one_span_by_keyboard_and_one_by_mouse(address: str, browser: Any, db: Path) -> None:
    browser.get(address)
    page = Page(browser)
    shown = "return Boolean(document.body?.classList.contains('-first-byte'))"
    until(lambda: browser.execute_script(shown), "the app")
    until(page.size, "the size of the page's terminal")
    time.sleep(SETTLED)
    page.type(Keys.ENTER)
    until(lambda: rows(db, "SELECT count(*) FROM place"), "the article")
    time.sleep(SETTLED)  # what is painted is on a canvas, where nothing says that it is there
    page.type("1")
    until(lambda: spans(db), "the span tagged by keyboard")
    assert spans(db) == [("actor", "Gunmen")]

    # The article begins on the second line of the screen and two cells from its left edge.
    page.drag(2 + SECOND.index("Al-Fashir"), 2, len("Al-Fashir") - 1)
    time.sleep(SETTLED)
    page.type("l")
    until(lambda: len(spans(db)) == 2, "the span tagged by mouse")
    assert spans(db) == [("actor", "Gunmen"), ("location", "Al-Fashir")]

    page.type(Keys.ARROW_LEFT, "u")
    until(lambda: len(spans(db)) == 1, "the undo")
    assert page.hosts() == {urlsplit(address).netloc}
    assert browser.current_url == f"http://{urlsplit(address).netloc}/"  # the secret is out of sight
    assert browser.execute_script("return document.cookie") == ""
    assert rows(db, "SELECT a.name FROM layer l JOIN annotator a ON a.id = l.annotator") == [("web",)]
