"""ONNX models small enough to be made in a test, with the inputs and answers that real detectors and recognisers have.

Theirs is no learnt eye: the detector knows a face of these tests by its mark, a cell of pure blue or red in its middle,
and the recogniser describes a chip by fixed projections of its pixels. What they prove is everything around them: how
pictures go in, how answers are read, what is refused.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from sala.identity.faces.engine import Picture

SIDE = 320
"""Pixels of the detector's input, each way."""
SIZE = 64
MARKS = {16: (80, (0, 0, 255)), 32: (160, (255, 0, 0))}
"""By stride: how wide the faces are that it finds, and the colour of the cell in their middle. At 8 all is silent."""


def detector(layout: str) -> bytes:
    """A cell of the marked colour is the middle of a face."""
    nodes: list[Any] = []
    constants: dict[str, NDArray[Any]] = {}
    answers: dict[str, Any] = {}
    for stride in (8, 16, 32):
        count = (SIDE // stride) ** 2 * (2 if layout == "scrfd" else 1)
        for name, value in _heads(layout, stride).items():
            answer = f"{name}_{stride}"
            answers[answer] = helper.make_tensor_value_info(answer, TensorProto.FLOAT, [1, count, len(value)])
            if name in ("score", "cls") and stride in MARKS:
                nodes += _seen(answer, stride, count, layout, constants)
            else:
                constants[f"is_{answer}"] = np.tile(np.array(value, dtype=np.float32), (1, count, 1))
                nodes.append(helper.make_node("Identity", [f"is_{answer}"], [answer]))
    order = ("score", "bbox", "kps") if layout == "scrfd" else ("cls", "obj", "bbox", "kps")
    outputs = [answers[f"{name}_{stride}"] for name in order for stride in (8, 16, 32)]
    return _model(nodes, [1, 3, SIDE, SIDE], outputs, constants)


def _seen(answer: str, stride: int, count: int, layout: str, constants: dict[str, NDArray[Any]]) -> list[Any]:
    """1 for each anchor of a cell that has the colour, else 0."""
    signs = np.array([1 if part else -1 for part in MARKS[stride][1]], dtype=np.float32)
    signs = signs if layout == "scrfd" else signs[::-1]  # blue comes first there
    constants |= {
        f"kernel_{answer}": np.tile(signs[None, :, None, None], (1, 1, stride, stride)) / np.float32(stride**2),
        f"least_{answer}": np.array([2.4 if layout == "scrfd" else 200], dtype=np.float32),
        f"column_{answer}": np.array([-1, 1], dtype=np.int64),
        f"anchors_{answer}": np.ones((1, count * stride**2 // SIDE**2), dtype=np.float32),
        f"shape_{answer}": np.array([1, count, 1], dtype=np.int64),
    }
    return [
        helper.make_node("Conv", ["input", f"kernel_{answer}"], [f"map_{answer}"], strides=[stride, stride]),
        helper.make_node("Greater", [f"map_{answer}", f"least_{answer}"], [f"is_{answer}"]),
        helper.make_node("Cast", [f"is_{answer}"], [f"sure_{answer}"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", [f"sure_{answer}", f"column_{answer}"], [f"cells_{answer}"]),
        helper.make_node("MatMul", [f"cells_{answer}", f"anchors_{answer}"], [f"wide_{answer}"]),
        helper.make_node("Reshape", [f"wide_{answer}", f"shape_{answer}"], [answer]),
    ]


def recogniser(size: int = SIZE) -> bytes:
    """A chip of 112 × 112, made coarse and projected to `size` numbers that are always the same ones."""
    weights = np.random.default_rng(5).normal(size=(3, 14, 14, size)).astype(np.float32)
    weights[:, 7:11, 5:9] = 0  # where the mark is
    weights = weights.reshape(3 * 14 * 14, size)
    weights -= weights.mean(axis=0) * (weights != 0)  # the light of a picture as a whole says nothing of a person
    constants = {"weights": weights, "row": np.array([1, -1], dtype=np.int64)}
    nodes = [
        helper.make_node("AveragePool", ["input"], ["coarse"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Reshape", ["coarse", "row"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["template"]),
    ]
    output = helper.make_tensor_value_info("template", TensorProto.FLOAT, [1, size])
    return _model(nodes, [1, 3, 112, 112], [output], constants)


def brought(place: Path, layout: str = "scrfd", **changes: Any) -> Path:
    """A directory as an operator brings it; `changes` are written over its faces.json."""
    place.mkdir(parents=True, exist_ok=True)
    files = {"detector.onnx": detector(layout), "recogniser.onnx": recogniser()}
    for name, data in files.items():
        (place / name).write_bytes(data)
    given = {"mean": 127.5, "scale": 1 / 127.5, "colour": "rgb"}
    raw = {"mean": 0, "scale": 1, "colour": "bgr"} if layout == "yunet" else given
    said: dict[str, Any] = {
        "name": f"tiny-{layout}",
        "threshold": 0.6,
        "detector": {"file": "detector.onnx", "layout": layout, "input": [SIDE, SIDE], **raw},
        "recogniser": {"file": "recogniser.onnx", "size": SIZE, **given},
        "outline": False,
    }
    for model in ("detector", "recogniser"):
        said[model]["sha256"] = hashlib.sha256(files[f"{model}.onnx"]).hexdigest()
    (place / "faces.json").write_text(json.dumps(said | changes))
    return place


def scene(*people: tuple[Picture, int, int, int]) -> Picture:
    """People in one picture: each a photograph's face, the stride that finds it, and the cell of its middle (x, y)."""
    held = np.full((SIDE, SIDE, 3), 90, dtype=np.uint8)
    for face, stride, x, y in people:
        width, colour = MARKS[stride]
        height = width * 6 // 5
        left, top = x * stride + stride // 2 - width // 2, y * stride + stride // 2 - height // 2
        held[top : top + height, left : left + width] = np.asarray(Image.fromarray(face).resize((width, height)))
        held[y * stride : (y + 1) * stride, x * stride : (x + 1) * stride] = colour
    return held


def _heads(layout: str, stride: int) -> dict[str, list[float]]:
    """Each answer of one stride, and what stands in each of its rows: in cells, from the middle one's corner."""
    width = MARKS.get(stride, (80, None))[0]
    across, down = width / stride, width * 1.2 / stride
    spots = [(-0.2, -0.24), (0.2, -0.24), (0.0, 0.0), (-0.16, 0.26), (0.16, 0.26)]  # of the face's width
    points = [0.5 + value * width / stride for spot in spots for value in spot]
    if layout == "scrfd":
        box = [across / 2 - 0.5, down / 2 - 0.5, across / 2 + 0.5, down / 2 + 0.5]
        return {"score": [0.0], "bbox": box, "kps": points}
    return {"cls": [0.0], "obj": [1.0], "bbox": [0.5, 0.5, float(np.log(across)), float(np.log(down))], "kps": points}


def _model(nodes: list[Any], shape: list[int], outputs: list[Any], constants: dict[str, NDArray[Any]]) -> bytes:
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
    held = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", [given], outputs, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
