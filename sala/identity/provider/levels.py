"""How well somebody proved who they are, and how well a relying party wants them to. No Django here.

The levels are ETDA's (ขมธอ. 20): AAL1 is one factor, such as a password; AAL2 two, which a passkey with user
verification is by itself: a key that the device keeps, and a finger, a face or a code that the device asks for.
"""

from __future__ import annotations

from collections.abc import Collection

from sala.identity.provider.rules import Asked, Refusal
from sala.identity.wallet.rules import strong_enough

AAL1, AAL2 = "AAL1", "AAL2"
LEVELS = (AAL1, AAL2)


def level(methods: Collection[str]) -> str:
    """What a proof by these methods (RFC 8176) is worth."""
    return AAL2 if strong_enough(methods, strong=True) else AAL1


def needs_passkey(asked: Asked) -> bool:
    """Whether nothing less than AAL2 will do: the lowest level that is asked counts, and levels we do not know do not.

    Core calls `acr_values` a wish. RPs that ask for a step-up (RFC 9470) mean it, so it is held to.
    """
    known = [value for value in asked.acr_values if value in LEVELS]
    return bool(known) and min(known) == AAL2


def meet(asked: Asked) -> None:
    """Raises Refusal where the RP cannot do without a level that nobody here can reach."""
    if asked.acr_essential and asked.acr_values and not set(asked.acr_values) & set(LEVELS):
        raise Refusal(
            "unmet_authentication_requirements", f"acr is essential, and is none of those known: {', '.join(LEVELS)}"
        )


UNMET = Refusal(
    "unmet_authentication_requirements", "The person cannot prove themselves by a passkey, which AAL2 asks for"
)
