"""Saved pages: article, title, date and source; WARC; nothing fetched; what has no article is listed."""

from __future__ import annotations

import gzip
import io
import socket
import sys
from pathlib import Path

import pytest
from format_cases import good, read

from annotator.core.record import Bad
from annotator.formats.sources import Source
from annotator.formats.web import FORMAT

pytest.importorskip("trafilatura")
warcio = pytest.importorskip("warcio")

SENTENCE = "Rebels shelled the market in Taiz on Sunday, killing six people, the ministry said. 👍 النازحون café."
BODY = "".join(f"<p>Paragraph {number}: {SENTENCE}</p>\r\n" for number in range(4))
TEXT = "\n".join(["Shells hit market", *(f"Paragraph {number}: {SENTENCE}" for number in range(4))])
PAGE = f"""<!DOCTYPE html>
<!-- saved from url=(0023)https://ex.org/news/one -->
<html class="x" lang="en-GB"><head><meta charset="utf-8"><title>Shells hit market | The News</title>
<meta property="og:title" content="Shells hit  market"><meta property="og:site_name" content="The News">
<meta name="author" content="Jane Doe"><meta property="article:published_time" content="2024-03-05T10:00:00Z"></head>
<body><nav><a href="/">Home</a> <a href="/about">About us</a></nav>
<article><h1>Shells hit market</h1>{BODY}</article><footer>Copyright 2024</footer></body></html>"""


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_values: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


def test_a_page_is_its_article() -> None:
    (item,) = good(read(FORMAT, PAGE.encode(), name="one.html"))
    assert item.record.text == TEXT
    assert (item.record.key, item.record.title) == ("one", "Shells hit market")
    assert item.record.meta == {
        "url": "https://ex.org/news/one", "date": "2024-03-05", "source": "The News", "author": "Jane Doe", "language": "en-gb"
    }  # fmt: skip
    assert item.record.layer is None
    assert read(FORMAT, PAGE.encode(), name="one.html") == [item]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1256"])
def test_a_page_in_another_encoding_is_read(encoding: str) -> None:
    page = PAGE.replace('charset="utf-8"', f'charset="{encoding}"').replace("👍 ", "")
    (item,) = good(read(FORMAT, page.encode(encoding)))
    assert item.record.text == TEXT.replace("👍 ", "")


@pytest.mark.parametrize(
    "page",
    [
        b"", b"\x00\xff" * 500, b"<html></html>", b"<html><body><script>alert(1)</script></body></html>",
        b"<html>" + b"<div>" * 50_000,
    ],
    ids=["empty", "binary", "bare", "script", "deep"],
)  # fmt: skip
def test_a_page_without_an_article_is_listed(page: bytes) -> None:
    (bad,) = read(FORMAT, page, name="x.html")
    assert bad == Bad("x.html", "no article text was found in the page", "save the page of one article, with its text")


def test_no_entity_is_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret words", encoding="utf-8")
    head = f"<!DOCTYPE html [<!ENTITY a SYSTEM '{(tmp_path / 'secret').as_uri()}'>]>"
    for item in read(FORMAT, PAGE.replace("<!DOCTYPE html>", head).replace("six people", "&a;").encode()):
        assert "s3cret" not in repr(item)


def test_a_page_that_is_too_long_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.formats.web._LIMIT", 1000)
    (bad,) = read(FORMAT, PAGE.encode(), name="x.html")
    assert isinstance(bad, Bad)
    assert bad.message == "is longer than 0 MB"


def archive(*, gzipped: bool = False) -> bytes:
    """Return an archive with a page twice, a picture, a page without an article, one that is gone, and a redirect."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    file = io.BytesIO()
    writer = WARCWriter(file, gzip=gzipped)
    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "test"}))

    def response(
        url: str,
        body: bytes,
        day: int,
        status: str = "200 OK",
        kind: str = "text/html; charset=utf-8",
        *more: tuple[str, str],
    ) -> None:
        headers = StatusAndHeaders(status, [("Content-Type", kind), *more], protocol="HTTP/1.1")
        date = {"WARC-Date": f"2024-03-0{day}T00:00:00Z"}
        writer.write_record(
            writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=headers, warc_headers_dict=date)
        )

    response("https://ex.org/1", PAGE.encode(), 6)
    response("https://ex.org/x.png", b"\x89PNG", 6, "200 OK", "image/png")
    response(
        "https://ex.org/1",
        gzip.compress(PAGE.encode(), mtime=0),
        7,
        "200 OK",
        "text/html",
        ("Content-Encoding", "gzip"),
    )
    response("https://ex.org/old", b"", 7, "301 Moved")
    response("https://ex.org/gone", b"<html><body>Not found</body></html>", 7, "404 Not Found")
    response("https://ex.org/empty", b"<html><body></body></html>", 7)
    response(
        "https://ex.org/latin",
        PAGE.replace("utf-8", "ascii").encode("cp1256", "ignore"),
        7,
        "200 OK",
        "text/html; charset=windows-1256",
    )
    return file.getvalue()


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
def test_an_archive_is_the_articles_of_its_pages(gzipped: bool, tmp_path: Path) -> None:
    path = tmp_path / f"x.warc{'.gz' if gzipped else ''}"
    path.write_bytes(archive(gzipped=gzipped))
    assert FORMAT.read is not None
    source = Source("x.warc", "x", ".warc", 0, path)
    with source.open() as stream:
        first, again, gone, empty, arabic = list(FORMAT.read(stream, source))
    one, two, other = good([first, again, arabic])
    assert one.record.text == two.record.text == TEXT
    assert other.record.text == TEXT.replace("👍 ", "")
    assert [item.record.key for item in (one, two)] == ["https://ex.org/1", "https://ex.org/1 2024-03-07T00:00:00Z"]
    assert one.record.where == "x.warc:2"
    assert (one.record.meta["url"], one.record.meta["fetched"]) == ("https://ex.org/1", "2024-03-06T00:00:00Z")
    assert gone == Bad("x.warc:6", "https://ex.org/gone answered with status 404, which is no article", "nothing to do")
    assert isinstance(empty, Bad)
    assert empty.where == "x.warc:7"


def test_a_damaged_archive_is_told_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    data = archive()
    for end in (b"https://ex.org/x.png", b"Paragraph 2"):
        items = read(FORMAT, data[: data.index(end)], name="x.warc")
        assert items[-1] == Bad(
            f"x.warc:{len(items) + 1}", "the archive is cut off within this record", "download it again"
        )
    assert read(FORMAT, b"WARC/nonsense\r\n\r\n", name="x.warc")[0].where == "x.warc:1"  # type: ignore[union-attr]
    wrong = data.replace(b"Content-Length: ", b"Content-Length: 1", 2)
    assert any(isinstance(item, Bad) for item in read(FORMAT, wrong, name="x.warc"))
    assert capfd.readouterr() == ("", "")


def test_what_a_browser_saved_beside_a_page_is_a_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "one_files").mkdir()
    (tmp_path / "one.htm").write_text(PAGE, encoding="utf-8")
    assert FORMAT.claims is not None
    assert FORMAT.claims(tmp_path / "one_files" / "frame.html")
    assert not FORMAT.claims(tmp_path / "two_files" / "frame.html")
    assert not FORMAT.claims(tmp_path / "one.htm")


def test_pages_and_archives_are_known_by_their_beginning() -> None:
    assert FORMAT.sniff is not None
    heads = [PAGE.encode(), archive(), b"<!-- x --><HTML>", b"<xmi:XMI", b'{"text": "<html>"}']
    assert [FORMAT.sniff(head) for head in heads] == [70, 95, 70, 0, 0]


@pytest.mark.parametrize(("module", "data"), [("trafilatura", b""), ("warcio.archiveiterator", b"WARC/1.0")])
def test_without_the_libraries_it_is_said_what_to_install(
    module: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (bad,) = read(FORMAT, data)
    assert isinstance(bad, Bad)
    assert bad.hint == 'pip install "conflict-annotator[web]"'
