"""The portal as a relying party of this installation's own provider: registered here, for neither room knows the other.

An installation whose portal asks another provider (SALA_IDP) registers there the key at account/digital-id/jwks/.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from sala.identity.accounts.actor import system
from sala.identity.portal import keys
from sala.identity.provider import clients, registry
from sala.identity.provider.registry import Setup
from sala.kit.here import names
from sala.kit.text import Text

NAME = Text(th="ศาลา พอร์ทัลบริการภาครัฐ", en="Sala, the portal of public services")
AGENCY = "provincial-administration"
SECTOR = "portal"
"""By no host: the portal's people stay who they are when its address changes."""
WHY = {
    "pid": Text(
        th="เพื่อค้นหาบัญชีของท่านในการเข้าสู่ระบบครั้งแรก",
        en="To find your account when you sign in for the first time",
    ),
    "name": Text(th="เพื่อแสดงว่าท่านเข้าสู่ระบบในนามใคร", en="To show in whose name you are signed in"),
}
BASIS = Text(
    th="พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565",
    en="Electronic Performance of Government Services Act B.E. 2565",
)


def register() -> bool:
    """Register the portal, or bring it up to date; whether it signs people in here. May be repeated."""
    if settings.IDP:
        return False
    by, client_id = system("portal").label, settings.IDP_CLIENT_ID
    uris = [name + reverse("portal:back") for name in names()]
    # No address for logout tokens: here the portal's session and the provider's are one row, which ends as one.
    setup = Setup(grants=("authorization_code",), post_logout_uris=(settings.PUBLIC_URL + "/",))
    if clients.party(client_id, anew=True) is None:
        registry.register(
            client_id=client_id,
            name=NAME,
            redirect_uris=uris,
            agency=AGENCY,
            method="private_key_jwt",
            jwks=keys.public(),
            sector=SECTOR,
            grants=setup.grants,
            post_logout_uris=setup.post_logout_uris,
            by=by,
        )
    registry.amend(client_id=client_id, name=NAME, redirect_uris=uris, setup=setup, by=by)
    registry.use_keys(client_id=client_id, jwks=keys.public(), by=by)
    for scope, purpose in WHY.items():
        registry.approve_scope(client_id=client_id, scope=scope, purpose=purpose, basis=BASIS, by=by)
    return True
