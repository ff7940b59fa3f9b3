"""Says in words what is wrong with a declaration, where, and how to put it right."""

from __future__ import annotations

import msgspec

from sala.engine.catalogue.declaration import Declaration
from sala.kit.errors import Fault, Invalid
from sala.kit.text import Text


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong. Line and column count from 1 and are 0 where there is no text to point into."""

    line: int
    column: int
    path: str
    message: Text
    cure: Text

    @property
    def whole(self) -> Text:
        return Text(th=f"{self.message.th} {self.cure.th}", en=f"{self.message.en} {self.cure.en}")


def check(declaration: Declaration) -> list[Problem]:
    return []


def check_places(declaration: Declaration) -> list[Problem]:
    return []


def check_text(yaml: str) -> list[Problem]:
    return []


def load_text(yaml: str) -> Declaration:
    """The declaration in `yaml`; raises `Invalid` with every problem."""
    try:
        return msgspec.yaml.decode(yaml.encode(), type=Declaration)
    except msgspec.ValidationError as error:
        raise Invalid([Fault("", "declaration", Text(th=str(error), en=str(error)))]) from error
