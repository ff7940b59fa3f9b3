"""The index in Milvus, for more people than one machine's memory holds, or to survive this process.

Unlike the one in memory, Milvus keeps templates in the clear in its own storage: that is to be encrypted, and reached
by the searcher alone (docs/decisions/0103.md). `milvus:<file>.db` is milvus-lite, of the same client, to try it.

SALA_FACES_MILVUS_TOKEN is `user:password` or a token. SALA_FACES_MILVUS_INDEX is how Milvus searches, as JSON, such as
{"index_type": "HNSW", "params": {"M": 32, "efConstruction": 200}, "search": {"ef": 800}}; without it every template is
compared (FLAT), by as many query nodes as there are.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from sala.identity.faces.engine import Template
from sala.identity.faces.gallery.index import GalleryError, People, Templates

_T = TypeVar("_T")
_AT_A_TIME = 2_000
_SECONDS = 10.0
_PERSON, _TEMPLATE = "person", "template"


class Milvus:
    """A collection of its own for each engine, at a Milvus. It connects when it is first asked."""

    lasting: bool = True

    def __init__(self, address: str, *, engine: str, size: int) -> None:
        self._address, self._size = address, size
        name = re.sub(r"\W", "_", engine, flags=re.ASCII)
        self._collection = f"faces_{name}_{hashlib.sha256(engine.encode()).hexdigest()[:8]}"
        self._how = _how()

    def __len__(self) -> int:
        rows = self._ask(lambda client: client.query(self._collection, output_fields=["count(*)"], **_NOW))
        return int(rows[0]["count(*)"])

    def put(self, people: People, templates: Templates) -> None:
        """Add them, in place of those that these people had. Raises ValueError for another size, GalleryError."""
        if templates.shape != (len(people), self._size):
            raise ValueError(f"templates of {templates.shape[-1]} numbers among those of {self._size}")
        last = dict(zip(people.tolist(), templates, strict=True))
        rows = [{_PERSON: person, _TEMPLATE: template} for person, template in last.items()]
        for start in range(0, len(rows), _AT_A_TIME):
            self._put(rows[start : start + _AT_A_TIME])

    def remove(self, people: People) -> None:
        """Forget them. Raises GalleryError."""
        if len(people):
            self._ask(lambda client: client.delete(self._collection, ids=np.unique(people).tolist()))

    def clear(self) -> None:
        """Forget everybody. Raises GalleryError."""
        self._ask(lambda client: client.drop_collection(self._collection))
        self.__dict__.pop("_client", None)

    def search(self, template: Template, *, least: float, most: int) -> list[tuple[int, float]]:
        """Who is like it, from this likeness on, the likest first, at most so many. Raises GalleryError."""
        params = {"params": self._how.get("search", {})}
        found = self._ask(
            lambda client: client.search(self._collection, [template], limit=most, search_params=params, **_NOW)
        )
        return [(hit[_PERSON], hit["distance"]) for hit in found[0] if hit["distance"] >= least]

    def _put(self, rows: list[dict[str, Any]]) -> None:
        self._ask(lambda client: client.upsert(self._collection, rows))

    def _ask(self, what: Callable[[Any], _T]) -> _T:
        from pymilvus.exceptions import MilvusException

        try:
            return what(self._client)
        except (MilvusException, OSError) as fault:
            self.__dict__.pop("_client", None)
            raise GalleryError(f"Milvus does not answer ({type(fault).__name__})") from None

    @cached_property
    def _client(self) -> Any:
        """A connection, and the collection there and loaded."""
        from pymilvus import MilvusClient

        token = os.environ.get("SALA_FACES_MILVUS_TOKEN", "")
        client = MilvusClient(self._address, token=token, timeout=_SECONDS)
        if not client.has_collection(self._collection):
            self._make(client)
        client.load_collection(self._collection)
        return client

    def _make(self, client: Any) -> None:
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(_PERSON, DataType.INT64, is_primary=True)
        schema.add_field(_TEMPLATE, DataType.FLOAT_VECTOR, dim=self._size)
        how = client.prepare_index_params()
        how.add_index(
            _TEMPLATE, index_type=self._how["index_type"], metric_type="COSINE", params=self._how.get("params", {})
        )
        client.create_collection(self._collection, schema=schema, index_params=how)


_NOW = {"consistency_level": "Strong"}  # what was put or removed a moment ago is seen


def _how() -> dict[str, Any]:
    """Raises GalleryError where the setting is no JSON, or the client is not installed."""
    try:
        import pymilvus  # noqa: F401 - said now, rather than with the first search

        how = json.loads(os.environ.get("SALA_FACES_MILVUS_INDEX", "") or '{"index_type": "FLAT"}')
        if isinstance(how, dict) and isinstance(how.get("index_type"), str):
            logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # what it says of a fault may quote what was sent
            return how
    except ImportError:
        raise GalleryError("SALA_FACES_INDEX=milvus:… needs its client: pip install 'sala[milvus]'") from None
    except ValueError:
        pass
    raise GalleryError('SALA_FACES_MILVUS_INDEX must be such as {"index_type": "FLAT"}')
