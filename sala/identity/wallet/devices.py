"""The devices that are told by push that something waits, and the telling."""

from __future__ import annotations

from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.rules import clean_label
from sala.identity.accounts.sessions import own_id
from sala.identity.wallet import push, queries, rules
from sala.identity.wallet.models import Device
from sala.identity.wallet.push import Subscription
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.ids import uuid7
from sala.kit.text import Text

# A browser that another person used before now tells its new one: whoever has the browser has its address.
_KEEP = """
INSERT INTO wallet_device (id, account_id, name, endpoint, p256dh, auth, created_at)
VALUES (%(id)s, %(account)s, %(name)s, %(endpoint)s, %(p256dh)s, %(auth)s, %(now)s)
ON CONFLICT (endpoint) DO UPDATE SET account_id = excluded.account_id, name = excluded.name,
  p256dh = excluded.p256dh, auth = excluded.auth
RETURNING id
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def add(*, name: str, endpoint: str, p256dh: str, auth: str, by: Actor) -> None:
    """Tell this browser from now on. The same one again changes nothing but its name and keys.

    Raises Invalid, Conflict (too many).
    """
    label, faults = clean_label("name", name)
    if not push.is_subscription(Subscription(endpoint, p256dh, auth)):
        faults = [*faults, Fault("", "not_a_subscription", _NOT_ONE)]
    if faults:
        raise Invalid(faults)
    account = own_id(by)
    given = {"id": uuid7(), "account": account, "name": label, "endpoint": endpoint, "p256dh": p256dh, "auth": auth}
    with transaction.atomic():
        sql.fetch_one(_LOCK, [f"wallet.device:{account}"])
        others = Device.objects.filter(account_id=account).exclude(endpoint=endpoint)
        if others.count() >= rules.DEVICES_MAX:
            raise Conflict(_TOO_MANY)
        sql.fetch_one(_KEEP, given | {"now": clock.now()})
        audit.record(by.label, "push.device_added", by.label, {"name": label})


def remove(*, device_id: UUID, by: Actor) -> None:
    """Tell it no more. May be repeated."""
    with transaction.atomic():
        if Device.objects.filter(id=device_id, account_id=own_id(by)).delete()[0]:
            audit.record(by.label, "push.device_removed", by.label, {"device": str(device_id)})


def forget(account: UUID) -> None:
    """No device of a closed account is told anything."""
    Device.objects.filter(account_id=account).delete()


def tell(approval_id: UUID) -> None:
    """Tell the person's devices that this approval waits; those told already are left alone.

    Raises push.NotNow where one of them is to be tried again.
    """
    found = queries.account_of(approval_id)
    if found is None:
        return
    account, shown = found
    left = int((shown.expires_at - clock.now()).total_seconds())
    message = msgspec.json.encode({"id": str(approval_id)})
    late: push.NotNow | None = None
    for device in Device.objects.filter(account_id=account):
        if device.told_at and device.told_at >= shown.asked_at:
            continue
        try:
            push.send(Subscription(device.endpoint, device.p256dh, device.auth), message, ttl=max(1, left))
            Device.objects.filter(id=device.id).update(told_at=clock.now())
        except push.Gone as gone:
            device.delete()
            audit.record(
                "system:push", "push.device_gone", f"account:{account}", {"name": device.name, "why": str(gone)}
            )
        except push.NotNow as error:
            late = error
    if late:
        raise late


_NOT_ONE = Text(
    th="เบราว์เซอร์นี้รับการแจ้งเตือนไม่ได้ โปรดลองใช้เบราว์เซอร์อื่น", en="This browser cannot be notified. Try another browser"
)
_TOO_MANY = Text(
    th=f"แจ้งเตือนได้ไม่เกิน {rules.DEVICES_MAX} อุปกรณ์ โปรดลบอุปกรณ์ที่ไม่ใช้แล้วก่อน",
    en=f"At most {rules.DEVICES_MAX} devices can be notified. Remove one that you no longer use first",
)
