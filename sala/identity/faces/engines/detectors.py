"""What the two customary families of face detectors answer, read into boxes and five points. NumPy alone.

Both look at cells of 8, 16 and 32 pixels and answer for each cell: how sure, where the box, where the points.
SCRFD: Guo et al., "Sample and Computation Redistribution for Efficient Face Detection" (2021), as InsightFace exports
it. YuNet: Wu et al., "YuNet: A Tiny Millisecond-level Face Detector" (2023), as the OpenCV zoo exports it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STRIDES: Final = (8, 16, 32)
OVERLAP: Final = 0.4
"""Two boxes that share more of their union are one face; SCRFD's own figure."""


class Found(NamedTuple):
    """Faces as rows: how sure (n), boxes left-top-right-bottom (n × 4), points (n × 5 × 2), in the input's pixels.

    The points as a viewer sees them: left eye, right eye, nose, left and right corner of the mouth.
    """

    sureness: Floats
    boxes: Floats
    points: Floats


def scrfd(answers: dict[str, Floats] | list[Floats], height: int, width: int) -> Found:
    """SCRFD's nine answers: scores, boxes and points, each for the three strides. Raises ValueError."""
    ordered = list(answers.values()) if isinstance(answers, dict) else answers
    if len(ordered) != 9:
        raise ValueError(f"SCRFD with points has 9 answers, not {len(ordered)}")
    parts = []
    for at, stride in enumerate(STRIDES):
        scores, boxes, points = (_rows(ordered[at + 3 * kind], columns) for kind, columns in enumerate((1, 4, 10)))
        centres = _centres(height, width, stride, len(scores))
        near, far = centres - boxes[:, :2] * stride, centres + boxes[:, 2:] * stride
        spots = centres[:, None, :] + points.reshape(-1, 5, 2) * stride
        parts.append(Found(scores[:, 0], np.hstack([near, far]), spots))
    return _joined(parts)


def yunet(answers: dict[str, Floats], height: int, width: int) -> Found:
    """YuNet's twelve answers, by their names: cls_8 … kps_32. Raises ValueError."""
    parts = []
    for stride in STRIDES:
        try:
            cls, obj, box, kps = (
                _rows(answers[f"{name}_{stride}"], columns)
                for name, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
            )
        except KeyError as error:
            raise ValueError(f"YuNet has an answer named {error.args[0]}, and this has not") from error
        corners = _centres(height, width, stride, len(cls))
        scores = np.sqrt(cls[:, 0].clip(0, 1) * obj[:, 0].clip(0, 1))
        middle, half = corners + box[:, :2] * stride, np.exp(box[:, 2:].clip(None, 20)) * stride / 2
        spots = corners[:, None, :] + kps.reshape(-1, 5, 2) * stride
        parts.append(Found(scores, np.hstack([middle - half, middle + half]), spots))
    return _joined(parts)


def kept(found: Found, sureness: float) -> Found:
    """Those at least so sure, and of boxes that overlap the surest alone."""
    order = np.argsort(-found.sureness, kind="stable")
    order = order[found.sureness[order] >= sureness]
    chosen: list[int] = []
    while len(order):
        best, rest = int(order[0]), order[1:]
        chosen.append(best)
        order = rest[_overlap(found.boxes[best], found.boxes[rest]) <= OVERLAP]
    return Found(found.sureness[chosen], found.boxes[chosen], found.points[chosen])


def _rows(answer: Floats, columns: int) -> Floats:
    """An answer as rows, whether its model counts the pictures of a batch or not. Raises ValueError."""
    if answer.ndim == 3 and answer.shape[0] == 1:
        answer = answer[0]
    if answer.ndim != 2 or answer.shape[1] != columns:
        raise ValueError(f"an answer has the shape {answer.shape}, not n × {columns}")
    return answer


def _centres(height: int, width: int, stride: int, rows: int) -> Floats:
    """The corner of each cell, as x and y; as often as the model has anchors in it. Raises ValueError."""
    down, across = height // stride, width // stride
    anchors, rest = divmod(rows, down * across)
    if rest or not anchors:
        raise ValueError(f"{rows} rows for {down} × {across} cells of {stride} pixels")
    y, x = np.mgrid[:down, :across].astype(np.float32) * stride
    return np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), anchors, axis=0)


def _joined(parts: list[Found]) -> Found:
    return Found(*(np.concatenate([part[at] for part in parts]) for at in range(3)))


def _overlap(one: Floats, others: Floats) -> Floats:
    """Intersection over union of one box with each of the others."""
    near, far = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:], others[:, 2:])
    shared = np.prod((far - near).clip(0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1) + np.prod(one[2:] - one[:2])
    return np.asarray(shared / np.maximum(areas - shared, 1e-6), dtype=np.float32)
