"""The tables of expressions and action units: consistent, and within what a face can do."""

import numpy as np

from engine.editors.instant.action_units import action_units, mirror
from engine.editors.instant.activation import Sides, activation_changes
from engine.editors.instant.topology import EYES, LOWER_LIP, OVAL, UPPER_LIP
from engine.faces import BLENDSHAPE_NAMES
from engine.recipes import Intensities, expressions


def test_every_expression_is_made_of_known_units() -> None:
    for name, e in expressions().items():
        for key in [*e.action_units, *e.releases]:
            assert key.rstrip("LR") in action_units(), f"{name}: {key}"
        assert not e.lead or action_units()[e.lead].moves


def test_expressions_differ_from_each_other() -> None:
    recipes = [tuple(sorted(e.action_units.items())) for e in expressions().values()]
    assert len(set(recipes)) == 12


def test_signs_are_blendshapes_that_the_mesh_reads() -> None:
    known = set(BLENDSHAPE_NAMES)
    for name, unit in action_units().items():
        for sign in unit.signs:
            assert sign in known or {f"{sign}Left", f"{sign}Right"} <= known, f"{name}: {sign}"


def test_mirroring_twice_gives_the_point_itself() -> None:
    partner = np.array(mirror())
    assert len(partner) == 478
    assert np.array_equal(partner[partner], np.arange(478))
    assert partner[33] == 263
    assert partner[61] == 291
    assert partner[0] == 0


def test_regions_are_symmetric() -> None:
    for region in (UPPER_LIP, LOWER_LIP, frozenset(OVAL)):
        assert frozenset(mirror()[p] for p in region) == region
    right, left = EYES
    assert tuple(mirror()[p] for p in right.upper) == left.upper
    assert tuple(mirror()[p] for p in right.lower) == left.lower


def test_units_name_each_point_once_and_on_the_right_side() -> None:
    for name, unit in action_units().items():
        moved = [p for move in unit.moves for p in move.points]
        assert len(moved) == len(set(moved)), name
        assert not set(moved) & {mirror()[p] for p in moved if mirror()[p] != p}, name
        assert not set(moved) & set(unit.hold), name


def test_a_blend_is_the_sum_of_its_parts() -> None:
    both = activation_changes(Intensities({"happy": 0.6, "surprised": 0.4}), {})
    happy = activation_changes(Intensities({"happy": 0.6}), {})
    surprised = activation_changes(Intensities({"surprised": 0.4}), {})
    for unit, sides in both.items():
        a, b = (part.get(unit, Sides(0, 0)) for part in (happy, surprised))
        assert np.allclose(sides, np.add(a, b))


def test_a_smiling_face_is_asked_for_less_smile_but_for_some() -> None:
    neutral = activation_changes(Intensities({"happy": 1.0}), {})["AU12"]
    smiling = {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}
    little = activation_changes(Intensities({"happy": 1.0}), smiling)["AU12"]
    assert 0.2 * neutral.left < little.left < 0.5 * neutral.left


def test_sadness_relaxes_a_smile_and_no_more_than_it_is() -> None:
    smiling = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.4}
    full = activation_changes(Intensities({"sad": 1.0}), smiling)["AU12"]
    assert -0.8 < full.left < full.right < 0
    beyond = activation_changes(Intensities({"sad": 1.5}), smiling)["AU12"]
    assert beyond.left >= -0.8
    assert "AU12" not in activation_changes(Intensities({"sad": 1.0}), {})


def test_contempt_deepens_the_side_that_leads() -> None:
    left = activation_changes(Intensities({"contempt": 1.0}), {"mouthSmileLeft": 0.3})["AU14"]
    right = activation_changes(Intensities({"contempt": 1.0}), {"mouthSmileRight": 0.3})["AU14"]
    assert left.left > 0 == left.right
    assert right.right > 0 == right.left
