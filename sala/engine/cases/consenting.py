"""Other people's consent: asked in their digital ID, or taken on paper by an officer. It never decides by itself.

Each is asked once a case, after it was filed and again when its answers changed. Who declines, lets the time pass or
cannot be asked leaves the decision to an officer; only an approval waits for the consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sala.engine.cases import words
from sala.engine.cases.deeds import Stale
from sala.engine.cases.journal import append, locked
from sala.engine.cases.models import Case, Consent, SopMark
from sala.engine.cases.rules import OPEN, Event
from sala.engine.catalogue import functions, times
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.declaration import Consent as Declared
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory import queries as directory
from sala.identity.people import queries as people
from sala.identity.people.rules import lower_ial
from sala.identity.wallet import approvals
from sala.identity.wallet.approvals import Answer, Asking, Line
from sala.identity.wallet.rules import Kind
from sala.identity.wallet.rules import State as Said
from sala.kit import clock
from sala.kit.errors import Conflict, TooMany

State = Consent.State
SETTLED = (State.GIVEN, State.RECORDED)
"""With these an approval may stand."""
_BY = system("consents")


@transaction.atomic
def ask(*, reference: str) -> None:
    """Ask for each consent that the case's declaration names and that was not asked for yet, or was asked of somebody
    whose it is no more. May be repeated."""
    case = locked(reference)
    service = catalogue.version(case.version_id)
    if case.state in OPEN:
        _drop_of_others(case, service)
    asked = set(Consent.objects.filter(case=case).values_list("key", flat=True))
    for declared in service.declaration.consents:
        if case.state in OPEN and declared.key not in asked:
            _ask(case, service, declared)


def _drop_of_others(case: Case, service: Loaded) -> None:
    """Forget the consents of those who were asked for it and would not be now. The history keeps what they said."""
    whose = {declared.key: _who(case, declared) for declared in service.declaration.consents}
    for row in Consent.objects.select_for_update().filter(case=case):
        if row.person != whose.get(row.key, row.person):
            if row.approval and row.state == State.WAITING:
                approvals.void(approval_id=row.approval)
            row.delete()
    mark(case, service)


def _who(case: Case, declared: Declared) -> int | None:
    """Whose consent it is, as the register is now."""
    found: int | None = functions.resolve(declared.who)(case.answers)
    return found


def _able(service: Loaded, person: int | None) -> UUID | None:
    """The account by which somebody can be asked: as surely theirs as that of whoever makes the request has to be."""
    account = people.account_of(person) if person else None
    linked = people.of_account(account) if account else None
    sure = lower_ial(linked.ial, linked.person.ial) if linked else ""
    return account if linked and sure >= (service.declaration.level or "") else None


def _ask(case: Case, service: Loaded, declared: Declared) -> None:
    now = clock.now()
    row = Consent(case=case, key=declared.key, asked_at=now, expires_at=now + times.span(declared.within))
    row.person = _who(case, declared)
    account = _able(service, row.person)
    if account is None or account == case.account_id:
        row.state, row.why = State.UNASKED, "nobody" if row.person is None else "no_account"
    else:
        _by_phone(row, account, case, service, declared)
    row.save()
    event = Event.CONSENT_ASKED if row.state == State.WAITING else Event.CONSENT_UNASKED
    append(case, event, by=_BY, data={"consent": declared.key, **({"why": row.why} if row.why else {})}, at=now)


def _by_phone(row: Consent, account: UUID, case: Case, service: Loaded, declared: Declared) -> None:
    try:
        asked = approvals.ask(
            kind=Kind.CONSENT, asking=_asking(case, service, declared), account_id=account, until=row.expires_at
        )
    except TooMany:
        # Somebody who is asked again and again is left in peace.
        row.state, row.why = State.UNASKED, "too_many"
    else:
        row.state, row.approval = State.WAITING, asked.id


def _asking(case: Case, service: Loaded, declared: Declared) -> Asking:
    name, agency = service.declaration.name, directory.agency(service.declaration.agency).name
    return Asking(
        client_id=f"service:{case.service}",
        name={"th": name.th, "en": name.en},
        owner={"th": agency.th, "en": agency.en},
        agree={"th": declared.text.th, "en": declared.text.en},
        lines=tuple(
            _line(path, service, case.answers, declared) for path in declared.shows if service.value(case.answers, path)
        ),
    )


def _line(path: str, service: Loaded, answers: Mapping[str, Any], declared: Declared) -> Line:
    label = declared.labels.get(path) or service.kind(path).label
    return Line(
        {"th": label.th, "en": label.en},
        {"th": service.display(path, answers, "th"), "en": service.display(path, answers, "en")},
    )


def answered(*, approval: UUID) -> None:
    """Hear of an approval that its person has answered; nothing where it is no consent of ours. May be repeated."""
    found = Consent.objects.filter(approval=approval, state=State.WAITING).select_related("case").first()
    if found is None:
        return
    with transaction.atomic():
        case = locked(found.case.reference)
        row = Consent.objects.select_for_update().get(id=found.id)
        if row.state != State.WAITING or row.approval != approval:
            return
        told = approvals.take(approval)
        if isinstance(told, Answer) and (row.person is None or people.account_of(row.person) != told.account_id):
            row.why = "no_account"  # the account is that person's no more: what it says is not their word
            _settle(case, row, State.UNASKED, Event.CONSENT_UNASKED, by=_BY, at=clock.now(), why=row.why)
        elif isinstance(told, Answer):
            who = Actor(kind="account", id=str(told.account_id), account_id=told.account_id)
            _settle(case, row, State.GIVEN, Event.CONSENT_GIVEN, by=who, at=told.at, methods=list(told.methods))
        elif told is Said.DECLINED:
            account = people.linked_account(row.person) if row.person else None
            who = Actor(kind="account", id=str(account), account_id=account) if account else _BY
            _settle(case, row, State.DECLINED, Event.CONSENT_DECLINED, by=who, at=clock.now())


def lapse(limit: int = 200) -> int:
    """Those who did not answer in time: an officer sees it. How many there were."""
    due = Consent.objects.filter(state=State.WAITING, expires_at__lte=clock.now()).order_by("expires_at")
    found = list(due.values_list("id", "case__reference")[:limit])
    for id_, reference in found:
        with transaction.atomic():
            case = locked(reference)
            row = Consent.objects.select_for_update().filter(id=id_, state=State.WAITING).first()
            if row:
                _settle(case, row, State.LAPSED, Event.CONSENT_LAPSED, by=_BY, at=clock.now())
    return len(found)


def _settle(
    case: Case, row: Consent, state: Consent.State, event: Event, *, by: Actor, at: datetime, **data: Any
) -> None:
    row.state, row.answered_at, row.answered_by = state, at, by.label
    row.save()
    if case.state in OPEN:
        mark(case, catalogue.version(case.version_id))
        append(case, event, by=by, data={"consent": row.key, **data})


def mark(case: Case, service: Loaded) -> None:
    """Do the steps of the procedure whose consents are all there, and undo those of ours that lack one by now. In the
    caller's transaction."""
    consents = service.declaration.consents
    if not consents:
        return
    settled = _settled(case)
    lacking = {declared.marks for declared in consents if declared.key not in settled}
    done = {declared.marks for declared in consents if declared.marks} - lacking
    SopMark.objects.filter(case=case, by=_BY.label).exclude(step__in=done).delete()
    marks = [SopMark(case=case, step=step, by=_BY.label, at=clock.now()) for step in sorted(done)]
    SopMark.objects.bulk_create(marks, ignore_conflicts=True)


def void(case: Case) -> None:
    """The case is decided, withdrawn or filled in anew: nobody need answer any more. In the caller's transaction."""
    waiting = Consent.objects.filter(case=case, state=State.WAITING).values_list("approval", flat=True)
    for approval in filter(None, waiting):
        approvals.void(approval_id=approval)


def forget(case: Case) -> None:
    """The answers changed: what was consented to is not what is asked now. The history keeps what was said."""
    void(case)
    Consent.objects.filter(case=case).delete()
    SopMark.objects.filter(case=case, by=_BY.label).delete()


def missing(case: Case, service: Loaded) -> list[Declared]:
    """The consents that are still needed for an approval: also those of somebody whose they are no more."""
    settled = _settled(case)

    def lacks(declared: Declared) -> bool:
        return declared.key not in settled or settled[declared.key] != _who(case, declared)

    return [declared for declared in service.declaration.consents if lacks(declared)]


def _settled(case: Case) -> dict[str, int | None]:
    """Whose word there is for each consent."""
    return dict(Consent.objects.filter(case=case, state__in=SETTLED).values_list("key", "person"))


def check(case: Case, service: Loaded) -> None:
    """Raise `Conflict` where a consent is missing; `Stale` where it is another's now, who is then asked."""
    lacking = missing(case, service)
    if any(declared.key in _settled(case) for declared in lacking):
        raise Stale(words.CONSENT_OF_ANOTHER)
    if lacking:
        raise Conflict(words.consent_missing(lacking[0].of))
