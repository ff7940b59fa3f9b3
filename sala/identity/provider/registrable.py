"""What may stand in the register of relying parties, and what is wrong with what may not. No database here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from sala.identity.provider import rules
from sala.kit.errors import Fault
from sala.kit.text import Text

SMALLEST_RSA = 2048  # bits
SECRETS = ("client_secret_basic", "client_secret_post")
KEY, NONE = "private_key_jwt", "none"
PUBLIC_GRANTS = frozenset({"authorization_code", "refresh_token"})
PROFILES = ("strict", "legacy_thaid")
DEVICE, CIBA, GRANTS = rules.DEVICE, rules.CIBA, rules.GRANTS

NO_SUCH_SCOPE = Text(th="ไม่มีขอบเขตข้อมูลนี้", en="There is no such scope")
SAY_WHY = Text(
    th="ต้องระบุวัตถุประสงค์และฐานกฎหมาย ทั้งภาษาไทยและภาษาอังกฤษ",
    en="Say the purpose and the legal basis, in Thai and in English",
)
ONE_OWNER = Text(th="ระบุหน่วยงานหรือบริษัท อย่างใดอย่างหนึ่ง", en="Name either an agency or a company")
SEVERAL_HOSTS = Text(
    th="ที่อยู่ redirect URI มีหลายโฮสต์ โปรดระบุ sector",
    en="The redirect URIs have several hosts: name the sector by which people are known to them",
)
HAS_KEYS = Text(th="ระบบนี้ใช้กุญแจ ไม่มีรหัสลับ", en="This client proves itself by a key and has no secret")
_NEEDS_URI = Text(th="ต้องมี redirect URI อย่างน้อยหนึ่งรายการ", en="Give at least one redirect URI")
_BAD_GRANT = Text(th="ไม่รู้จักประเภทการขอสิทธินี้", en="There is no such grant type")
_BAD_METHOD = Text(th="ไม่รู้จักวิธียืนยันตัวตนของระบบ", en="There is no such way for a client to prove itself")
_BAD_PROFILE = Text(th="ไม่รู้จักโพรไฟล์นี้", en="There is no such profile")
_BAD_KEYS = Text(
    th="ต้องเป็นชุดกุญแจสาธารณะ (JWKS) ชนิด EC P-256, Ed25519 หรือ RSA ตั้งแต่ 2048 บิต แต่ละดอกมี kid",
    en="Give a JWKS of public keys only, EC P-256, Ed25519 or RSA of 2048 bits or more, each with a kid",
)
HAS_NOTHING = Text(
    th="ระบบนี้ทำงานในเบราว์เซอร์หรือแอป จึงไม่มีรหัสลับหรือกุญแจ", en="This client is public: it has neither a secret nor keys"
)
_PUBLIC_GRANTS = Text(
    th="ระบบที่ทำงานในเบราว์เซอร์หรือแอป ใช้ได้เฉพาะ authorization_code และ refresh_token",
    en="A public client has the grants authorization_code and refresh_token, and no other",
)
_PUBLIC_STRICT = Text(
    th="ระบบที่ทำงานในเบราว์เซอร์หรือแอป ใช้โพรไฟล์ legacy_thaid ไม่ได้",
    en="A public client cannot have the profile legacy_thaid",
)
_FAPI_KEYS = Text(
    th="FAPI 2.0 ต้องยืนยันตัวตนด้วยกุญแจ (private_key_jwt)", en="FAPI 2.0 asks for keys (private_key_jwt), not a secret"
)
_FAPI_STRICT = Text(
    th="FAPI 2.0 ใช้กับโพรไฟล์ legacy_thaid ไม่ได้", en="FAPI 2.0 and the profile legacy_thaid exclude each other"
)


def uri_faults(uris: Collection[str], field: str = "redirect_uris") -> list[Fault]:
    """What is wrong with addresses that a browser or we ourselves are to be led to."""
    wrong = [(uri, fault) for uri in uris if (fault := rules.redirect_uri_fault(uri))]
    return [
        Fault(field, "address", Text(th=f"{uri}: ที่อยู่ไม่ถูกต้อง ({fault})", en=f"{uri} {fault}")) for uri, fault in wrong
    ]


def grant_faults(grants: Collection[str], uris: Collection[str], method: str) -> list[Fault]:
    """What is wrong with how a client is to come by tokens."""
    faults = [Fault("grants", "unknown", _BAD_GRANT) for grant in grants if grant not in GRANTS]
    if method == NONE and not set(grants) <= PUBLIC_GRANTS:
        faults.append(Fault("grants", "public", _PUBLIC_GRANTS))
    if "authorization_code" in grants and not uris:
        faults.append(Fault("redirect_uris", "missing", _NEEDS_URI))
    return faults


def proof_faults(method: str, jwks: dict[str, Any] | None) -> list[Fault]:
    """What is wrong with how a client is to prove itself."""
    if method not in {*SECRETS, KEY, NONE}:
        return [Fault("method", "unknown", _BAD_METHOD)]
    if method != KEY:
        return [Fault("jwks", "not_used", _BAD_KEYS)] if jwks is not None else []
    return [] if public_keys(jwks) else [Fault("jwks", "keys", _BAD_KEYS)]


def secret_faults(method: str) -> list[Fault]:
    """What is wrong with how a secret is to be brought."""
    return [] if method in SECRETS else [Fault("method", "unknown", _BAD_METHOD)]


def profile_faults(*, profile: str, method: str, fapi: bool) -> list[Fault]:
    """What does not go together."""
    faults = [] if profile in PROFILES else [Fault("profile", "unknown", _BAD_PROFILE)]
    if method == NONE and profile != "strict":
        faults.append(Fault("profile", "needs_strict", _PUBLIC_STRICT))
    if fapi and method != KEY:
        faults.append(Fault("fapi", "needs_keys", _FAPI_KEYS))
    if fapi and profile != "strict":
        faults.append(Fault("fapi", "needs_strict", _FAPI_STRICT))
    return faults


def public_keys(jwks: dict[str, Any] | None) -> bool:
    """Whether these are public keys that a client may prove itself with."""
    try:
        keys = KeySet.import_key_set(jwks or {}).keys  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError):
        return False
    return bool(keys) and all(_fit(key) for key in keys) and len({key.kid for key in keys}) == len(keys)


def _fit(key: object) -> bool:
    """Public, and of a kind whose signature cannot be taken for a shared secret's."""
    if isinstance(key, ECKey | OKPKey):
        return not key.is_private and key.curve_name in {"P-256", "Ed25519"} and bool(key.kid)
    return isinstance(key, RSAKey) and not key.is_private and key.public_key.key_size >= SMALLEST_RSA and bool(key.kid)
