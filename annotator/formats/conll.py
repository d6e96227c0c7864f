"""CoNLL files: a token a line with its tag, sentences parted by blank lines, articles by -DOCSTART-.

Invariant: a text that the file gives is the article's text to the code point, and every token stands in it in order;
where it gives none the text is made from the tokens by one rule, and `meta.detokenised` says so.  A line that is no
token keeps its article out, by number.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any, Final, cast

import msgspec

from annotator.core.counting import count
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions
from annotator.formats.conll_tags import SCHEMES, Scheme, decode, detect, is_tag
from annotator.formats.conll_text import Part, Sentence, aligned, detokenised
from annotator.formats.conll_write import DOCSTART, OWN, ConllWriter
from annotator.formats.decoding import encoding_of, lines_of
from annotator.formats.sources import Source
from annotator.formats.tokenizing import SOLID, WAYS

_COMMENT: Final = re.compile(r"#\s*([\w.-]+)(?: id)?\s*=\s?(.*)", re.DOTALL)
_NEWDOC: Final = re.compile(r"#\s*newdoc\b")
_MARKS: Final = (DOCSTART[0], "#")
"""What a line that may be no token begins with."""


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the articles of a CoNLL file; see `Reader`."""
    head = stream.peek(1 << 20)
    column = options.values.get("column", "")
    if column and not re.fullmatch("[1-9][0-9]?", column):
        yield Bad(source.name, f"--option column={column} is no column", "count the columns from 1")
        return
    try:
        encoding = encoding_of(head, whole=False)
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)
        return
    beginning = head.decode(encoding.name, "replace")
    reading = _Reading(source, beginning, int(column) - 1 if column else -1, options, encoding.notes)
    text = io.TextIOWrapper(stream, encoding.name, newline="\n")
    number = 0
    try:
        for number, line in enumerate(lines_of(text), 1):
            if (item := reading.take(number, line.rstrip("\r\n"))) is not None:
                yield item
        if (item := reading.finish()) is not None:
            yield item
    except UnicodeDecodeError:
        yield Bad(f"{source.name}:{number + 1}", f"is not {encoding.name} from here on", "save the file as UTF-8")
    except InputError as error:
        yield Bad(f"{source.name}:{number + 1}", error.message, error.hint)
    finally:
        text.detach()  # it is not ours to close


@dataclass(slots=True)
class _Draft:
    """An article as its lines come."""

    line: int
    named: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    open: bool = False  # whether the sentence goes on
    columns: int = 0
    bad: Bad | None = None

    def comment(self, number: int, line: str) -> None:
        found = _COMMENT.fullmatch(line)
        name, value = (found[1], found[2]) if found else ("comments", line[1:].strip())
        if name in ("text", "text_json"):
            try:
                text = msgspec.json.decode(value, type=str) if name == "text_json" else value
            except msgspec.DecodeError:
                self.bad = self.bad or Bad(str(number), "the text is no JSON string", 'such as "one\\ntwo"')
                return
            self.parts.append(Part(number, text))
            return
        name = "id" if name == "newdoc" else name
        if name in self.named and name not in ("id", "annotator"):
            before = self.named[name]
            self.named[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            self.named.setdefault(name, value)

    def token(self, line: int, words: str, tag: str) -> None:
        part = self.parts[-1] if self.parts else None
        if part is None or (not self.open and part.sentences and part.full()):
            part = Part(line)
            self.parts.append(part)
        if not self.open or not part.sentences:
            part.sentences.append(Sentence())
            self.open = True
        sentence = part.sentences[-1]
        sentence.lines.append(line)
        sentence.words.append(words)
        sentence.tags.append(tag)


class _Reading:
    """Turns lines into articles."""

    def __init__(self, source: Source, head: str, column: int, options: ReadOptions, notes: tuple[str, ...]) -> None:
        self._source = source
        self._column = column
        self._notes = notes
        lines = head.split("\n")
        articles = options.values.get("articles", "auto")
        marked = any(_is_docstart(line) or _NEWDOC.match(line) for line in lines)
        self._documents = articles == "documents" or (articles == "auto" and marked)
        self._draft: _Draft | None = None
        self._width: int | None = None
        scheme = options.values.get("scheme", "auto")
        self._scheme = cast(Scheme, scheme) if scheme != "auto" else self._detected(lines)

    def _detected(self, lines: Sequence[str]) -> Scheme:
        sentences: list[list[str]] = [[]]
        for line in lines[:-1] or lines:
            cells = _cells(line.rstrip("\r"))
            if not cells:
                sentences.append([])
            elif len(cells) > 1 and -len(cells) <= self._column < len(cells) and is_tag(cells[self._column]):
                sentences[-1].append(cells[self._column])
        return detect(sentences)

    def take(self, number: int, line: str) -> Incoming | Bad | None:
        """Take a line, and return the article that it ends, if any."""
        cells = _cells(line)
        if not cells:
            if self._draft is not None:
                self._draft.open = False
            return None if self._documents else self.finish(keep_comments=True)
        ended = None
        if line[0] in _MARKS:
            begins = _is_docstart(line) or (self._documents and _NEWDOC.match(line))
            if begins and self._draft is not None and (self._draft.parts or self._draft.bad):
                ended = self.finish()
            self._draft = self._draft or _Draft(number)
            if _is_docstart(line):
                return ended
            if self._is_comment(line, cells):
                self._draft.comment(number, line)
                return ended
        self._draft = self._draft or _Draft(number)
        self._width = self._width or len(cells)
        self._token(self._draft, number, cells)
        return ended

    def _token(self, draft: _Draft, number: int, cells: list[str]) -> None:
        if draft.bad is not None:
            return
        width = len(cells)
        if width < 2 or not -width <= self._column < width:
            draft.bad = Bad(
                str(number), f"has {count(width, 'column')}, none for the tag", "a token and its tag on each line"
            )
        elif not is_tag(tag := cells[self._column]):
            what = f"{tag[:40]!r} is no tag"
            draft.bad = Bad(
                str(number), what, "O, or B-, I-, … before a label; --option column=N if it is another column"
            )
        elif not cells[0]:
            draft.bad = Bad(str(number), "has no token", "a token and its tag on each line")
        else:
            if width > draft.columns:
                draft.columns = width
            draft.token(number, cells[0], tag)

    def _is_comment(self, line: str, cells: list[str]) -> bool:
        if not line.startswith("#"):
            return False
        tagged = len(cells) > 1 and is_tag(cells[-1])
        if "\t" in line:
            return not tagged
        return not (tagged and len(cells) == self._width) or "=" in cells[1:3]

    def finish(self, *, keep_comments: bool = False) -> Incoming | Bad | None:
        """Return the article that has come so far, if there is one."""
        draft = self._draft
        if draft is None:
            return None
        if keep_comments and draft.bad is None and not any(part.sentences for part in draft.parts):
            return None  # comments above a blank line belong to what follows
        self._draft = None
        if draft.bad is not None:
            return Bad(f"{self._source.name}:{draft.bad.where}", draft.bad.message, draft.bad.hint)
        return self._incoming(draft) if draft.parts else None

    def _incoming(self, draft: _Draft) -> Incoming | Bad:
        texts: list[str] = []
        spans: list[Span] = []
        found: list[tuple[int, str]] = []
        begin, made = 0, False
        for part in draft.parts:
            text, places, wrong = aligned(part) if part.text is not None else detokenised(part)
            made = made or part.text is None
            if wrong is not None:
                return Bad(f"{self._source.name}:{wrong[0]}", wrong[1], "the text must hold every token, in order")
            before = 0  # tokens of the sentences before
            for sentence in part.sentences:
                tags, odd = decode(sentence.tags, self._scheme)
                for first, last, label in tags:
                    start, end = begin + places[before + first][0], begin + places[before + last - 1][1]
                    spans.append(Span(f"s{len(spans) + 1}", start, end, label))
                found += [(sentence.lines[at], why) for at, why in odd]
                before += len(sentence.words)
            texts.append(text)
            begin += len(text) + 1
        return self._record(draft, "\n".join(texts), tuple(spans), found, made=made)

    def _record(
        self, draft: _Draft, text: str, spans: tuple[Span, ...], odd: list[tuple[int, str]], *, made: bool
    ) -> Incoming:
        named = dict(draft.named)
        key = named.pop("id", "") or self._source.key_of(draft.line, text)
        annotator = named.pop("annotator", "")
        meta = {name: value for name, value in named.items() if name == "comments" or name not in OWN}
        if made or named.get("detokenised") == "true":
            meta["detokenised"] = True
        where = f"{self._source.name}:{draft.line}"
        record = Record(where, key, title_of(text), text, meta, LayerRecord(annotator, spans=spans))
        losses = tuple(Loss(key, annotator, "", "tag transition", f"line {line}: {why}") for line, why in odd)
        notes = self._notes
        if draft.columns > 2:
            notes = (*notes, f"{draft.columns - 2} of {draft.columns} columns were left out")
        return Incoming(record, [span.surface(text) for span in spans], notes, losses)


def _is_docstart(line: str) -> bool:
    return line.startswith(DOCSTART) and not SOLID.match(line, len(DOCSTART))


def _cells(line: str) -> list[str]:
    if "\t" in line and line.strip():
        return [cell.strip() for cell in line.rstrip().split("\t")]
    return line.split()


def _sniff(head: bytes) -> int:
    lines = [line for line in head[:4096].decode("utf-8", "replace").split("\n")[:-1] if line.strip()]
    tokens = [cells for line in lines if not line.startswith("#") and (cells := _cells(line))]
    fits = all(len(cells) > 1 and is_tag(cells[-1]) for cells in tokens if cells[0] != DOCSTART)
    return 70 if fits and len(tokens) > 1 else 0


FORMAT: Final = Format(
    "conll",
    "CoNLL, a token and its tag a line: BIO, IOB1, BIOES, BILOU",
    (".conll", ".bio", ".iob", ".bioes"),
    read=read,
    write=ConllWriter,
    sniff=_sniff,
    stdout=True,
    options=(
        Option("scheme", "which tags; found on reading, bio on writing", ("auto", *SCHEMES)),
        Option("column", "reading: the column with the tags, from 1; the last if left out", side="read"),
        Option("articles", "reading: what an article is", ("auto", "documents", "sentences"), side="read"),
        Option("keep", "writing: which of spans that overlap", ("longest", "first"), side="write"),
        Option("tokenizer", "writing: spaCy's, or a plain rule", WAYS, side="write"),
    ),
    any_encoding=True,
)
