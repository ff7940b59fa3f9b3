"""The declarations of this agency's services, read from the files beside this one."""

from __future__ import annotations

from importlib import resources

from sala.engine.catalogue import checking, services
from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor

FILES = ("tm47.yaml", "extension.yaml")


def read(file: str) -> Declaration:
    """The declaration in one of FILES."""
    return checking.load_text((resources.files(__package__) / file).read_text(encoding="utf-8"))


def publish_all(*, by: Actor) -> list[Loaded]:
    """Publish every service of the agency; those that have not changed stay as they are. Repeatable."""
    return [services.publish(read(file), by=by) for file in FILES]
