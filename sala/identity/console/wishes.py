"""How a client is wished to work, as its people say it, and what of that an officer has to see. No Django here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

import msgspec

from sala.identity.accounts import rules as accounts
from sala.identity.console import rules, words
from sala.identity.console.rules import LONGEST, Wish
from sala.identity.provider import registry
from sala.identity.provider.clients import Party
from sala.identity.provider.registrable import CIBA, DEVICE, GRANTS
from sala.identity.provider.registry import Setup
from sala.kit import thai
from sala.kit.errors import Fault
from sala.kit.text import Text

SECURITY = ("standard", "dpop", "fapi")
LONGEST_LEGACY = timedelta(days=730)
"""A looser profile is a bridge: two years at a time, then somebody looks again."""
_BASE = ("authorization_code", "refresh_token")


def typed_into(typed: Mapping[str, str]) -> Wish:
    """The wish as typed, tidied."""

    def line(name: str) -> str:
        return accounts.visible(typed.get(name, ""))[:LONGEST]

    legacy, ciba = typed.get("profile") == "legacy_thaid", typed.get("ciba") == "yes"
    return Wish(
        public=typed.get("runs") == "public",
        security=line("security") if line("security") in SECURITY else "standard",
        device=typed.get("device") == "yes",
        ciba=ciba,
        ciba_notification_uri=line("ciba_notification_uri") if ciba else "",
        post_logout_uris=rules.addresses(typed.get("post_logout_uris", "")),
        backchannel_logout_uri=line("backchannel_logout_uri"),
        legacy=legacy,
        legacy_why=line("legacy_why") if legacy else "",
        legacy_until=_day(typed) if legacy else "",
    )


def _day(typed: Mapping[str, str]) -> str:
    """A date typed in three fields; the Buddhist year too."""
    parts = [typed.get(f"legacy_until-{name}", "").strip() for name in ("year", "month", "day")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return "-".join(part[:4] for part in parts) if any(parts) else ""
    year, month, day = (int(part) for part in parts)
    return f"{year - 543 if year > 2400 else year:04}-{month:02}-{day:02}"


def faults(wish: Wish, *, sandbox: bool, today: date) -> list[Fault]:
    """What is wrong with it."""
    found: list[Fault] = []
    own: tuple[tuple[str, Iterable[str]], ...] = (
        ("post_logout_uris", wish.post_logout_uris),
        ("backchannel_logout_uri", [wish.backchannel_logout_uri] if wish.backchannel_logout_uri else []),
        ("ciba_notification_uri", [wish.ciba_notification_uri] if wish.ciba_notification_uri else []),
    )
    for field, uris in own:
        found += rules.address_faults(uris, sandbox=sandbox, field=field) if uris else []
    if wish.public and (wish.security == "fapi" or wish.device or wish.ciba or wish.legacy):
        found.append(Fault("runs", "excluded", words.PUBLIC_ALONE))
    if wish.security == "fapi" and wish.legacy:
        found.append(Fault("profile", "excluded", words.FAPI_OR_LEGACY))
    return found + (_legacy_faults(wish, today) if wish.legacy else [])


def _legacy_faults(wish: Wish, today: date) -> list[Fault]:
    found = [] if wish.legacy_why else [Fault("legacy_why", "missing", words.SAY_LEGACY_WHY)]
    try:
        until = date.fromisoformat(wish.legacy_until)
    except ValueError:
        return [*found, Fault("legacy_until-day", "date", words.SAY_LEGACY_UNTIL)]
    if not today <= until <= today + LONGEST_LEGACY:
        found.append(Fault("legacy_until-day", "range", words.LEGACY_TOO_LONG))
    return found


def setup(wish: Wish) -> Setup:
    """The same as the provider's register says it."""
    more = [grant for grant, asked in ((DEVICE, wish.device), (CIBA, wish.ciba)) if asked]
    return Setup(
        grants=(*_BASE, *more),
        post_logout_uris=wish.post_logout_uris,
        backchannel_logout_uri=wish.backchannel_logout_uri,
        ciba_notification_uri=wish.ciba_notification_uri,
        dpop=wish.security in {"dpop", "fapi"},
        fapi=wish.security == "fapi",
        profile="legacy_thaid" if wish.legacy else "strict",
        profile_until=date.fromisoformat(wish.legacy_until) if wish.legacy and wish.legacy_until else None,
    )


def merged(now: Wish, was: Wish, wanted: Wish) -> Wish:
    """How a client works that does `now`, was agreed to do `was`, and from now on does what of that is `wanted`
    otherwise."""
    changed = {name: getattr(wanted, name) for name in _ALONE if getattr(wanted, name) != getattr(was, name)}
    if (wanted.legacy, wanted.legacy_until) != (was.legacy, was.legacy_until):
        changed |= {"legacy": wanted.legacy, "legacy_until": wanted.legacy_until}
    after = merged_addresses(now.post_logout_uris, was.post_logout_uris, wanted.post_logout_uris)
    found = msgspec.structs.replace(now, post_logout_uris=after, **changed)
    return msgspec.structs.replace(found, legacy_why=wanted.legacy_why if found.legacy else "")


_ALONE = ("public", "security", "device", "ciba", "ciba_notification_uri", "backchannel_logout_uri")


def merged_addresses(now: Iterable[str], was: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Addresses as they stand, without those that `wanted` has dropped, and with those that it adds to what `was`."""
    now, was, wanted = list(now), set(was), list(wanted)
    stay = [uri for uri in now if uri in wanted or uri not in was]
    return (*stay, *(uri for uri in wanted if uri not in was and uri not in now))


def amended(client: Party, wish: Wish) -> Setup:
    """The provider's register once the client works as wished: what the wish does not touch stays as it stands there,
    also what only the command line can set."""
    now, was, wanted = registry.setup_of(client), of_client(client), setup(wish)
    grants = {*now.grants} - {DEVICE, CIBA} | {*wanted.grants} & {DEVICE, CIBA}
    changed = {name: getattr(wanted, name) for name in _ADDRESSES}
    if wish.security != was.security:
        changed |= {"dpop": wanted.dpop, "fapi": wanted.fapi}
    if (wish.legacy, wish.legacy_until) != (was.legacy, was.legacy_until):
        changed |= {"profile": wanted.profile, "profile_until": wanted.profile_until}
    return msgspec.structs.replace(now, grants=tuple(grant for grant in GRANTS if grant in grants), **changed)


_ADDRESSES = ("post_logout_uris", "backchannel_logout_uri", "ciba_notification_uri")


def of_client(client: Party) -> Wish:
    """How a client works now, said as a wish."""
    legacy = client.profile == "legacy_thaid"
    return Wish(
        public=client.public,
        security="fapi" if client.fapi else "dpop" if client.dpop else "standard",
        device=DEVICE in client.grants,
        ciba=CIBA in client.grants,
        ciba_notification_uri=client.ciba_notification_uri,
        post_logout_uris=client.post_logout_uris,
        backchannel_logout_uri=client.backchannel_logout_uri,
        legacy=legacy,
        legacy_until=client.profile_until.isoformat() if legacy and client.profile_until else "",
    )


def widens(now: Wish, wanted: Wish, known: Iterable[str]) -> list[str]:
    """The fields in which it reaches beyond what an officer has seen: `known` are the client's redirect addresses."""
    return [field for field, judge in _WIDER.items() if judge(now, wanted, tuple(known))]


def _weaker(now: Wish, wanted: Wish, _known: tuple[str, ...]) -> bool:
    return SECURITY.index(wanted.security) < SECURITY.index(now.security)


def _looser(now: Wish, wanted: Wish, _known: tuple[str, ...]) -> bool:
    return wanted.legacy and (not now.legacy or wanted.legacy_until > now.legacy_until)


def _strange(pick: Callable[[Wish], Iterable[str]]) -> Callable[[Wish, Wish, tuple[str, ...]], bool]:
    def judge(now: Wish, wanted: Wish, known: tuple[str, ...]) -> bool:
        fresh = [uri for uri in pick(wanted) if uri and uri not in set(pick(now))]
        return rules.needs_approval(known, fresh)

    return judge


_WIDER: dict[str, Callable[[Wish, Wish, tuple[str, ...]], bool]] = {
    "public": lambda now, wanted, _: wanted.public and not now.public,
    "security": _weaker,
    "device": lambda now, wanted, _: wanted.device and not now.device,
    "ciba": lambda now, wanted, _: wanted.ciba and not now.ciba,
    "ciba_notification_uri": _strange(lambda wish: [wish.ciba_notification_uri]),
    "post_logout_uris": _strange(lambda wish: wish.post_logout_uris),
    "backchannel_logout_uri": _strange(lambda wish: [wish.backchannel_logout_uri]),
    "legacy": _looser,
}


def described(wish: Wish) -> list[tuple[Text, tuple[str | Text, ...]]]:
    """What of it is not the safe default, in words, for who decides."""
    told: list[tuple[Text, tuple[str | Text, ...]]] = []
    if wish.public:
        told.append((words.SETTINGS["public"], (words.YES,)))
    if wish.security != "standard":
        told.append((words.SETTINGS["security"], (words.LEVELS[wish.security],)))
    told += [(words.SETTINGS[name], (words.YES,)) for name in ("device", "ciba") if getattr(wish, name)]
    for name in ("ciba_notification_uri", "post_logout_uris", "backchannel_logout_uri"):
        value = getattr(wish, name)
        if value:
            told.append((words.SETTINGS[name], value if isinstance(value, tuple) else (value,)))
    if wish.legacy:
        told.append((words.SETTINGS["legacy"], tuple(_legacy_told(wish))))
    return told


def _legacy_told(wish: Wish) -> Iterable[str | Text]:
    if wish.legacy_why:
        yield wish.legacy_why
    until = thai.day(date.fromisoformat(wish.legacy_until)) if wish.legacy_until else ""
    yield Text(th=f"ถึง {until}", en=f"Until {until}") if until else words.NO_END
