"""Judging a whole draft and sending it: each of its cases is filed once, whatever is clicked how often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from sala.engine.appointments import booking, probing
from sala.engine.appointments import letters as visit_letters
from sala.engine.cases import attachments, filing
from sala.engine.cases.filing import Filed
from sala.engine.cases.rules import Window
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import content as contents
from sala.engine.drafts import services, visiting, words
from sala.engine.drafts.content import Content, Place
from sala.engine.drafts.models import Draft
from sala.engine.messages import services as messages
from sala.engine.waiting import letters as turn_letters
from sala.engine.waiting import waitlist
from sala.engine.waiting.waitlist import AlreadyWaiting, Joined
from sala.identity.accounts import bereaved as accounts
from sala.identity.accounts.actor import Actor
from sala.kit import clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid, NotFound

Answers = Mapping[str, Any]
A_DAY = 24 * 3600
SCHEDULER = Actor(kind="system", id="scheduler")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing still to be put right, and where."""

    place: Place
    fault: Fault


@dataclass(frozen=True, slots=True)
class Prospect:
    """A case that the draft will become: is it complete, and may it be filed today?"""

    number: int
    answers: Mapping[str, Any]
    findings: tuple[Finding, ...]
    window: Window | None

    @property
    def is_early(self) -> bool:
        return self.window is not None and self.window.standing == "early"


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that a draft will become, as of a day."""

    prospects: tuple[Prospect, ...]
    open_places: tuple[Place, ...]

    @property
    def is_complete(self) -> bool:
        return not self.open_places and not any(prospect.findings for prospect in self.prospects)

    @property
    def first_early_day(self) -> date | None:
        """The earliest of the first days of those that cannot be filed yet."""
        return min((p.window.first_day for p in self.prospects if p.window and p.is_early), default=None)


def outlook(service: Loaded, content: Content, today: date) -> Outlook:
    """What the draft will become if it is sent on `today`."""
    places = list(contents.places(service, content))
    prospects = [_prospect(service, future, today) for future in contents.futures(service, content)]
    return Outlook(
        prospects=tuple(_with_doubles(service, content, prospects)),
        open_places=tuple(place for place in places if not contents.is_done(content, place)),
    )


def _prospect(service: Loaded, future: contents.Future, today: date) -> Prospect:
    answers = future.answers
    findings: tuple[Finding, ...] = ()
    try:
        answers = service.clean(answers, today=today)
    except Invalid as invalid:
        findings = tuple(
            Finding(contents.place_of(service, fault.field, future.number), fault) for fault in invalid.faults
        )
    return Prospect(future.number, answers, findings, filing.window_of(service.declaration, answers, today))


def _with_doubles(service: Loaded, content: Content, prospects: Iterable[Prospect]) -> Iterator[Prospect]:
    """Nobody is filed twice at once: whoever stands in the list a second time is a finding there."""
    seen: dict[str, int] = {}
    subject = service.declaration.subject
    for prospect in prospects:
        key = filing.subject_key(service, prospect.answers)
        whole = bool(subject) and all(service.value(prospect.answers, path) for path in subject)
        before = seen.setdefault(key, prospect.number) if whole else prospect.number
        if before == prospect.number:
            yield prospect
        else:
            double = _double(service, content, before, prospect.number)
            yield replace(prospect, findings=(*prospect.findings, double))


def _double(service: Loaded, content: Content, first: int, second: int) -> Finding:
    group, path = contents.split_group(service), service.declaration.subject[-1]
    entries = content.entries[group]
    one, other = ((number, contents.label_of(service, entries[number - 1], group)) for number in (first, second))
    fields = [service.field(of) for of in service.declaration.subject]
    message = words.same_person(service.groups[group], one, other, fields)
    return Finding(contents.place_of(service, path, second), Fault(path, "same_person", message))


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of sending: the cases filed now, and the day on which the rest is filed, if agreed."""

    filed: tuple[Filed, ...]
    file_on: date | None
    waiting: Joined | None = None
    """The turn on the waiting list, where there was no place."""


def send(
    *, draft: UUID, by: Actor, language: str, file_early: bool, channel: str = "web", network: str = "",
    proven: tuple[str, ...] = (),
) -> Sent:  # fmt: skip
    """File what can be filed today, all of it or nothing; keep the rest for its first day.

    `file_early`: the applicant agrees that what is too early now is filed by itself on its first day. Where the
    service is given in person, the visit that was chosen is booked with it, or a turn on the waiting list taken.
    Raises Invalid with every fault where something is missing; Taken, AlreadyBooked and what else keeps a visit from
    being booked, TooMany beyond settings.FILINGS_A_DAY. A repetition files nothing more.
    """
    _count(by)
    try:
        with probing.bounded(network, AlreadyWaiting), transaction.atomic():
            row, content, service = services.opened(draft)
            sender = Sender(by, language, channel, network, proven)
            services.tell(service, content, by)
            if service.declaration.appointment is not None:
                return _send_visit(row, content, service, sender)
            return _send(row, content, service, sender, file_early=file_early)
    except Conflict:
        if Draft.objects.filter(id=draft, submitted_at__isnull=False).exists():
            return Sent((), None)  # a double click
        raise


def send_links(row: Draft, *, by: Actor) -> None:
    """Mail the links to the visits, and to the turns on the waiting list, that keep a draft from being sent.

    Each goes to the address given with it; nothing is told of whether there was any. Call it outside a transaction.
    """
    service = catalogue.current(row.service)
    ahead = outlook(service, contents.read(row.content), clock.today())
    if ahead.is_complete:
        persons = {waitlist.person_of(service, prospect.answers, by) for prospect in ahead.prospects} - {""}
        visit_letters.send_links_of(service=service.slug, persons=persons)
        turn_letters.send_links_of(service=service.slug, persons=persons)


def _count(by: Actor) -> None:
    """No account sends without end. Those without one are bounded in the drafts that they begin, and the scheduler
    files what was agreed to one by one."""
    if by.account_id and by.kind != SCHEDULER.kind:
        ratelimit.hit(f"send:{by.account_id}", settings.FILINGS_A_DAY, A_DAY)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, in which language, by which way. `network`: what is counted as one caller."""

    by: Actor
    language: str
    channel: str
    network: str = ""
    proven: tuple[str, ...] = ()
    """By what methods they have just shown that it is they, for a service with a digital ID."""


def _send(row: Draft, content: Content, service: Loaded, sender: Sender, *, file_early: bool) -> Sent:
    ahead = _complete(service, content)
    ready = [prospect for prospect in ahead.prospects if not prospect.is_early]
    filed = _file(row, service, ready, sender)
    if filed:
        row.filed_at = row.filed_at or clock.now()
    if len(ready) == len(ahead.prospects):
        services.finish(row)
        return Sent(filed, None)
    _keep(row, content, service, {prospect.number for prospect in ready})
    row.file_on = ahead.first_early_day if file_early else None
    row.language = sender.language
    row.save()
    return Sent(filed, row.file_on)


def _complete(service: Loaded, content: Content) -> Outlook:
    """What the draft becomes today. Raises Invalid with every fault where something is missing."""
    ahead = outlook(service, content, clock.today())
    if not ahead.is_complete:
        faults = [finding.fault for prospect in ahead.prospects for finding in prospect.findings]
        raise Invalid(faults or [Fault("", "incomplete", words.INCOMPLETE)])
    return ahead


def _send_visit(row: Draft, content: Content, service: Loaded, sender: Sender) -> Sent:
    """Book the visit with its requests, or join the waiting list, in the transaction that ends the draft."""
    ahead = _complete(service, content)
    if visiting.open_step(service, content):
        raise Invalid([Fault("", "no_visit", words.NO_TIME_CHOSEN)])
    answers = list(_each_with_files(row, service, ahead.prospects))
    sent = _joined(row, content, service, answers, sender) if content.visit.waiting else None
    sent = sent or _booked(row, content, service, answers, sender)
    row.filed_at = row.filed_at or clock.now()
    services.finish(row)
    return sent


def _booked(row: Draft, content: Content, service: Loaded, answers: list[Answers], sender: Sender) -> Sent:
    starts_at = visiting.starts_at(content.visit)
    assert starts_at is not None  # noqa: S101 - open_step
    booked = booking.book(
        service=service, schedule=content.visit.schedule, starts_at=starts_at, answers=answers, by=sender.by,
        language=sender.language, channel=sender.channel, holder=row.id, draft=row.id, network=sender.network,
    )  # fmt: skip
    return Sent(booked.filed, None)


def _joined(row: Draft, content: Content, service: Loaded, answers: list[Answers], sender: Sender) -> Sent:
    joined = waitlist.join(
        service=service, schedule=content.visit.schedule, answers=answers, by=sender.by, language=sender.language,
        draft=row.id, network=sender.network,
    )  # fmt: skip
    return Sent((), None, joined)


def _file(row: Draft, service: Loaded, ready: Iterable[Prospect], sender: Sender) -> tuple[Filed, ...]:
    return tuple(
        filing.file(
            service=service, answers=answers, by=sender.by, language=sender.language, channel=sender.channel,
            group=row.id, draft=row.id, proven=sender.proven,
        )
        for answers in _each_with_files(row, service, ready)
    )  # fmt: skip


def _each_with_files(row: Draft, service: Loaded, ready: Iterable[Prospect]) -> Iterator[Answers]:
    """Each one's answers. A paper on a shared page goes with each case of a family: the second one gets a copy."""
    bound: set[UUID] = set()
    for prospect in ready:
        answers = prospect.answers
        if again := [one for one in service.file_ids(answers) if one in bound]:
            answers = _renamed(answers, attachments.copy(again, draft=row.id))
        bound.update(service.file_ids(answers))
        yield answers


def _renamed(value: Any, fresh: Mapping[str, str]) -> Any:
    """`value` with the ids of files replaced."""
    if isinstance(value, Mapping):
        if value.get("id") in fresh:
            return {**value, "id": fresh[value["id"]]}
        return {key: _renamed(inner, fresh) for key, inner in value.items()}
    return [_renamed(inner, fresh) for inner in value] if isinstance(value, list) else value


def _keep(row: Draft, content: Content, service: Loaded, gone: set[int]) -> None:
    """Leave in the draft only the entries that could not be filed yet."""
    if group := contents.split_group(service):
        entries = content.entries.get(group, [])
        content.entries[group] = [entry for number, entry in enumerate(entries, start=1) if number not in gone]
    row.content = contents.stored(content)
    row.title = services.title_of(service, content, row.language)
    row.updated_at = clock.now()


def file_due(limit: int = 50) -> int:
    """File the drafts whose agreed day has come, one transaction each; how many were seen to."""
    today = clock.today()
    due = Draft.objects.filter(file_on__lte=today, submitted_at=None).order_by("file_on", "id")
    ids = list(due.values_list("id", flat=True)[:limit])
    return sum(_file_scheduled(draft, today) for draft in ids)


@transaction.atomic
def _file_scheduled(draft: UUID, today: date) -> bool:
    row = (
        Draft.objects.select_for_update(skip_locked=True)
        .filter(id=draft, file_on__lte=today, submitted_at=None)
        .first()
    )
    if row is None:
        return False  # another worker has it, or the applicant changed it this moment
    if accounts.rests(row.account_id):
        row.file_on = None  # nobody files in the name of the dead
        row.save(update_fields=["file_on"])
        return True
    by = replace(SCHEDULER, account_id=row.account_id)
    try:
        with transaction.atomic():
            sent = send(draft=row.id, by=by, language=row.language, file_early=True, channel="scheduled")
        if sent.filed or sent.file_on:
            return True
    except (Invalid, Conflict, NotFound):
        pass  # what was right when it was agreed is not right today: a form changed, a service closed
    _give_back(row, today)
    return True


def _give_back(row: Draft, today: date) -> None:
    """Ask the applicant to look at a draft that could not be filed by itself."""
    row.file_on = None
    row.save(update_fields=["file_on"])
    service = catalogue.version(row.version_id)
    answers = contents.futures(service, contents.read(row.content))[0].answers
    address = service.value(answers, service.declaration.contact)
    if not address:
        return
    context = {
        "service": service.declaration.name.in_(row.language),
        "link": settings.PUBLIC_URL + reverse("drafts:resume", args=[row.id]),
    }
    key = f"draft-not-filed:{row.id}:{today.isoformat()}"
    messages.post(key=key, to=address, kind="draft_not_filed", language=row.language, context=context, secret=False)
