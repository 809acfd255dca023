import pytest

from engine.cli.options import (
    Scale,
    UsageFault,
    check_timing,
    looks,
    parse_blend,
    parse_editor,
    parse_face,
    parse_format,
    parse_scales,
    parse_strip_output,
    strip_edit,
)


def names(expressions: list[str], scales: list[str]) -> list[tuple[str, str, float]]:
    made = looks(parse_blend(expressions), parse_scales(scales))
    return [(look.expression, look.scale_text, look.scale) for look in made]


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        (["happy"], ("happy", "1.0", 1.0)),
        (["happy=0.6"], ("happy", "0.6", 0.6)),
        (["happy=0.60"], ("happy", "0.60", 0.6)),
        (["Happy=1"], ("happy", "1", 1.0)),
        (["happy", "surprised"], ("happy+surprised", "1.0", 1.0)),
        (["happy=0.5", "sad=0.50"], ("happy+sad", "0.5", 0.5)),
        (["happy=0.8", "surprised=0.4"], ("happy+surprised", "0.8+0.4", 1.0)),
        (["surprised=0.4", "happy=0"], ("surprised+happy", "0.4+0", 1.0)),
    ],
)
def test_without_scales_the_intensity_stands_in_the_name(expressions, expected):
    assert names(expressions, []) == [expected]


def test_each_scale_stands_in_the_name_as_typed_and_once():
    assert names(["happy"], ["0.5,1.0", "1.50", "0.5", "1"]) == [
        ("happy", "0.5", 0.5),
        ("happy", "1.0", 1.0),
        ("happy", "1.50", 1.5),
    ]


def test_a_scale_multiplies_every_intensity():
    look = looks(parse_blend(["happy=0.8", "sad=0.4"]), parse_scales(["0.5"]))[0]
    assert look.intensities.values == {"happy": 0.4, "sad": 0.2}


def test_an_intensity_above_the_range_may_be_scaled_into_it():
    look = looks(parse_blend(["happy=3"]), parse_scales(["0.5"]))[0]
    assert look.intensities.values == {"happy": 1.5}


@pytest.mark.parametrize(
    ("expressions", "scales", "told"),
    [
        ([], [], "--expression is missing"),
        (["hapy"], [], "'hapy'"),
        (["happy="], [], "no number"),
        (["happy=much"], [], "'much'"),
        (["happy=1_0"], [], "no number"),
        (["happy", "happy=0.5"], [], "twice"),
        (["happy=1.6"], [], "1.6, more than 1.5"),
        (["happy=-0.1"], [], "-0.1"),
        (["happy=nan"], [], "nan"),
        (["happy=inf"], [], "inf"),
        (["happy=1e999"], [], "1e999"),
        (["happy"], ["abc"], "'abc', is no number"),
        (["happy"], ["0.5", ""], "no number"),
        (["happy"], ["0.5,x"], "'x'"),
        (["happy"], ["1.6"], "more than 1.5"),
        (["happy"], ["-1"], "-1"),
        (["happy"], ["nan"], "nan"),
        (["happy=1.2"], ["1.5"], "1.8, more than 1.5"),
        (["happy"], ["0." + "0" * 40], "too many digits"),
    ],
)
def test_what_cannot_be_meant_is_named(expressions, scales, told):
    with pytest.raises(UsageFault, match=told.replace("+", r"\+")):
        names(expressions, scales)


def test_faces_formats_and_editors_by_name():
    assert [parse_face(text) for text in ("all", "Largest", "3")] == ["all", "largest", 3]
    assert [parse_format(text) for text in ("jpg", "TIF", "webp")] == ["jpeg", "tiff", "webp"]
    assert parse_editor("instant") == "instant"


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "every", "", "²"])
def test_no_face(text):
    with pytest.raises(UsageFault, match="--face"):
        parse_face(text)


def test_no_format_and_no_editor():
    with pytest.raises(UsageFault, match="'bmp'"):
        parse_format("bmp")
    with pytest.raises(UsageFault, match="'magic'"):
        parse_editor("magic")


@pytest.mark.parametrize("text", ["a.avi", "a", ".gif", ""])
def test_a_strip_goes_by_its_suffix(text):
    with pytest.raises(UsageFault, match="must end in"):
        parse_strip_output(text)


@pytest.mark.parametrize(("frames", "fps"), [(0, 12), (-1, 12), (1001, 12), (4, 0), (4, -1)])
def test_no_timing(frames, fps):
    with pytest.raises(UsageFault):
        check_timing(frames, fps, ".gif")


@pytest.mark.parametrize("fps", [float("nan"), float("inf"), 1000])
def test_no_rate(fps):
    with pytest.raises(UsageFault, match="--fps"):
        check_timing(4, fps, ".mp4")


def test_the_frames_of_a_strip_are_even_steps():
    blend = parse_blend(["happy", "sad=0.5"])
    edit = strip_edit(blend, Scale("0", 0), Scale("1.5", 1.5), 4, "all", "auto", 42)
    frames = [edit.faces[0].at(frame).values for frame in range(4)]
    assert frames[0] == {}
    assert [round(frame["happy"], 9) for frame in frames[1:]] == [0.5, 1.0, 1.5]
    assert [round(frame["sad"], 9) for frame in frames[1:]] == [0.25, 0.5, 0.75]


def test_a_strip_of_one_frame_stands_at_its_start():
    edit = strip_edit(parse_blend(["happy"]), Scale("1", 1), Scale("0", 0), 1, 2, "auto", 42)
    assert edit.faces[0].at(0).values == {"happy": 1.0}
    assert edit.faces[0].face == 2


def test_a_strip_out_of_range_is_refused():
    with pytest.raises(UsageFault, match=r"more than 1\.5"):
        strip_edit(
            parse_blend(["happy=1.2"]), Scale("0", 0), Scale("1.5", 1.5), 4, "all", "auto", 42
        )


def test_a_gif_has_its_own_limit():
    check_timing(4, 60, ".webp")
    with pytest.raises(UsageFault, match="GIF"):
        check_timing(4, 60, ".GIF")
