"""The values of a JSON file one at a time: of an array, of JSON Lines, or of whole documents one after the other.

Invariant: memory holds one value and one block, however long the file is; every value and every fault has the number
of the line on which it begins; a value that is broken is one `Bad`, and the values after it are still read.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from typing import Any, Final, NamedTuple, NoReturn, TypeVar, cast

import msgspec

from annotator.core.record import Bad
from annotator.errors import InputError
from annotator.formats.sources import Source

T = TypeVar("T")
ITEM_LIMIT: Final = 256 << 20  # bytes; far beyond any article with its spans, so a longer value is something else

_BLOCK: Final = 1 << 20
_MARKS: Final = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x00\x00\xfe\xff", "UTF-32"))
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_TOKENS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]"]', re.DOTALL)
_SCALAR: Final = re.compile(r"[^\s,\[\]{}]*")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_HALVES: Final = re.compile(r"\\u[dD][89a-fA-F]")
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
_WHERE: Final = re.compile(r" - at `\$\.?(.*)`$")
_DEEP: Final = ("is nested too deeply", "a value in a record is nested a few levels deep, not hundreds")
_CUT: Final = "broken JSON: the file is cut off"


class Item(NamedTuple):
    """One value, the line on which it begins, and which of those that begin on this line it is, both from 1."""

    line: int
    value: Any
    nth: int = 1

    @property
    def number(self) -> str:
        """What tells it from all others of the file: the line, or "1.2" for the second value on line 1."""
        return str(self.line) if self.nth == 1 else f"{self.line}.{self.nth}"

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return _place(self.line, self.nth)


def _place(line: int, nth: int) -> str:
    return str(line) if nth == 1 else f"{line} (value {nth})"


def items(stream: BufferedReader, source: Source, *, type: Any = Any) -> Iterator[Item | Bad]:
    """Yield the values of a file: the elements of its array, else its lines, else its documents.

    Args:
        stream: The file's bytes, at the beginning.
        source: Its name, for messages.
        type: What each value is to be, as `msgspec` understands types; a value that is not is a `Bad`.
    """
    head = stream.peek(_BLOCK)
    wrong = next((name for mark, name in _MARKS if head.startswith(mark)), "binary" if b"\x00" in head else "")
    if wrong:
        yield Bad(source.name, f"is {wrong}; JSON must be UTF-8", "save it as UTF-8")
        return
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    if start.startswith(b"[") or _is_document(start):
        yield from _Documents(stream, source, type).items(array=start.startswith(b"["))
    else:
        yield from _from_lines(stream, source, type)


def objects(
    stream: BufferedReader, source: Source, found: Callable[[dict[str, Any], str, str], Iterable[T]], *, hint: str
) -> Iterator[T | Bad]:
    """Yield what is in the objects of a file; what is wrong with one is a `Bad` at its line.

    Args:
        stream: The file's bytes, at the beginning.
        source: Its name, for messages.
        found: Returns what is in an object, given it, its place for messages, and its number.
        hint: What each value should be.
    """
    for item in items(stream, source):
        if isinstance(item, Bad):
            yield item
            continue
        where = f"{source.name}:{item.place}"
        if not isinstance(item.value, dict):
            yield Bad(where, "is not a JSON object", hint)
            continue
        try:
            yield from found(item.value, where, item.number)
        except msgspec.ValidationError as error:
            yield misfit(error, where)
        except InputError as error:
            yield Bad(where, error.message, error.hint)


def first_item(head: bytes) -> Any:
    """Return the first value that a file's beginning holds whole, for telling formats apart; None if it holds none.

    Args:
        head: The first bytes of a file; a character may be cut at their end.
    """
    text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "ignore").lstrip()
    text = text[1:].lstrip() if text.startswith("[") else text
    try:
        return _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def lines(stream: BufferedReader) -> Iterator[bytes | None]:
    """Yield every line, without the mark at the beginning of a file, and None for one that no memory should hold."""
    line = stream.readline(ITEM_LIMIT).removeprefix(codecs.BOM_UTF8) or stream.readline(ITEM_LIMIT)
    while line:
        whole = line.endswith(b"\n") or len(line) < ITEM_LIMIT
        yield line if whole else None
        while not whole:
            rest = stream.readline(ITEM_LIMIT)
            whole = not rest or rest.endswith(b"\n")
        line = stream.readline(ITEM_LIMIT)


def misfit(error: Exception, where: str) -> Bad:
    """Return what `msgspec` found wrong with a value, in words that name its field."""
    message = str(error)
    field = ""
    if found := _WHERE.search(message):
        # Where msgspec cannot name the field, in a value of any kind, it writes "[...]".
        field, message = ("" if "..." in found[1] else found[1]), message[: found.start()]
    if missing := re.match(r"Object missing required field `(.*)`", message):
        place = f"{field} has no" if field else "no"
        return Bad(where, f"{place} field {missing[1]!r}", f"the field {missing[1]!r} is required")
    message = message.replace("`", "").replace("Expected", "expected")
    return Bad(where, f"field {field!r}: {message}" if field else message, "see the description of the format")


def broken(line: bytes, error: Exception, where: str) -> Bad:
    """Return what is wrong with a line that is not JSON."""
    if isinstance(error, RecursionError):
        return Bad(where, *_DEEP)
    if isinstance(error, UnicodeDecodeError):
        return Bad(where, f"is not UTF-8: byte {error.object[error.start]:#04x}", "save the file as UTF-8")
    if _SURROGATE.search(line) and "JSON is malformed: invalid" not in str(error):
        return Bad(where, "broken JSON: lone surrogate", "half of a UTF-16 pair is not a character; or it is cut off")
    what = str(error).removeprefix("JSON is malformed: ").replace("Input data was truncated", "the line is cut off")
    return Bad(where, f"broken JSON: {what}", "each line must be one whole JSON object")


def _is_document(head: bytes) -> bool:
    """Say whether an object is laid out over lines: its first line is not whole and the next begins no other."""
    first, _, rest = head.partition(b"\n")
    if not first.startswith(b"{") or _extent(first.decode("utf-8", "replace"), 0) is not None:
        return False
    return bool(rest.strip()) and not rest.lstrip().startswith(b"{")


def _from_lines(stream: BufferedReader, source: Source, type: Any) -> Iterator[Item | Bad]:
    decode = msgspec.json.Decoder(type).decode
    for number, line in enumerate(lines(stream), 1):
        where = f"{source.name}:{number}"
        if line is None:
            yield Bad(where, f"is longer than {ITEM_LIMIT >> 20} MB", "give each article a line")
        elif not line.isspace():
            try:
                yield Item(number, decode(line))
            except msgspec.ValidationError as error:
                yield misfit(error, where)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                yield broken(line, error, where)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is out of range")
    return number


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def _extent(text: str, start: int) -> int | None:
    """Return where the value that begins at `start` ends, broken or not; None if the text ends before it does."""
    if text[start] not in '{["':
        end = _SCALAR.match(text, start).end()  # type: ignore[union-attr]  # it matches the empty string
        return max(end, start + 1) if end < len(text) else None
    depth = 0
    for token in _TOKENS.finditer(text, start):
        match token[0]:
            case "{" | "[":
                depth += 1
            case "}" | "]":
                depth -= 1
            case '"':  # of a string that does not end
                return None
        if depth <= 0:
            return token.end()
    return None


def _has_lone_surrogate(value: Any) -> bool:
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        return True
    return False


class _Documents:
    """Values that may run over lines, in a window of text that slides over the file."""

    def __init__(self, stream: BufferedReader, source: Source, type: Any) -> None:
        self._stream = stream
        self._name = source.name
        self._type = type
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._spoilt = False  # whether a byte was met that is not UTF-8; looking for one in each value takes its time
        self._text = self._decode(stream.read(_BLOCK)).removeprefix("\ufeff")
        self._at = 0
        self._line = 1
        self._nth = 0  # of the values that began on this line
        self._over = False

    def items(self, *, array: bool) -> Iterator[Item | Bad]:
        """Yield every value; `array` says that they stand between brackets, with commas."""
        closed = not array
        comma = False  # whether one must come next
        if array:
            self._next()
            self._move(self._at + 1)
        while next := self._next():
            if array and comma and next == ",":
                self._move(self._at + 1)
                comma = False
            elif array and next == "]":
                self._move(self._at + 1)
                closed = True
                break
            elif next in "]},:":
                yield self._bad(f"broken JSON: {next!r} where a value should begin", "what follows was not read")
                return
            else:
                if comma and array:
                    yield self._bad("broken JSON: no comma before this value", "it was read all the same")
                item = self._value()
                yield item
                if self._over:
                    return
                comma = True
        if not closed:
            yield self._bad(f"{_CUT}: its array does not end", "copy or export it again")
        elif self._next():
            yield self._bad("broken JSON: more after the end of the array", "what follows was not read")

    def _value(self) -> Item | Bad:
        """Return the value that begins here, and stand after it; if that cannot be told where, `_over` becomes true."""
        self._nth += 1
        line, nth = self._line, self._nth
        while True:
            at = self._at
            error: Exception | None = None
            try:
                value, end = _DECODER.raw_decode(self._text, at)
            except (ValueError, RecursionError) as raised:
                error = raised
                end = _extent(self._text, at) or len(self._text)
            if end < len(self._text) or (end == len(self._text) and error is None and self._text[at] in '{["'):
                break
            if len(self._text) - at > ITEM_LIMIT:
                self._over = True
                return self._bad(f"is longer than {ITEM_LIMIT >> 20} MB", "give each article a value of its own")
            if not self._more():
                break
        where = f"{self._name}:{_place(line, nth)}"
        if error is not None:
            self._over = _extent(self._text, self._at) is None
            bad = self._broken(error, end, where)
            self._move(end)
            return bad
        spoilt = _NOT_UTF8.search(self._text, self._at, end) if self._spoilt else None
        halves = _HALVES.search(self._text, self._at, end)
        self._move(end)
        if halves and _has_lone_surrogate(value):
            return Bad(where, "broken JSON: lone surrogate", "half of a UTF-16 pair is not a character")
        if spoilt:
            return Bad(where, f"is not UTF-8: byte {ord(spoilt[0]) - 0xDC00:#04x}", "save the file as UTF-8")
        if self._type is Any:
            return Item(line, value, nth)
        try:
            return Item(line, msgspec.convert(value, self._type), nth)
        except msgspec.ValidationError as wrong:
            return misfit(wrong, where)

    def _broken(self, error: Exception, end: int, where: str) -> Bad:
        if isinstance(error, RecursionError):
            return Bad(where, *_DEEP)
        if self._over:
            return Bad(where, f"{_CUT} within this value", "copy or export it again")
        if isinstance(error, json.JSONDecodeError):
            line = self._line + self._text.count("\n", self._at, min(error.pos, end))
            within = f" on line {line}" if line != self._line else ""
            return Bad(where, f"broken JSON{within}: {error.msg}", "correct it, or export it again")
        return Bad(where, f"broken JSON: {str(error).partition(';')[0]}", "correct it, or export it again")

    def _next(self) -> str:
        """Go to the next character that is not blank and return it, "" at the end."""
        while True:
            self._move(cast("re.Match[str]", _BLANK.match(self._text, self._at)).end())
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _move(self, to: int) -> None:
        over = self._text.count("\n", self._at, to)
        if over:
            self._line, self._nth = self._line + over, 0
        self._at = to

    def _more(self) -> bool:
        """Take in more of the file, as much again as the value has already taken; False at the end."""
        left = self._text[self._at :]
        data = self._stream.read(max(_BLOCK, len(left)))
        self._text, self._at = left + self._decode(data), 0
        return bool(data)

    def _decode(self, data: bytes) -> str:
        """Return the characters of the next bytes, of none at the end.

        A byte that is not UTF-8 becomes a lone surrogate, so that it spoils one value and not the file.
        """
        try:
            return self._decoder.decode(data, not data)
        except UnicodeDecodeError:
            begun = self._decoder.getstate()
            self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
            self._decoder.setstate(begun)
            self._spoilt = True
            return self._decoder.decode(data, not data)

    def _bad(self, message: str, hint: str) -> Bad:
        return Bad(f"{self._name}:{self._line}", message, hint)
