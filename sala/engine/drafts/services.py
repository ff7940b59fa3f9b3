"""What an applicant does with a draft before it is sent. Sending stands in sending.py.

Every function locks the draft's row first, so that two tabs write one after the other; what a second tab
would overwrite unseen is told as `Changed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from sala.engine.appointments import holding
from sala.engine.cases import attachments, holder
from sala.engine.cases import queries as cases
from sala.engine.cases.filing import subject_key
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import content as contents
from sala.engine.drafts import prefill, words
from sala.engine.drafts.content import Content, Part, Place
from sala.engine.drafts.models import Draft
from sala.identity.accounts.actor import Actor
from sala.kit import clock, sql
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.text import Language

UNTOUCHED = timedelta(days=90)
FINISHED = timedelta(days=30)
MOST_DRAFTS = 20
LONGEST_TYPED = 20_000
"""Characters of one posted field that are kept as typed: twice the longest text any field takes."""
_LOCK = "select pg_advisory_xact_lock(hashtext('drafts'), hashtext(%s))"


class Upload(Protocol):
    """A file as a request brings it."""

    name: str | None

    def read(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Posted:
    """What a page was sent with. `was`: the fingerprint of the place when the page was drawn."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload]
    was: str
    find: bool = False


class Changed(Conflict):
    """The place was changed elsewhere since the page was drawn. Nothing was saved."""

    code = "changed"

    def __init__(self) -> None:
        super().__init__(words.CHANGED)


@transaction.atomic
def start(*, service: Loaded, language: Language, by: Actor) -> Draft:
    """A new draft, filled with what is known already.

    One that was begun and never touched is used again, so that a second click makes no second draft.
    Raises NeedsDigitalId where the service is not for this account.
    """
    holder.check(service, by)
    if by.account_id is None:
        return _make(service, prefill.begin(service, by=by, today=clock.today()), language, None)
    # Two clicks at once stand in line here.
    sql.fetch_one(_LOCK, (str(by.account_id),))
    mine = Draft.objects.filter(account_id=by.account_id, submitted_at=None)
    fresh = mine.filter(service=service.slug, version_id=service.hash).order_by("-created_at").first()
    if fresh is not None and _untouched(fresh):
        return fresh
    if mine.count() >= MOST_DRAFTS:
        raise Conflict(words.too_many_drafts(MOST_DRAFTS))
    last = cases.last_group(by.account_id, service.slug)
    filed_on = cases.last_filed_on(by.account_id, service.slug) if last else None
    known = _brought_up_to_date(service, by.account_id, last)
    begun = prefill.begin(service, by=by, last=known, filed_on=filed_on, today=clock.today())
    tell(service, begun, by)
    prefill.at_home(service, begun)
    return _make(service, begun, language, by.account_id)


def tell(service: Loaded, content: Content, by: Actor) -> None:
    """Put in what the civil register says of who signs in, as it stands now, where the service asks for it."""
    if holder.asks_for_id(service):
        content.answers.update(holder.told(service, holder.holder(service, by)))


def _brought_up_to_date(
    service: Loaded, account: UUID, last: Sequence[Mapping[str, Any]]
) -> list[dict[str, dict[str, Any]]]:
    """The last answers, with what has become true since: that a case about the same subject was approved, and when."""
    subjects = [subject_key(service, answers) for answers in last]
    days = cases.standing(account, service.slug, subjects)
    return [
        prefill.since_filed(service, answers, days.get(subject))
        for answers, subject in zip(last, subjects, strict=True)
    ]


def save_page(*, draft: UUID, place: Place, posted: Posted, language: Language) -> list[Fault]:
    """Keep what was typed on a page, right or wrong; the faults of what is wrong.

    Raises `Changed` where another tab or device changed the page meanwhile to something else.
    """
    with transaction.atomic():
        row, content, service = opened(draft)
        part = _part(service, content, place)
        before = contents.fingerprint(content, place)
        page = dict(part.answers.get(place.page, {}))
        refused = _store_files(service, place, posted, page, draft)
        typed = _typed(service, place, posted.fields)
        answers = {**contents.answers_at(content, place), place.page: page}
        values, wrong = judged(service, content, place, typed, answers=answers, language=language)
        faults = with_refused(refused, wrong)
        _put(part, place.page, values, typed if faults or posted.find else None, refused)
        if before not in (posted.was, contents.fingerprint(content, place)):
            raise Changed
        keep(row, content, service)
    return faults


def judged(
    service: Loaded,
    content: Content,
    place: Place,
    typed: Mapping[str, str],
    *,
    answers: Mapping[str, Any],
    language: Language,
) -> tuple[dict[str, Any], list[Fault]]:
    """What was typed on a page: the values that are right and the faults of the rest, the other entries of its list
    seen."""
    values, wrong = service.clean_page(place.page, typed, answers=answers, language=language, today=clock.today())
    group = service.groups.get(place.group)
    if group and (group.once or "").startswith(f"{place.page}."):
        others = {n: one.answers for n, one in enumerate(content.entries[place.group], 1) if n != place.number}
        again = service.again(group, {place.page: values}, others)
        wrong += [again] if again else []
    return values, wrong


def with_refused(refused: Sequence[Fault], wrong: Sequence[Fault]) -> list[Fault]:
    """All faults of a page: of a file that was refused that one is told, not that there is none."""
    told = {fault.field for fault in refused}
    return [*refused, *(fault for fault in wrong if fault.field not in told)]


@transaction.atomic
def drop_file(*, draft: UUID, place: Place, key: str) -> None:
    """Take a file off a page. Nothing happens if it is not there."""
    row, content, service = opened(draft)
    part = _part(service, content, place)
    value = part.answers.get(place.page, {}).get(key)
    if not isinstance(value, dict) or "id" not in value:
        return
    attachments.drop(draft=draft, attachment=UUID(value["id"]))
    values = {name: kept for name, kept in part.answers[place.page].items() if name != key}
    _put(part, place.page, values, part.typed.get(place.page) or service.typed(place.page, {place.page: values}, "en"))
    keep(row, content, service)


@transaction.atomic
def add_entry(*, draft: UUID, group: str, after: int) -> int:
    """Add a person (or thing) to a group that held `after` when the page was drawn; its number."""
    row, content, service = opened(draft)
    declared = service.groups.get(group)
    if declared is None:
        raise NotFound
    entries = content.entries.setdefault(group, [])
    if len(entries) != after:
        return len(entries)  # a double click, or another tab did it
    if len(entries) >= declared.maximum:
        raise Invalid([Fault(group, "count", words.too_many_entries(declared))])
    entries.append(Part())
    _unsettle(content, group)
    keep(row, content, service)
    return len(entries)


@transaction.atomic
def remove_entry(*, draft: UUID, group: str, number: int, was: str) -> None:
    """Take an entry out, with its files. Raises `Changed` if it is not the one that was shown."""
    row, content, service = opened(draft)
    entries = content.entries.get(group, [])
    if not 0 < number <= len(entries) or entry_mark(entries[number - 1]) != was:
        raise Changed
    if len(entries) <= service.groups[group].minimum:
        raise Invalid([Fault(group, "count", words.too_few_entries(service.groups[group]))])
    for values in entries.pop(number - 1).answers.values():
        _drop_files(draft, values)
    _unsettle(content, group)
    keep(row, content, service)


@transaction.atomic
def settle(*, draft: UUID, group: str) -> None:
    """The list of a group is whole."""
    row, content, service = opened(draft)
    if group not in service.groups:
        raise NotFound
    if group not in content.settled:
        content.settled.append(group)
        keep(row, content, service)


@transaction.atomic
def discard(*, draft: UUID) -> None:
    """Give a draft up, with its files. May be repeated; what was filed of it stays filed."""
    row = Draft.objects.select_for_update().filter(id=draft).first()
    if row is None:
        return
    attachments.forget([row.id])
    holding.release(holder=row.id)
    if row.filed_at is None:
        row.delete()
    else:
        finish(row)


def forget_account(account: UUID) -> None:
    """The account is closed: what it began goes, and nothing is filed for it on a later day. May be repeated."""
    for draft in Draft.objects.filter(account_id=account, submitted_at=None).values_list("id", flat=True):
        discard(draft=draft)


def finish(row: Draft) -> None:
    """Nothing is left to file: what was typed goes, the draft stays a while as the way to its cases."""
    row.content, row.title, row.file_on, row.submitted_at = {}, "", None, row.submitted_at or clock.now()
    row.updated_at = clock.now()
    row.save()


def sweep(limit: int = 200) -> int:
    """Delete drafts untouched for 90 days and finished ones of 30 days, with their files; how many went."""
    now = clock.now()
    old = Draft.objects.filter(updated_at__lt=now - UNTOUCHED, file_on=None) | Draft.objects.filter(
        submitted_at__lt=now - FINISHED
    )
    with transaction.atomic():
        ids = list(old.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True)[:limit])
        attachments.forget(ids)
        Draft.objects.filter(id__in=ids).delete()
    return len(ids)


def entry_mark(entry: Part) -> str:
    """Tells one entry from another, whatever its number has become."""
    whole = Content(entries={"one": [entry]})
    return contents.fingerprint(Content(answers={"one": {"all": contents.stored(whole)}}), Place("one"))


def opened(draft: UUID) -> tuple[Draft, Content, Loaded]:
    """A draft locked for writing, in the caller's transaction, under the version that takes cases now.

    Raises NotFound where it is gone or the service is closed, Conflict where it was sent already.
    """
    row = Draft.objects.select_for_update().filter(id=draft).first()
    if row is None:
        raise NotFound
    if row.submitted_at is not None:
        raise Conflict(words.SENT_ALREADY)
    return row, contents.read(row.content), catalogue.current(row.service)


def _make(service: Loaded, content: Content, language: str, account: UUID | None) -> Draft:
    now = clock.now()
    return Draft.objects.create(
        account_id=account,
        service=service.slug,
        version_id=service.hash,
        content=contents.stored(content),
        title=title_of(service, content, language),
        language=language,
        created_at=now,
        updated_at=now,
    )


def _untouched(row: Draft) -> bool:
    return row.updated_at == row.created_at and row.file_on is None and row.filed_at is None


def keep(row: Draft, content: Content, service: Loaded) -> None:
    """Write what a locked draft holds now."""
    row.content = contents.stored(content)
    row.version_id = service.hash
    row.title = title_of(service, content, row.language)
    row.file_on = None  # the consent was to file what was there then
    row.updated_at = clock.now()
    row.save()


def title_of(service: Loaded, content: Content, language: str) -> str:
    if group := contents.split_group(service):
        names = [contents.label_of(service, entry, group) for entry in content.entries.get(group, [])]
        return ", ".join(name for name in names if name)[:200]
    values = [service.value(content.answers, path) for path in service.declaration.applicant]
    return " ".join(str(value) for value in values if value)[:200]


def _part(service: Loaded, content: Content, place: Place) -> Part:
    part = contents.part_at(content, place)
    page = service.pages.get(place.page)
    if part is None or page is None or page.told or (page.group or "") != place.group:
        raise NotFound
    return part


def _put(
    part: Part, page: str, values: dict[str, Any], typed: dict[str, str] | None, refused: Sequence[Fault] = ()
) -> None:
    part.answers[page] = values
    part.offered.pop(page, None)
    part.refused.pop(page, None)
    if refused:
        part.refused[page] = list(refused)
    if page in part.recalled:
        part.recalled.remove(page)
    if typed is None:
        part.typed.pop(page, None)
    else:
        part.typed[page] = typed


def _unsettle(content: Content, group: str) -> None:
    with suppress(ValueError):
        content.settled.remove(group)


def _typed(service: Loaded, place: Place, fields: Mapping[str, str]) -> dict[str, str]:
    """The posted fields that the page reads, fit to be stored: PostgreSQL takes no NUL.

    In its place stands another character that no field takes, so that it is found to be wrong again later.
    """
    page = service.pages[place.page]
    names = [name for field in page.fields for name in service.kind(f"{page.page}.{field.key}").names]
    return {name: fields[name][:LONGEST_TYPED].replace("\0", "\x1a") for name in names if name in fields}


def _store_files(service: Loaded, place: Place, posted: Posted, values: dict[str, Any], draft: UUID) -> list[Fault]:
    """Keep the uploaded files of a page in `values`, in place of those before; the faults of those refused."""
    faults: list[Fault] = []
    for field in service.pages[place.page].fields:
        upload = posted.files.get(field.key)
        if field.type != "file" or upload is None or not upload.name:
            continue
        path = f"{place.page}.{field.key}"
        content = upload.read()
        facts = service.inspect_file(path, upload.name, content)
        if isinstance(facts, Fault):
            faults.append(facts)
            continue
        _drop_files(draft, {field.key: values.pop(field.key, None)})
        values[field.key] = attachments.store(draft=draft, field=path, facts=facts, content=content)
    return faults


def _drop_files(draft: UUID, values: Mapping[str, Any]) -> None:
    for value in values.values():
        if isinstance(value, dict) and "id" in value:
            attachments.drop(draft=draft, attachment=UUID(value["id"]))
