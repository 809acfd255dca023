"""Messages to lines and lines to messages: one JSON document per line, UTF-8, ended by `\\n`."""

import json
from collections.abc import Iterator
from typing import Any, Generic, NoReturn, TypeVar

import msgspec

from engine.protocol.errors import (
    HalfLineError,
    LineTooLongError,
    MissingFieldError,
    NotJsonError,
    NotUtf8Error,
    OutOfTurnError,
    ProtocolError,
    UnknownFieldError,
    UnknownMessageError,
    UnsendableError,
    WrongTypeError,
    WrongValueError,
    WrongVersionError,
)
from engine.protocol.messages import PROTOCOL_VERSION, Event, Hello, Request

MAX_LINE_BYTES = 8 * 1024 * 1024
"""Longest line either side accepts, its end not counted.

A face takes about 5 KB (52 readings by name and 128 numbers), so a thousand faces fit.
"""

_SHOWN_BYTES = 80

Message = TypeVar("Message")


def encode(message: Request | Event) -> bytes:
    """The message as one line with its end.

    Raises `UnsendableError` when JSON cannot carry it and `LineTooLongError` when the other side
    would refuse it.
    """
    try:
        line = msgspec.json.encode(message)
    except UnicodeEncodeError:
        line = _encode_surrogates(message)
    if b"null" in line:
        _check_numbers(message, line)
    if len(line) > MAX_LINE_BYTES:
        raise LineTooLongError(
            f"a {type(message).__name__} of {len(line)} bytes is longer than {MAX_LINE_BYTES}"
        )
    return line + b"\n"


def decode_request(line: bytes | bytearray | memoryview) -> Request:
    """The request in one line, with or without its end; raises a `ProtocolError` by kind."""
    return _REQUESTS.decode(line)


def decode_event(line: bytes | bytearray | memoryview) -> Event:
    """The event in one line, with or without its end; raises a `ProtocolError` by kind."""
    return _EVENTS.decode(line)


def decode_hello(line: bytes | bytearray | memoryview) -> Hello:
    """The other side's greeting, checked to be of our version.

    A greeting of another version may have fields that ours has not, so they are let pass here.
    Raises `OutOfTurnError` for another message, `WrongVersionError`, or a `ProtocolError` by kind.
    """
    try:
        greeting = _GREETINGS.decode(line)
    except UnknownMessageError as error:
        raise OutOfTurnError(f"the first message is not a Hello: {shown(line)}") from error
    if greeting.version != PROTOCOL_VERSION:
        raise WrongVersionError(
            f"the other side speaks version {greeting.version} of the protocol "
            f"and this program version {PROTOCOL_VERSION}"
        )
    return Hello(greeting.version, greeting.program)


def shown(line: bytes | bytearray | memoryview) -> str:
    """The beginning of a line, fit for a log: printable, at most 80 bytes of it.

    >>> shown(b"ready\\x07")
    "'ready\\\\x07'"
    """
    text = bytes(line[:_SHOWN_BYTES]).decode("utf-8", "backslashreplace")
    return ascii(text) + ("…" if len(line) > _SHOWN_BYTES else "")


class LineReader:
    """Cuts a stream of bytes into lines; holds at most one unfinished line of bounded length."""

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._rest = bytearray()

    def feed(self, chunk: bytes | bytearray | memoryview) -> Iterator[bytes]:
        """The lines that `chunk` completes, without their ends; what is left over is kept.

        Take all lines before feeding again. Raises `LineTooLongError` as soon as the limit is
        passed, after the complete lines before it; the stream cannot be read on then.
        """
        data = bytes(chunk)
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._check_length(end - start)
            if self._rest:
                self._rest += memoryview(data)[start:end]
                line, self._rest = bytes(self._rest), bytearray()
            else:
                line = data[start:end]
            start = end + 1
            yield line
        self._check_length(len(data) - start)
        self._rest += memoryview(data)[start:]

    def finish(self) -> None:
        """Say that the stream has ended; raises `HalfLineError` when it ended inside a line."""
        if self._rest:
            raise HalfLineError(f"the stream ended inside a line: {shown(self._rest)}")

    def _check_length(self, more: int) -> None:
        if len(self._rest) + more > self._max_line_bytes:
            raise LineTooLongError(f"a line is longer than {self._max_line_bytes} bytes")


class _AnyHello(msgspec.Struct, frozen=True, tag="Hello"):
    """`Hello` as any version may send it."""

    version: int
    program: str = ""


class _Direction(Generic[Message]):
    """The decoder of one direction's messages; names what is wrong with a line."""

    def __init__(self, decoder: msgspec.json.Decoder[Message]) -> None:
        self._decoder = decoder

    def decode(self, line: bytes | bytearray | memoryview) -> Message:
        try:
            return self._decoder.decode(line)
        except msgspec.ValidationError as error:
            _refuse_fields(line, str(error), error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._decode_surrogates(line, error)

    def _decode_surrogates(self, line: bytes | bytearray | memoryview, error: Exception) -> Message:
        """Second look at what msgspec cannot parse: it may only hold an undecodable file name."""
        try:
            text = bytes(line).decode("utf-8")
        except UnicodeDecodeError:
            raise NotUtf8Error(f"a line is not UTF-8: {shown(line)}") from error
        if "\\ud" not in text.lower():
            raise NotJsonError(f"a line is not JSON ({error}): {shown(line)}") from error
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            raise NotJsonError(f"a line is not JSON ({error}): {shown(line)}") from error
        try:
            return msgspec.convert(body, self._decoder.type)
        except msgspec.ValidationError as invalid:
            _refuse_fields(line, str(invalid), invalid)
        except UnicodeEncodeError as invalid:  # undecodable text where a number or name belongs
            raise WrongTypeError(f"a field holds no such text: {shown(line)}") from invalid


_REQUESTS: _Direction[Request] = _Direction(msgspec.json.Decoder(Request))
_EVENTS: _Direction[Event] = _Direction(msgspec.json.Decoder(Event))
_EVERYTHING: _Direction[Request | Event] = _Direction(msgspec.json.Decoder(Request | Event))
_GREETINGS: _Direction[_AnyHello] = _Direction(msgspec.json.Decoder(_AnyHello))


def _encode_surrogates(message: Request | Event) -> bytes:
    """JSON with `\\udcxx` escapes, for file names whose bytes are not UTF-8 (POSIX allows any)."""
    body: Any = msgspec.to_builtins(message)
    try:
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")
    except ValueError as error:
        raise UnsendableError(f"a {type(message).__name__} cannot be sent: {error}") from error


def _check_numbers(message: Request | Event, line: bytes) -> None:
    """NaN and the infinities become `null`, which the other side would take for our fault."""
    try:
        _EVERYTHING.decode(line)
    except ProtocolError as error:
        reason = f"a {type(message).__name__} cannot be sent: it holds a number that is none"
        raise UnsendableError(reason) from error


def _refuse_fields(line: bytes | bytearray | memoryview, fault: str, cause: Exception) -> NoReturn:
    """Raise the error that names the fault; msgspec tells the kinds apart by its wording only."""
    raise _kind_of(fault)(f"{fault}: {shown(line)}") from cause


def _kind_of(fault: str) -> type[ProtocolError]:
    about_the_name = fault.endswith(("`$.type`", "missing required field `type`"))
    if about_the_name or (fault.startswith("Expected `object`, got") and " - at" not in fault):
        return UnknownMessageError
    if fault.startswith("Object missing required field"):
        return MissingFieldError
    if fault.startswith("Object contains unknown field"):
        return UnknownFieldError
    if fault.startswith("Expected "):
        return WrongTypeError
    return WrongValueError
