"""What was typed about the generative editor."""

import pytest

from engine.cli.edit import read_wish
from engine.cli.generative import limits_of
from engine.cli.option_groups import EditOptions, ExportOptions, ModelOptions
from engine.cli.options import UsageFault
from engine.recipes import Limits


def test_limits_of_review_are_typed_by_name():
    typed = ["identity=-1", "Shift = 12", "colour=2.5"]
    assert limits_of(typed) == Limits(identity=-1, shift_px=12, colour=2.5)
    what = EditOptions(["happy"], review_limit=typed)
    assert read_wish(what, ModelOptions(), ExportOptions()).limits == limits_of(typed)
    assert limits_of([]) == Limits()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["zoom=1"], "none of: shift=N"),
        (["identity"], "from -1 to 1"),
        (["identity=1.5"], "from -1 to 1"),
        (["shift=-1"], "from 0 to"),
        (["shift=nan"], "from 0 to"),
        (["residual=inf"], "from 0 to"),
        (["shift=1", "shift=2"], "twice"),
    ],
)
def test_what_is_no_limit_is_told(typed: list[str], told: str):
    with pytest.raises(UsageFault, match=told):
        limits_of(typed)
