"""Web pages that were saved: HTML files, and WARC archives of them.

Invariant: nothing is ever fetched, and the same bytes give the same article on any day; a page without an article is
named, not skipped.  The article's text is what trafilatura takes for it, so it has no offsets of anybody yet.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, NamedTuple

from annotator.core.record import Bad, Record
from annotator.core.text import title_of, unify_newlines
from annotator.formats.base import Format, Incoming, ReadOptions
from annotator.formats.digests import Digests
from annotator.formats.sources import Source

_HINT: Final = 'pip install "conflict-annotator[web]"'
_LIMIT: Final = 20 << 20  # bytes of a page; trafilatura takes no more
_HTML: Final = re.compile(r"\s*(?:text/html|application/xhtml\+xml)\b", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_SAVED_FROM: Final = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")  # as browsers write it
_LANGUAGE: Final = re.compile(
    rb"<html\b[^>]*?\s(?:xml:)?lang\s*=\s*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)", re.IGNORECASE
)
_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_LOGGERS: Final = ("trafilatura", "htmldate", "justext", "courlan")
# Without these limits the library takes today for the latest date, and pages would change with the day.
_DATES: Final = {"original_date": True, "extensive_search": False, "min_date": "1990-01-01", "max_date": "2100-01-01"}
_NO_ARTICLE: Final = ("no article text was found in the page", "save the page of one article, with its text")

_CUT: Final = ("the archive is cut off within this record", "download it again")


class _Page(NamedTuple):
    """A page and what came with it."""

    data: bytes
    where: str
    key: str
    url: str = ""
    fetched: str = ""
    charset: str = ""


def read(stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the articles of a page or of an archive of pages; see `Reader`."""
    try:
        import trafilatura  # noqa: F401 - to say so once, and not for every page
    except ImportError:
        yield Bad(source.name, "reading web pages takes trafilatura, which is not installed", _HINT)
        return
    if not stream.peek(5).startswith(b"WARC/"):
        data = stream.read(_LIMIT + 1)
        saved = _SAVED_FROM.search(data[:4096])
        url = saved[1].decode("ascii", "replace") if saved else ""
        yield _article(_Page(data, source.name, source.key, url))
        return
    for page in _archived(stream, source):
        yield page if isinstance(page, Bad) else _article(page)


def _article(page: _Page) -> Incoming | Bad:
    """Return the article of a page."""
    if len(page.data) > _LIMIT:
        return Bad(page.where, f"is longer than {_LIMIT >> 20} MB", "save the page without its pictures")
    found = _extracted(page)
    text = unify_newlines(found.text or "") if found is not None else ""
    if not text.strip():
        return Bad(page.where, *_NO_ARTICLE)
    language = _LANGUAGE.search(page.data[:65536])
    said = {
        "url": page.url or found.url,
        "date": found.date,
        "source": found.sitename or found.hostname,
        "author": found.author,
        "language": language[1].decode("ascii").lower() if language else "",
        "fetched": page.fetched,
    }
    meta = {name: value for name, value in said.items() if value}
    title = " ".join((found.title or "").split()) or title_of(text)
    return Incoming(Record(page.where, page.key, title, text, meta))


def _extracted(page: _Page) -> Any:
    """Return what the library finds in a page, None if nothing or if it cannot cope with it."""
    import trafilatura

    for name in _LOGGERS:  # it complains to the terminal where nobody listens
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    try:
        content: bytes | str = page.data.decode(page.charset) if page.charset else page.data
    except (LookupError, UnicodeDecodeError):
        content = page.data  # what the server said is not so; the library looks for itself
    try:
        return trafilatura.bare_extraction(
            content, url=page.url or None, include_comments=False, with_metadata=True, date_extraction_params=_DATES
        )
    except Exception:  # noqa: BLE001 - what odd markup makes the library raise is not written down anywhere
        return None


def _archived(stream: BufferedReader, source: Source) -> Iterator[_Page | Bad]:
    """Yield the pages of a WARC file; what is no page (pictures, requests, redirects) is passed over."""
    try:
        from warcio.archiveiterator import ArchiveIterator
    except ImportError:
        yield Bad(source.name, "reading WARC takes warcio, which is not installed", _HINT)
        return
    archive, number, seen = ArchiveIterator(stream), 0, Digests()
    while True:
        where = f"{source.name}:{number + 1}"
        try:
            with redirect_stderr(io.StringIO()):  # it prints its complaints, and counts them
                record = next(archive, None)
                page = None if record is None else _page(record, where, seen, number)
        except Exception as error:  # noqa: BLE001 - nor is what a damaged archive makes this library raise
            yield Bad(where, f"the archive is damaged from this record on: {str(error)[:200]}", "download it again")
            return
        if archive.err_count:
            yield Bad(where, "the archive is damaged: the record before is not as long as it says", "download it again")
            archive.err_count = 0
        if record is None:
            return
        number += 1
        if page is not None:
            yield page


def _page(record: Any, where: str, seen: Digests, number: int) -> _Page | Bad | None:
    """Return the page of a record, None if it is something else."""
    if record.rec_headers.get_header("Content-Length") is None:  # every record has one
        return Bad(where, *_CUT)
    if record.rec_type not in ("response", "resource"):
        return None
    kind, status = record.rec_headers.get_header("Content-Type") or "", 200
    if record.rec_type == "response":
        if record.http_headers is None:  # of DNS, FTP, …
            return None
        code = record.http_headers.get_statuscode()
        kind, status = record.http_headers.get_header("Content-Type") or "", int(code) if code.isdecimal() else 0
    if 300 <= status < 400 or not _HTML.match(kind):
        return None
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if status != 200:
        return Bad(where, f"{url[:200]} answered with status {status}, which is no article", "nothing to do")
    data = record.content_stream().read(_LIMIT + 1)
    if len(data) <= _LIMIT and getattr(record.raw_stream, "limit", 0) > 0:  # bytes that should still have come
        return Bad(where, *_CUT)
    fetched = record.rec_headers.get_header("WARC-Date") or ""
    charset = _CHARSET.search(kind)
    again = seen.setdefault(url, number) != number
    key = f"{url} {fetched}" if again else url  # a page that was fetched more than once
    return _Page(data, where, key or where, url, fetched, charset[1] if charset else "")


def _beside_page(path: Path) -> bool:
    """Say whether a file is a part of a page that a browser saved whole: in NAME_files beside NAME.html."""
    folder = path.parent
    stem = folder.name.removesuffix("_files")
    return stem != folder.name and any((folder.parent / f"{stem}{ending}").is_file() for ending in (".html", ".htm"))


def _sniff(head: bytes) -> int:
    if head.startswith(b"WARC/"):
        return 95
    return 70 if _PAGE.match(head[:65536]) else 0


FORMAT: Final = Format(
    "web",
    "saved web pages and WARC archives: the article's text, title, date and source",
    (".html", ".htm", ".xhtml", ".warc"),
    read=read,
    sniff=_sniff,
    claims=_beside_page,
)
