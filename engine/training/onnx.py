"""A face network from an ONNX file as a torch module, so that gradients pass through it.

Reads the file's own encoding (protocol buffers) without a library that would have to be shipped,
and knows the dozen operations that SFace and the ArcFace networks consist of; another one is
refused by name. The weights are frozen and never unpickled.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from engine.training.errors import TrainingError

_DTYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 10: "<f2", 11: "<f8"}


@dataclass(frozen=True)
class Node:
    """One operation: names of what goes in and out, and its attributes."""

    operation: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class OnnxNetwork(nn.Module):
    """A graph of one input and one output; its constants are buffers."""

    def __init__(self, content: bytes, name: str) -> None:
        """Raises `TrainingError` (`network_unreadable`) for what is no such file."""
        super().__init__()
        try:
            nodes, constants, inputs, outputs = _graph(content)
        except (ValueError, LookupError, struct.error, TypeError, StopIteration) as error:
            raise _fault(name, "it cannot be read as ONNX") from error
        unknown = sorted({node.operation for node in nodes} - set(_OPERATIONS))
        if unknown:
            raise _fault(name, f"it has operations that are not known here: {', '.join(unknown)}")
        # Files that were quantized afterwards still list the weights they had before.
        read = {one for node in nodes for one in node.inputs}
        fed = [one for one in inputs if one not in constants and one in read]
        if len(fed) != 1 or not outputs:
            raise _fault(name, "it has not one input and one output")
        self._input, self._output = fed[0], outputs[0]
        # Quantized weights become plain ones once, not in every pass.
        values: dict[str, torch.Tensor] = dict(constants)
        self._nodes: list[Node] = []
        for node in nodes:
            if all(one in values for one in node.inputs):
                values[node.outputs[0]] = _run(node, values)
            else:
                self._nodes.append(node)
        needed = {one for node in self._nodes for one in node.inputs} & set(values)
        self._buffer_of = {one: f"constant_{place}" for place, one in enumerate(sorted(needed))}
        for one, buffer in self._buffer_of.items():
            self.register_buffer(buffer, values[one], persistent=False)

    @property
    def scales_its_input(self) -> bool:
        """Whether the graph begins by shifting and scaling the values from 0 to 255."""
        first = {node.operation for node in self._nodes[:8]}
        return {"Sub", "Mul"} <= first

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(samples, 3, 112, 112) → (samples, width)."""
        values = {one: getattr(self, buffer) for one, buffer in self._buffer_of.items()}
        values[self._input] = x
        for node in self._nodes:
            values[node.outputs[0]] = _run(node, values)
        return values[self._output].flatten(1)


def _run(node: Node, values: Mapping[str, torch.Tensor]) -> torch.Tensor:
    return _OPERATIONS[node.operation]([values[one] for one in node.inputs if one], node.attributes)


# ---- operations ---------------------------------------------------------------------------------

_Inputs = Sequence[torch.Tensor]
_Attributes = Mapping[str, Any]


def _conv(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    pads = attributes.get("pads", [0, 0, 0, 0])
    x = functional.pad(inputs[0], (pads[1], pads[3], pads[0], pads[2]))
    return functional.conv2d(
        x,
        inputs[1],
        inputs[2] if len(inputs) > 2 else None,
        stride=attributes.get("strides", [1, 1]),
        dilation=attributes.get("dilations", [1, 1]),
        groups=attributes.get("group", 1),
    )


def _batch_normalization(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    x, scale, shift, mean, variance = inputs
    epsilon = attributes.get("epsilon", 1e-5)
    return functional.batch_norm(x, mean, variance, scale, shift, eps=epsilon)


def _prelu(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    del attributes
    return functional.prelu(inputs[0], inputs[1].reshape(-1))


def _gemm(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    first = inputs[0].T if attributes.get("transA") else inputs[0]
    second = inputs[1].T if attributes.get("transB") else inputs[1]
    product = attributes.get("alpha", 1.0) * (first @ second)
    return product + attributes.get("beta", 1.0) * inputs[2] if len(inputs) > 2 else product


def _dequantize(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    """`(q − zero) · scale`; scales per tensor, per channel, or per block along the axis."""
    quantized, scale = inputs[0].float(), inputs[1]
    zero = inputs[2].float() if len(inputs) > 2 else torch.zeros_like(scale)
    axis = attributes.get("axis", 1)
    block = attributes.get("block_size", 0)
    if block:
        length = quantized.shape[axis]
        scale = scale.repeat_interleave(block, dim=axis).narrow(axis, 0, length)
        zero = zero.repeat_interleave(block, dim=axis).narrow(axis, 0, length)
    elif scale.ndim == 1 and scale.numel() > 1:
        shape = [1] * quantized.ndim
        shape[axis] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return (quantized - zero) * scale


def _reshape(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    del attributes
    kept = [
        inputs[0].shape[place] if size == 0 else int(size)
        for place, size in enumerate(inputs[1].tolist())
    ]
    return inputs[0].reshape(kept)


def _flatten(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    return inputs[0].flatten(attributes.get("axis", 1))


def _constant(inputs: _Inputs, attributes: _Attributes) -> torch.Tensor:
    del inputs
    return attributes["value"]


_OPERATIONS: dict[str, Any] = {
    "Add": lambda inputs, _: inputs[0] + inputs[1],
    "BatchNormalization": _batch_normalization,
    "Constant": _constant,
    "Conv": _conv,
    "DequantizeLinear": _dequantize,
    "Dropout": lambda inputs, _: inputs[0],
    "Flatten": _flatten,
    "Gemm": _gemm,
    "Identity": lambda inputs, _: inputs[0],
    "Mul": lambda inputs, _: inputs[0] * inputs[1],
    "PRelu": _prelu,
    "Relu": lambda inputs, _: functional.relu(inputs[0]),
    "Reshape": _reshape,
    "Sub": lambda inputs, _: inputs[0] - inputs[1],
}


# ---- the encoding -------------------------------------------------------------------------------

_Graph = tuple[list[Node], dict[str, torch.Tensor], list[str], list[str]]
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


def _graph(content: bytes) -> _Graph:
    graph = next(value for number, value in _fields(content) if number == 7)
    nodes: list[Node] = []
    constants: dict[str, torch.Tensor] = {}
    inputs: list[str] = []
    outputs: list[str] = []
    for number, value in _fields(graph):
        if number == 1:
            nodes.append(_node(value))
        elif number == 5:
            name, tensor = _tensor(value)
            constants[name] = tensor
        elif number in (11, 12):
            (inputs if number == 11 else outputs).append(_text(value, 1))
    return nodes, constants, inputs, outputs


def _node(content: bytes) -> Node:
    fields = list(_fields(content))
    return Node(
        operation=_text(content, 4),
        inputs=tuple(value.decode() for number, value in fields if number == 1),
        outputs=tuple(value.decode() for number, value in fields if number == 2),
        attributes=dict(_attribute(value) for number, value in fields if number == 5),
    )


def _attribute(content: bytes) -> tuple[str, Any]:
    name, value, integers = "", None, []
    for number, field in _fields(content):
        if number == 1:
            name = field.decode()
        elif number == 2:
            value = struct.unpack("<f", field)[0]
        elif number == 3:
            value = _signed(field)
        elif number == 4:
            value = field
        elif number == 5:
            value = _tensor(field)[1]
        elif number == 8:
            integers += [field] if isinstance(field, int) else _varints(field)
    return name, [_signed(one) for one in integers] if integers else value


def _tensor(content: bytes) -> tuple[str, torch.Tensor]:
    shape: list[int] = []
    kind, name = 1, ""
    raw: bytes | None = None
    floats: list[bytes] = []
    integers: list[int] = []
    for number, field in _fields(content):
        if number == 1:
            shape += [field] if isinstance(field, int) else _varints(field)
        elif number == 2:
            kind = field
        elif number == 4:
            floats.append(field)
        elif number in (5, 7):
            integers += [field] if isinstance(field, int) else _varints(field)
        elif number == 8:
            name = field.decode()
        elif number == 9:
            raw = field
    if raw is None and floats:
        raw = b"".join(floats)
    if raw is None:
        values = np.array([_signed(one) for one in integers], _DTYPES[kind])
    else:
        values = np.frombuffer(raw, _DTYPES[kind])
    return name, torch.from_numpy(values.reshape(shape).copy())


def _text(content: bytes, wanted: int) -> str:
    return next(value.decode() for number, value in _fields(content) if number == wanted)


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    place = 0
    while place < len(content):
        key, place = _varint(content, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(content, place)
            yield number, value
            continue
        if kind == _BYTES:
            length, place = _varint(content, place)
        elif kind in (_EIGHT, _FOUR):
            length = 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"wire type {kind}")
        if place + length > len(content):
            raise ValueError("cut off")
        yield number, content[place : place + length]
        place += length


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7


def _varints(content: bytes) -> list[int]:
    values: list[int] = []
    place = 0
    while place < len(content):
        value, place = _varint(content, place)
        values.append(value)
    return values


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _fault(name: str, what: str) -> TrainingError:
    return TrainingError(
        "network_unreadable",
        f"the face network {name} cannot be used: {what}",
        'use model.identity = "sface", or an ArcFace file of insightface',
    )
