"""Messages survive the way to a line and back; every malformation has its name."""

import os

import msgspec
import pytest

from engine.protocol import (
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Blend,
    Cancel,
    Cancelled,
    EditPhoto,
    EditWhole,
    Event,
    FaceReport,
    FacesFound,
    Failed,
    FindFaces,
    Finished,
    HalfLineError,
    Hello,
    LineReader,
    LineTooLongError,
    MakeStrip,
    MissingFieldError,
    NotJsonError,
    NotUtf8Error,
    OutOfTurnError,
    Preview,
    PreviewReady,
    Progress,
    ProtocolError,
    Request,
    Shutdown,
    StepPreview,
    UnknownFieldError,
    UnknownMessageError,
    UnsendableError,
    Variant,
    Written,
    WrongTypeError,
    WrongValueError,
    WrongVersionError,
    decode_event,
    decode_hello,
    decode_request,
    encode,
)
from engine.recipes import (
    Curve,
    FaceEdit,
    Intensities,
    Keyframe,
    Lora,
    ModelChoice,
    PhotoEdit,
    Sampling,
    still,
)

EDIT = PhotoEdit((still(Intensities({"happy": 0.8, "surprised": 0.4}), face=2),), "instant", 7)
MOVING = PhotoEdit((FaceEdit({"sad": Curve((Keyframe(0, 0.0, "ease_in"), Keyframe(9, 1.5)))}),))
FACE = FaceReport(
    box=(1.5, 2.0, 30.0, 40.0),
    score=0.9,
    yaw=-3.0,
    pitch=0.1,
    roll=12.0,
    blendshapes={f"shape{n}": n / 52 for n in range(52)},
    reading=("smiling",),
    identity=tuple(1 / (n + 3) for n in range(128)),
)

REQUESTS: list[Request] = [
    Hello(program="test"),
    EditPhoto(1, "/a/b.jpg", (Variant(EDIT, "/out/b"), Variant(MOVING, "/out/c")), "tiff"),
    MakeStrip(2, "a.jpg", MOVING, "a.gif", 24, 12.5, "bounce"),
    EditWhole(
        9,
        "a.png",
        (Blend({}, "/out/n"), Blend({"happy": 1.2, "smug": -0.5}, "/out/b")),
        "jpeg",
        Sampling(20, "768/512", "anime"),
        7,
        ModelChoice("/m", (Lora("x.safetensors", 0.5, "upstream"),), "int8", words=("smug",)),
    ),
    FindFaces(3, 'line\nend, "quotes", \u2028 and ünïcode 🙂.jpg'),
    Preview(4, "a.jpg", EDIT, 1600, "/dev/shm/x", 2.5),
    Cancel(5),
    Shutdown(),
]
EVENTS: list[Event] = [
    Hello(program="test"),
    Progress(1, 3, 10),
    Written(1, "/out/b.png", 0, (1, 2), "instant", 0.98, 1.25, ("odd",)),
    Written(1, "/out/b.png", 0, (), "instant", None, 1.25),
    Written(1, "/out/b.png", 0, (), "pixelsmile", None, 9.0, (), ("bf16 fits",)),
    StepPreview(1, 2, "/dev/shm/x", 64, 64),
    FacesFound(3, 6000, 4000, (FACE, FACE), ("dark",)),
    PreviewReady(4, "/dev/shm/x", 1600, 1067, 0.03),
    Finished(1),
    Failed(2, "no_face", "no face was found", "try another one", "Traceback …\n  line"),
    Cancelled(2**53),
]


def name(message: object) -> str:
    return type(message).__name__


@pytest.mark.parametrize("request_", REQUESTS, ids=name)
def test_requests_round_trip(request_: Request) -> None:
    line = encode(request_)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_request(line) == request_


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_events_round_trip(event: Event) -> None:
    line = encode(event)
    assert line.count(b"\n") == 1
    assert decode_event(line) == event


def test_file_names_that_are_not_utf8_round_trip() -> None:
    source = os.fsdecode(b"caf\xe9\xff.jpg")
    assert decode_request(encode(FindFaces(1, source))) == FindFaces(1, source)
    failed = Failed(1, "missing", f"{source} is missing")
    assert decode_event(encode(failed)) == failed


MALFORMED: list[tuple[bytes, type[ProtocolError]]] = [
    (b"", NotJsonError),
    (b"\n", NotJsonError),
    (b"ready", NotJsonError),
    (b'{"type":"Finished","job":1', NotJsonError),
    (b'{"type":"Finished","job":1}{}', NotJsonError),
    (b'{"type":"Finished","job":NaN}', NotJsonError),
    (b'{"type":"Failed","job":1,"code":"\\udcff","reason":', NotJsonError),
    (b"\xff\xfe{}", NotUtf8Error),
    (b'{"type":"Failed","job":1,"code":"\xe9","reason":""}', NotUtf8Error),
    (b"3", UnknownMessageError),
    (b"[]", UnknownMessageError),
    (b"null", UnknownMessageError),
    (b"[" * 100_000, UnknownMessageError),
    (b"{}", UnknownMessageError),
    (b'{"job":1}', UnknownMessageError),
    (b'{"type":"Melted","job":1}', UnknownMessageError),
    (b'{"type":"Cancel","job":1}', UnknownMessageError),  # a request is no event
    (b'{"type":7,"job":1}', UnknownMessageError),
    (b'{"type":"Finished"}', MissingFieldError),
    (b'{"type":"Finished","job":1,"mood":2}', UnknownFieldError),
    (b'{"type":"Finished","job":"1"}', WrongTypeError),
    (b'{"type":"Finished","job":1.5}', WrongTypeError),
    (b'{"type":"Finished","job":null}', WrongTypeError),
    (b'{"type":"Failed","job":"\\udcff","code":"","reason":""}', WrongTypeError),
    (
        b'{"type":"Written","job":1,"output":"","index":0,"faces":[],"editor":"",'
        b'"identity":1e999,"seconds":1}',
        WrongValueError,
    ),
]


@pytest.mark.parametrize(
    ("line", "kind"), MALFORMED, ids=[repr(line[:60]) for line, _ in MALFORMED]
)
def test_each_malformation_has_its_name(line: bytes, kind: type[ProtocolError]) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode_event(line)
    assert type(caught.value) is kind
    assert len(str(caught.value)) < 400, "an error shows the beginning of a line, not all of it"


@pytest.mark.parametrize("field", ['"happy": 7', '"bored": 1'])
def test_an_edit_that_makes_no_sense_is_refused(field: str) -> None:
    expression, value = field.split(": ")
    line = encode(Preview(4, "a.jpg", EDIT, 1600, "x")).replace(b'"happy"', expression.encode())
    line = line.replace(b"0.8", value.encode())
    with pytest.raises(WrongValueError):
        decode_request(line)


@pytest.mark.parametrize("message", [*REQUESTS, *EVENTS], ids=name)
def test_no_cut_of_a_message_is_a_message(message: Request | Event) -> None:
    decode = decode_request if message in REQUESTS else decode_event
    line = encode(message).rstrip()
    for end in range(0, len(line), 1 + len(line) // 500):
        with pytest.raises(ProtocolError):
            decode(line[:end])


def test_a_hello_of_another_version_is_told_from_nonsense() -> None:
    assert decode_hello(encode(Hello(program="x"))) == Hello(PROTOCOL_VERSION, "x")
    with pytest.raises(WrongVersionError, match=r"version 2 .* version 1"):
        decode_hello(b'{"type":"Hello","version":2,"program":"later","languages":["en"]}')
    with pytest.raises(OutOfTurnError):
        decode_hello(encode(Finished(1)))
    with pytest.raises(NotJsonError):
        decode_hello(b"Welcome!")
    with pytest.raises(WrongTypeError):
        decode_hello(b'{"type":"Hello","version":"one"}')


def test_a_thousand_faces_fit_in_a_line() -> None:
    line = encode(FacesFound(1, 6000, 4000, (FACE,) * 1000))
    assert len(line) <= MAX_LINE_BYTES


def test_a_message_that_would_be_refused_is_not_sent() -> None:
    with pytest.raises(LineTooLongError):
        encode(Failed(1, "x", "y" * MAX_LINE_BYTES))


@pytest.mark.parametrize(
    "message",
    [
        PreviewReady(1, "x", 1, 1, float("nan")),
        FacesFound(1, 6, 4, (msgspec.structs.replace(FACE, yaw=float("inf")),)),
        Preview(4, "a.jpg", EDIT, 1600, "x", float("nan")),
        Failed(1, "null", os.fsdecode(b"\xff")),
    ],
    ids=name,
)
def test_numbers_that_are_none_are_not_sent(message: Request | Event) -> None:
    if isinstance(message, Failed):
        assert decode_event(encode(message)) == message, "the word null is no such number"
        return
    with pytest.raises(UnsendableError, match="a number that is none"):
        encode(message)


def lines_of(reader: LineReader, *chunks: bytes) -> list[bytes]:
    return [line for chunk in chunks for line in reader.feed(chunk)]


def test_lines_come_whole_however_the_stream_is_cut() -> None:
    stream = b"".join(encode(event) for event in EVENTS)
    expected = stream.splitlines()
    for size in (1, 2, 3, 7, 100, 4096, len(stream)):
        reader = LineReader()
        chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
        assert lines_of(reader, *chunks) == expected
        reader.finish()


def test_a_stream_that_ends_inside_a_line_says_so() -> None:
    reader = LineReader()
    assert lines_of(reader, b"one\ntw") == [b"one"]
    with pytest.raises(HalfLineError, match="tw"):
        reader.finish()


def test_a_line_of_the_longest_length_passes_and_a_longer_one_does_not() -> None:
    assert lines_of(LineReader(8), b"1234", b"5678\n12345678\n") == [b"12345678"] * 2
    for chunks in ([b"123456789\n"], [b"12345678", b"9\n"], [b"1\n", b"123456789"]):
        with pytest.raises(LineTooLongError):
            lines_of(LineReader(8), *chunks)


def test_an_endless_line_is_refused_before_it_is_held() -> None:
    reader, chunk = LineReader(), b"x" * 65_536
    with pytest.raises(LineTooLongError):
        lines_of(reader, *[chunk] * (50_000_000 // len(chunk)))
    with pytest.raises(HalfLineError):
        reader.finish()


def test_lines_before_an_overlong_one_are_not_lost() -> None:
    lines = LineReader(8).feed(b"one\ntwo\n123456789")
    assert [next(lines), next(lines)] == [b"one", b"two"]
    with pytest.raises(LineTooLongError):
        next(lines)
