"""What a request changes of a client that is served: what it asks otherwise than was agreed, and nothing else.

An operator may set what the console knows nothing of, or not yet (`sala provider client`); an approval leaves it.
"""

from __future__ import annotations

import msgspec

from sala.identity.console import wishes
from sala.identity.console.models import RelyingParty
from sala.identity.console.rules import Content, Why
from sala.identity.provider.clients import Party


def agreed(row: RelyingParty, client: Party) -> Content:
    """What the client was last agreed to be. A row older than that column: what the client is."""
    if row.agreed is not None:
        return msgspec.convert(row.agreed, Content)
    return Content(
        name_th=client.name.th,
        name_en=client.name.en,
        redirect_uris=client.redirect_uris,
        scopes=_whys(client),
        wish=wishes.of_client(client),
    )


def outcome(asked: Content, base: Content, client: Party) -> Content:
    """What is served once `asked` is approved, which was agreed to be `base` and is `client` now."""
    renamed = (asked.name_th, asked.name_en) != (base.name_th, base.name_en)
    served = _whys(client)
    stays = {scope: served.get(scope, why) for scope, why in asked.scopes.items() if base.scopes.get(scope) == why}
    return msgspec.structs.replace(
        asked,
        name_th=asked.name_th if renamed else client.name.th,
        name_en=asked.name_en if renamed else client.name.en,
        redirect_uris=wishes.merged_addresses(client.redirect_uris, base.redirect_uris, asked.redirect_uris),
        scopes={**asked.scopes, **stays},
        wish=wishes.merged(wishes.of_client(client), base.wish, asked.wish),
    )


def given_up(asked: Content, base: Content, client: Party) -> list[str]:
    """The scopes that are served, were agreed on here, and are asked no more."""
    return [scope for scope in client.scopes if scope in base.scopes and scope not in asked.scopes]


def _whys(client: Party) -> dict[str, Why]:
    return {
        scope: Why(why.purpose.th, why.purpose.en, why.basis.th, why.basis.en) for scope, why in client.scopes.items()
    }
