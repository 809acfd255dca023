"""The pick of precision, placement and batch for a machine."""

import re

import pytest

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.loading import compute_dtype
from engine.editors.pixelsmile.memory import is_out_of_memory, measure
from engine.editors.pixelsmile.precision import PRECISIONS, Device, Machine, plan
from engine.recipes.generative import Placement, PrecisionName


def gpu(free_gb: float, capability: tuple[int, int] = (9, 0), host_gb: float = 128.0) -> Machine:
    return Machine("cuda", free_gb, host_gb, capability, "the test's GPU")


def other(device: Device, free_gb: float) -> Machine:
    return Machine(device, free_gb, free_gb)


@pytest.mark.parametrize(
    ("machine", "precision", "placement"),
    [
        (gpu(141), "bf16", "together"),
        (gpu(80, (8, 0)), "bf16", "together"),
        (gpu(48, (8, 9)), "bf16", "in-turn"),
        (gpu(48, (8, 6)), "bf16", "in-turn"),
        (gpu(24, (8, 9)), "fp8", "in-turn"),
        (gpu(24, (8, 6)), "int8", "in-turn"),
        (gpu(16, (8, 9)), "int4", "together"),
        (gpu(12, (8, 6)), "int4", "in-turn"),
        (other("mps", 64), "bf16", "together"),
        (other("mps", 32), "int8", "together"),
        (other("cpu", 128), "fp32", "together"),
        (other("cpu", 32), "int8", "together"),
        (other("cpu", 16), "int4", "together"),
    ],
    ids=lambda value: f"{value.device}-{value.free_gb:g}" if isinstance(value, Machine) else "",
)
def test_the_most_exact_that_fits_is_picked(
    machine: Machine, precision: PrecisionName, placement: Placement
) -> None:
    picked = plan(machine)
    assert (picked.precision.name, picked.placement) == (precision, placement)
    assert f"{machine.free_gb:.1f} GB free" in picked.reason
    assert precision in picked.reason
    needed = float(re.findall(r"([\d.]+) GB", picked.reason)[0])
    assert 0.3 * machine.free_gb < needed < machine.free_gb
    assert 1 <= picked.batch <= 16


def test_a_small_gpu_streams_blocks() -> None:
    picked = plan(gpu(8, (8, 6)))
    assert picked.placement == "offloaded"
    assert "streamed" in picked.reason


def test_what_is_put_aside_must_fit_the_machine() -> None:
    """With 16 GB beside a small GPU, the blocks that are streamed cannot be in bf16."""
    picked = plan(gpu(8, (8, 6), host_gb=16))
    aside = picked.precision.transformer_gb + picked.precision.text_encoder_gb
    assert aside < 16


def test_fp8_needs_a_gpu_that_has_it() -> None:
    assert plan(gpu(24, (8, 9))).precision.name != "int8"
    assert plan(gpu(24, (8, 6))).precision.name != "fp8"


def test_memory_that_is_shared_is_not_freed_by_taking_turns() -> None:
    """On Apple's machines what leaves the GPU stays in the same memory."""
    for free_gb in (32, 48, 64):
        assert plan(other("mps", free_gb)).placement == "together"


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp8", "int8", "int4"])
def test_a_precision_that_is_named_is_kept(precision: PrecisionName) -> None:
    picked = plan(gpu(141), precision)
    assert picked.precision is PRECISIONS[precision]
    assert f"{precision} was asked for" in picked.reason
    smaller = plan(gpu(12), precision)
    assert smaller.precision is PRECISIONS[precision]


@pytest.mark.parametrize("placement", ["together", "in-turn", "offloaded"])
def test_a_placement_that_is_named_is_kept(placement: Placement) -> None:
    assert plan(gpu(141), placement=placement).placement == placement


def test_a_batch_that_is_named_is_kept() -> None:
    assert plan(gpu(141), batch=7).batch == 7


def test_larger_pictures_leave_room_for_fewer() -> None:
    small, large = plan(gpu(60), side_px=512), plan(gpu(60), side_px=1024)
    assert small.precision == large.precision
    assert small.batch > large.batch >= 1


def test_more_memory_is_never_less_exact() -> None:
    order = ["int4", "fp8", "bf16"]
    picked = [order.index(plan(gpu(free)).precision.name) for free in range(10, 150, 2)]
    assert picked == sorted(picked)


@pytest.mark.parametrize(
    ("machine", "precision"),
    [
        (gpu(2), "auto"),
        (gpu(2.5), "bf16"),
        (other("cpu", 8), "auto"),
        (other("cpu", 64), "fp32"),
        (other("mps", 8), "auto"),
    ],
)
def test_where_nothing_fits_the_figures_are_said(
    machine: Machine, precision: PrecisionName
) -> None:
    with pytest.raises(PixelSmileError) as caught:
        plan(machine, precision)
    error = caught.value
    assert error.code == "not_enough_memory"
    assert f"{machine.free_gb:.1f} GB free" in error.reason
    needed = re.search(r"needs (\d+) GB", error.reason)
    assert needed is not None
    assert int(needed[1]) > machine.free_gb - 1


def test_a_placement_that_does_not_fit_is_refused() -> None:
    with pytest.raises(PixelSmileError):
        plan(gpu(30), "bf16", "together")
    assert plan(gpu(30), "bf16", "offloaded").placement == "offloaded"


def test_a_small_model_fits_a_small_machine() -> None:
    assert plan(other("cpu", 4), scale=1e-4).precision.name == "fp32"


def test_memory_is_measured() -> None:
    machine = measure()
    assert machine.free_gb > 0
    assert machine.host_free_gb > 0
    assert machine.name


def test_half_floats_are_never_computed_in() -> None:
    import torch

    for name in PRECISIONS:
        for device in ("cpu", "cuda"):
            wide = name == "fp32" or (device == "cpu" and name != "bf16")
            expected = torch.float32 if wide else torch.bfloat16
            precision: PrecisionName = PRECISIONS[name].name
            assert compute_dtype(precision, torch.device(device)) is expected


def test_memory_is_told_from_other_errors() -> None:
    import torch

    assert is_out_of_memory(torch.OutOfMemoryError("x"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
    )
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))
