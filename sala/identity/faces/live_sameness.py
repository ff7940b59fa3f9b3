"""Whether one person was there all the time: the portrait against the frame at rest that lies furthest from it.

It costs two templates, once a challenge that passed. It is the film's two ends that are compared, and nobody in the
register: so it is not written down as a comparison, and nothing of it is kept.
"""

from __future__ import annotations

from sala.identity.faces import client, comparing
from sala.identity.faces.client import Away
from sala.identity.faces.serving import wire


def same(one: bytes, other: bytes) -> bool:
    """Whether the two frames show one face. Raises Busy, Away."""
    described = _seen(client.ask(wire.Describe(one)))
    if described.template is None:
        return False
    try:
        compared = _seen(client.ask(wire.Compare(other, described.template, described.engine)))
    except client.OtherEngineError:
        raise Away from None
    limit = comparing.threshold(described.engine, client.engine().threshold)
    return compared.likeness is not None and compared.likeness >= limit


def _seen(answer: wire.Answer) -> wire.Seen:
    if isinstance(answer, wire.Seen):
        return answer
    if isinstance(answer, wire.Failed):  # a frame that cannot be read: then nobody is in it
        return wire.Seen(ok=False, advice=[], engine="", face=False)
    raise Away
