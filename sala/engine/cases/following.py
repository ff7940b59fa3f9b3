"""What an applicant sees of a request: where it stands, what happened, what comes. Words, no holds, no names.

A held request is shown as the others are: nothing here reads whether it is held (R-001.36).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sala.engine.cases import beside, papers, queries
from sala.engine.cases.access import Reader
from sala.engine.cases.beside import Panel
from sala.engine.cases.models import Case, Consent, InfoRequest
from sala.engine.cases.rules import OPEN, Event
from sala.engine.cases.states import State
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.declaration import Reason
from sala.engine.catalogue.loaded import Loaded
from sala.engine.messages import queries as messages
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import clock
from sala.kit.text import Language, Text, language


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline."""

    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail about the request and what became of it."""

    subject: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it was sent. `file`: the id of the file it is, else empty."""

    label: str
    text: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The answers of one page."""

    title: str
    rows: list[Answer]


@dataclass(frozen=True, slots=True)
class Following:
    """A request's page. Answers, letters and relatives' requests only for who sees it whole."""

    case: Case
    service_name: Text
    office: OfficeCard
    lead: str
    is_open: bool
    is_overdue: bool
    awaits_visit: bool
    """Whether its visit lost its time: what is promised is counted from a new one."""
    promises: bool
    """Whether it is told by when one hears."""
    reason: Reason | None
    question: InfoRequest | None
    consents: list[tuple[Text, Consent | None]]
    """Whose consent is asked, and how it stands; None before it was asked for."""
    timeline: list[Moment]
    letters: list[Letter]
    sheets: list[Sheet]
    together: list[Case]
    has_receipt: bool
    has_survey: bool
    panels: list[Panel]
    again: bool
    """Whether it was refused and may be filed anew: the service still takes requests."""


def following(reader: Reader) -> Following:
    """The page of a request for its reader."""
    case = reader.case
    service = catalogue.version(case.version_id)
    declared = service.declaration
    is_open = case.state in OPEN
    promises = is_open and declared.promises_result
    awaits_visit = is_open and queries.awaits_visit(case)
    return Following(
        case=case,
        service_name=declared.name,
        office=directory.office(case.office_id),
        lead=_lead(case),
        is_open=is_open,
        is_overdue=promises and clock.now() > case.due_at and not awaits_visit,
        awaits_visit=awaits_visit,
        promises=promises,
        reason=next((reason for reason in declared.reasons if reason.code == case.reason_code), None),
        question=queries.open_question(case) if is_open else None,
        consents=_consents(case, service) if is_open else [],
        timeline=_timeline(case, service),
        letters=_letters(case) if reader.whole else [],
        sheets=sheets(service, case.answers, language()) if reader.whole else [],
        together=_together(reader),
        has_receipt=reader.whole and papers.has_receipt(case),
        has_survey=declared.survey is not None and case.decided_at is not None,
        panels=beside.panels(case) if reader.whole else [],
        again=case.state == State.REFUSED and case.service in {one.slug for one in catalogue.catalogue()},
    )


def _consents(case: Case, service: Loaded) -> list[tuple[Text, Consent | None]]:
    rows = {row.key: row for row in queries.consents(case)}
    return [(declared.of, rows.get(declared.key)) for declared in service.declaration.consents]


def sheets(service: Loaded, answers: Mapping[str, Any], in_language: Language) -> list[Sheet]:
    """All answers as people read them; the entries of a list are numbered."""
    drawn: list[Sheet] = []
    for key, page in service.pages.items():
        group = service.groups.get(page.group or "")
        if group is None or group.split:
            parts = [("", answers)]
        else:
            entries = answers.get(group.group) or ()
            parts = [(f" – {group.item} {n}", {**answers, **entry}) for n, entry in enumerate(entries, start=1)]
        for suffix, given in parts:
            rows = [
                Answer(row.label, row.text, _file_id(service.value(given, row.path)))
                for row in service.rows(key, given, in_language)
                if row.text
            ]
            if rows:
                drawn.append(Sheet(f"{page.title}{suffix}", rows))
    return drawn


def _file_id(value: Any) -> str:
    return str(value["id"]) if isinstance(value, Mapping) and "media_type" in value else ""


def _lead(case: Case) -> str:
    """Where it stands, in a sentence."""
    return {
        State.SUBMITTED: _("We have received your request. An officer looks at it next."),
        State.IN_REVIEW: _("An officer is checking your request. You need not do anything."),
        State.INFO_REQUESTED: _("We need something more from you before we can go on."),
        State.APPROVED: _("Your request is approved."),
        State.REFUSED: _("Your request is not approved."),
        State.REFERRED: _("Your request was passed to the office that deals with it further."),
        State.COMPLETED: _("Your request is completed."),
        State.WITHDRAWN: _("You took this request back. Nothing more happens with it."),
    }[State(case.state)]


def _timeline(case: Case, service: Loaded) -> list[Moment]:
    whose = {declared.key: str(declared.of) for declared in service.declaration.consents}
    words = {
        Event.SUBMITTED: _("You sent the request"),
        Event.CLAIMED: _("An officer began to check it"),
        Event.ASSIGNED: _("An officer began to check it"),
        Event.INFO_REQUESTED: _("We asked you for more information"),
        Event.INFO_ANSWERED: _("You answered our question"),
        Event.APPROVED: _("Approved"),
        Event.REFUSED: _("Not approved"),
        Event.REFERRED: _("Passed on"),
        Event.COMPLETED: _("Completed"),
        Event.WITHDRAWN: _("You took the request back"),
        Event.CONSENT_ASKED: _("We asked for the consent of %(whose)s"),
        Event.CONSENT_UNASKED: _("The consent of %(whose)s could not be asked for by phone"),
        Event.CONSENT_GIVEN: _("Consent given by %(whose)s"),
        Event.CONSENT_DECLINED: _("Consent declined by %(whose)s"),
        Event.CONSENT_LAPSED: _("No answer in time from %(whose)s about the consent"),
        Event.CONSENT_RECORDED: _("The office took the consent of %(whose)s"),
    }
    events = queries.history(case, public_only=True)
    return [
        Moment(words[Event(event.type)] % {"whose": whose.get(event.data.get("consent", ""), "")}, event.at)
        for event in events
        if event.type in words
    ]


def _letters(case: Case) -> list[Letter]:
    states = {
        "queued": _("on its way"),
        "retrying": _("not delivered yet, we try again"),
        "sent": _("delivered to your mail provider"),
        "bounced": _("could not be delivered"),
    }
    return [
        Letter(sent.subject, states.get(sent.state, sent.state), sent.sent_at or sent.created_at)
        for sent in messages.of_case(case.reference)
    ]


def _together(reader: Reader) -> list[Case]:
    """The others of a family, for the account that filed them."""
    case = reader.case
    if case.group is None or reader.by_key:
        return []
    return [
        other
        for other in queries.filed_of(case.group)
        if other.id != case.id and other.account_id == reader.by.account_id
    ]
