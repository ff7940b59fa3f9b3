"""The engines there are, and which one this installation uses.

`SALA_FACES_ENGINE` is `dlib`, which works from packages alone, or `onnx:<directory>` with weights that the operator
brought (docs/faces.md). No Django here: a worker starts without it.
"""

from __future__ import annotations

import os
from functools import lru_cache

from sala.identity.faces.engine import Engine


class EngineError(Exception):
    """The engine cannot be used as it was named or brought; the message says what is wrong and what to do."""


def chosen(named: str = "") -> Engine:
    """The engine that `named`, else SALA_FACES_ENGINE, else dlib is; one a process. Raises EngineError.

    Its models are loaded when it first looks at a picture, or by `engine.load()`.
    """
    return _made(named or os.environ.get("SALA_FACES_ENGINE", "") or "dlib")


@lru_cache(maxsize=8)
def _made(named: str) -> Engine:
    kind, _, place = named.partition(":")
    if kind == "dlib" and not place:
        from sala.identity.faces.engines.dlib_ import DlibEngine

        return DlibEngine()
    if kind == "onnx" and place:
        from sala.identity.faces.engines.onnx_ import OnnxEngine

        return OnnxEngine.at(place)
    raise EngineError(f"SALA_FACES_ENGINE must be dlib or onnx:<directory>, not {named!r}")
