"""docs/writing-a-service.md is true: its example is a real service, and no key or type is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from sala.engine.catalogue import declaration
from sala.engine.catalogue.fields import KINDS
from tests.engine.catalogue.samples import ADVICE

GUIDE = (Path(__file__).parents[3] / "docs" / "writing-a-service.md").read_text()
PARTS = [
    part
    for part in vars(declaration).values()
    if isinstance(part, type) and issubclass(part, msgspec.Struct) and part.__name__ not in {"_Part", "Text"}
]


def test_the_example_is_the_service_that_the_tests_use() -> None:
    example = GUIDE.split("```yaml\n")[1].split("```")[0]
    assert example == ADVICE.read_text()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_is_explained(part: type[msgspec.Struct]) -> None:
    without = [key for key in part.__struct_fields__ if not re.search(rf"\b{key}\b", GUIDE)]
    assert without == []


def test_every_type_is_explained() -> None:
    assert set(KINDS) == set(get_args(declaration.FieldType))
    assert [type_ for type_ in KINDS if f"`{type_}`" not in GUIDE] == []
