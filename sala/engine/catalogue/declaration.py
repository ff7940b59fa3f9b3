"""What a service is: the one contract between an agency and the engine.

An agency writes it as YAML; `sala services check` says what is wrong with it, its
JSON Schema (published at /api/v1/declaration.schema.json) is made from these
types, and docs/writing-a-service.md explains it by example.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sala.kit.text import Text

KEY = "^[a-z][a-z0-9_]{0,39}$"
SLUG = "^[a-z][a-z0-9-]{1,39}$"
DAYS = "^-?[0-9]{1,3}d$"
SPAN = "^[0-9]{1,4}[hd]$"
FUNCTION = r"^[a-z]+\.[a-z0-9_]+:[a-z_]+$"
REFERENCE = "^[A-Z][A-Z0-9]{1,7}$"
PREFILL = (
    r"^(last|never|filed|filed_on|home|profile\.(given_name|surname|phone|email)"
    r"|person\.(pid|title|given_name|middle_name|family_name|birth_date|nationality|house))$"
)
PATH = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
LETTER = "^[A-Z]$"
FACT = r"^[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}$"

Key = Annotated[str, Meta(pattern=KEY, description="lower-case letters, digits and _")]
Slug = Annotated[str, Meta(pattern=SLUG, description="lower-case letters, digits and -")]
Days = Annotated[str, Meta(pattern=DAYS, description="days, such as 3d or -15d")]
Span = Annotated[str, Meta(pattern=SPAN, description="hours or days, such as 30h or 3d")]
Cel = Annotated[str, Meta(description="an expression in the Common Expression Language, checked at publication")]
Function = Annotated[
    str,
    Meta(
        pattern=FUNCTION,
        description="a pure function an agency registered, e.g. immigration.tm47:due_date",
    ),
]
FieldType = Literal[
    "text", "long_text", "thai_name", "latin_name", "date", "passport", "thai_pid", "phone", "email",
    "country", "province", "thai_address", "house", "people", "file", "choice", "yes_no", "confirm", "number", "money",
]  # fmt: skip
Permission = Literal["none", "account", "thaid"]
Level = Literal["1.3", "2.2", "2.3"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Common to all parts: immutable, no unknown keys."""


class Choice(_Part, frozen=True, kw_only=True):
    """One answer of a `choice` field."""

    value: Key
    label: Text
    hint: Text | None = None


class FieldCheck(_Part, frozen=True, kw_only=True):
    """A rule about one field. `unless` that is false is a fault, with these words."""

    unless: Annotated[Cel, Meta(description="must be true; sees `value`, page.field up to this page, and `today`")]
    message: Text


class Notice(_Part, frozen=True, kw_only=True):
    """What an answer is remarked upon with, where the answers are checked before sending. It stops nobody."""

    when: Annotated[Cel, Meta(description="shown when true; sees what a field's checks see")]
    text: Text


class Field(_Part, frozen=True, kw_only=True):
    """One question."""

    key: Key
    type: FieldType
    label: Text
    hint: Text | None = None
    required: bool = True
    prefill: Annotated[
        str,
        Meta(
            pattern=PREFILL,
            description="where the first value comes from: last (the last case of this service), never, profile.…, "
            "filed (yes: a case about the same subject was approved) or filed_on (the day on which that was filed), "
            "home (the address of the house that person.house told, where no last case has another); "
            "person.… is what the civil register says of who is signed in: told, never typed, and all of its page",
        ),
    ] = "last"
    max_length: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    choices: tuple[Choice, ...] = ()
    offers: Annotated[Function | None, Meta(description="people: who may be chosen, as the answers before stand")] = (
        None
    )
    now: Annotated[
        Function | None,
        Meta(description="what a register says of it now, shown above the question, as the answers before stand"),
    ] = None
    when: Annotated[Cel, Meta(description="asked only when true; sees earlier page.field, and `today`")] | None = None
    checks: tuple[FieldCheck, ...] = ()
    notice: Notice | None = None
    past: Annotated[bool, Meta(description="a date: not later than today")] = False
    future: Annotated[bool, Meta(description="a date: not earlier than today")] = False
    minimum: float | None = None
    maximum: float | None = None
    decimals: Annotated[int, Meta(ge=0, le=6, description="a number's decimals; 0 = a whole number")] = 0
    accept: Annotated[tuple[Literal["pdf", "jpeg", "png", "heic"], ...], Meta(description="a file's kinds")] = (
        "pdf",
        "jpeg",
        "png",
    )
    max_megabytes: Annotated[int, Meta(ge=1, le=20)] = 10
    register: (
        Annotated[
            str,
            Meta(pattern=FACT, description="register.fact shown to the officer beside the answer"),
        ]
        | None
    ) = None


class Page(_Part, frozen=True, kw_only=True):
    """One page of the form: one thing to think about."""

    page: Key
    title: Text
    lead: Text | None = None
    group: Annotated[Key, Meta(description="repeats with this group")] | None = None
    when: Annotated[Cel, Meta(description="shown only when true; sees earlier page.field, and `today`")] | None = None
    fields: Annotated[tuple[Field, ...], Meta(min_length=1)]

    @property
    def told(self) -> bool:
        """Whether the civil register answers it, and nobody else does."""
        return self.fields[0].prefill.startswith("person.")


class Group(_Part, frozen=True, kw_only=True):
    """Consecutive pages asked once for each of several people or things.

    With `split`, each becomes a case of its own on submission (a family), sharing the other
    pages' answers; without, the case's answers hold a list under the group's key.
    """

    group: Key
    title: Text
    item: Annotated[Text, Meta(description="what one is called, e.g. Person")]
    summary: Annotated[tuple[str, ...], Meta(description="page.field paths whose values name an entry in lists")]
    once: Annotated[str | None, Meta(description="page.field that no two entries of a list answer alike")] = None
    minimum: Annotated[int, Meta(ge=1)] = 1
    maximum: Annotated[int, Meta(ge=1, le=50)] = 10
    split: bool = False


class Window(_Part, frozen=True, kw_only=True):
    """When filing is possible, in days around a statutory date, both ends included (R-001.16–.18)."""

    around: Function
    opens: Days
    closes: Days = "0d"
    early: Annotated[Literal["keep_draft"], Meta(description="kept, and filed on the first day with consent")] = (
        "keep_draft"
    )
    late: Annotated[Literal["accept"], Meta(description="accepted and marked (R-001.39)")] = "accept"
    late_notice: Annotated[
        Text,
        Meta(description="what a late applicant has to do and where to go; told before filing and after"),
    ]
    asks: Annotated[
        tuple[str, ...],
        Meta(description="page.field paths that the date follows from: the start page works it out from them"),
    ] = ()


class Route(_Part, frozen=True, kw_only=True):
    """To which office: the one of a kind responsible for an answered place, the closest one, or a fixed one."""

    to: Annotated[Slug, Meta(description="office kind with `by`, else an office's slug")]
    by: Annotated[str, Meta(pattern=PATH, description="page.field of a thai_address, house or province")] | None = None


class Leg(_Part, frozen=True, kw_only=True):
    """A promised time. The first leg is the one the applicant is told."""

    name: Key
    within: Span
    calendar: Literal["calendar_days", "business_days"] = "calendar_days"
    pauses: Annotated[Literal["never", "info_requested"], Meta(description="when the clock stands still")] = "never"
    warn: Annotated[Span, Meta(description="after this much of the time, officers are warned")]


class Register(_Part, frozen=True, kw_only=True):
    """A register asked about the case's subject; its facts stand under `name` in rules."""

    name: Key
    lookup: Function
    given: Annotated[dict[Key, str], Meta(description="parameter: page.field")]
    restricted: Annotated[bool, Meta(description="what it tells is seen only by those who may see holds")] = False
    facts: Annotated[
        dict[Key, Literal["text", "date", "number", "yes_no"]],
        Meta(description="what the register tells, by type; rules see register.fact, and register.found"),
    ] = {}


class Check(_Part, frozen=True, kw_only=True):
    """An automatic check: it informs or holds, never refuses (R-001.41)."""

    id: Key
    label: Text
    when: Annotated[Cel, Meta(description="true = an alert; sees page.field, register.fact, `today` and `late`")]
    then: Literal["inform", "hold"] = "inform"
    restricted: Annotated[bool, Meta(description="the finding is seen only by those who may see holds")] = False
    marks: Annotated[Key, Meta(description="the SOP step that is done once every check naming it passes")] | None = None


class Step(_Part, frozen=True, kw_only=True):
    """One line of the officers' written procedure."""

    id: Key
    text: Text


class Reason(_Part, frozen=True, kw_only=True):
    """A published reason for refusal."""

    code: Key
    label: Text
    letter: Annotated[Text, Meta(description="what the applicant is told, and what to do next")]


class Letter(_Part, frozen=True, kw_only=True):
    """A ready-made question to the applicant."""

    id: Key
    title: Text
    body: Text
    fields: Annotated[tuple[str, ...], Meta(description="page.field paths it asks about")] = ()


class Consent(_Part, frozen=True, kw_only=True):
    """Another person's word without which the case is not approved: they are asked in their digital ID.

    Who declines, does not answer or cannot be asked decides nothing: an officer sees it, and may take the consent on
    paper.
    """

    key: Key
    of: Annotated[Text, Meta(description="whose consent, as all are told, e.g. the head of the new house")]
    who: Annotated[Function, Meta(description="given the answers, the person asked, or None where there is nobody")]
    text: Annotated[Text, Meta(description="what they agree to, in one sentence")]
    shows: Annotated[tuple[str, ...], Meta(description="page.field paths that they are shown")] = ()
    labels: Annotated[
        dict[str, Text], Meta(description="what these are called for them, where the form's question reads wrong")
    ] = {}
    marks: Annotated[
        Key | None, Meta(description="the SOP step that is done once every consent naming it is there")
    ] = None
    within: Annotated[Span, Meta(description="how long they have, such as 7d")] = "7d"


class Deed(_Part, frozen=True, kw_only=True):
    """What an approval does in a register: both become true together, or neither does."""

    run: Annotated[
        Function, Meta(description="does it, in the decision's transaction; what it refuses, the officer is told")
    ]
    second_officer: Annotated[
        Cel | None,
        Meta(description="where true, one officer proposes the approval and another one confirms it"),
    ] = None


class Issue(_Part, frozen=True, kw_only=True):
    """The document a positive result yields."""

    document: Annotated[Slug, Meta(description="template name")]
    title: Text
    text: Annotated[Text, Meta(description="the sentence on the document")]
    shows: Annotated[tuple[str, ...], Meta(description="page.field paths printed on it")] = ()


class Reminders(_Part, frozen=True, kw_only=True):
    """When the next duty falls due, and how many days ahead to remind."""

    next_due: Function
    days: tuple[Days, ...]
    subject: Text


class Instead(_Part, frozen=True, kw_only=True):
    """What some people come for although it can be done online: asked before a time is chosen."""

    need: Annotated[Text, Meta(description="what they want, in their words, e.g. to report my address after 90 days")]
    service: Annotated[Slug, Meta(description="the service that does it online")]


class Appointment(_Part, frozen=True, kw_only=True):
    """The service is given in person: filing a request books a visit, at an office and time the applicant chooses.

    The numbers are what an office begins with; each office may change its own.
    """

    at: Annotated[Slug, Meta(description="the kind of office that gives it")]
    minutes: Annotated[int, Meta(ge=1, le=480, description="that one person takes at the counter")]
    letter: Annotated[str, Meta(pattern=LETTER, description="a capital that begins the day's ticket numbers")] = "A"
    lead: Annotated[
        Span, Meta(description="how long before its time a place can last be booked: hours or days, such as 30h or 3d")
    ] = "2h"
    horizon: Annotated[Days, Meta(description="how many days ahead there are places, such as 30d")] = "30d"
    moves: Annotated[int, Meta(ge=0, le=20, description="how often a visitor may change the time")] = 2
    bring: Annotated[tuple[Text, ...], Meta(description="documents to bring")] = ()
    instead: Annotated[tuple[Instead, ...], Meta(description="what can be done without a visit")] = ()


class MenuEntry(_Part, frozen=True, kw_only=True):
    """Where the service stands in its agency's menu, e.g. Online Service > Over 90 Days > New Application (TM.47)."""

    section: Text
    entry: Text


class Declaration(_Part, frozen=True, kw_only=True):
    """One service, whole."""

    service: Slug
    agency: Slug
    reference: Annotated[
        str, Meta(pattern=REFERENCE, description="prefix of its cases' numbers, 2 to 8 capitals and digits")
    ]
    name: Text
    summary: Annotated[Text, Meta(description="one sentence for the catalogue")]
    before_you_start: Annotated[tuple[Text, ...], Meta(description="what to have at hand")] = ()
    law: Text | None = None
    audience: Literal["anyone", "citizen", "foreigner", "business"] = "anyone"
    sign_in: Annotated[
        Permission,
        Meta(description="thaid: with a digital ID, by whose proof the request is sent; only by its holder"),
    ] = "account"
    level: Annotated[Level | None, Meta(description="with thaid: how surely the person was identified at least")] = None
    pilot: Annotated[bool, Meta(description="marked as a trial (R-001.48)")] = False
    menu: MenuEntry | None = None
    groups: tuple[Group, ...] = ()
    form: Annotated[tuple[Page, ...], Meta(min_length=1)]
    applicant: Annotated[
        tuple[str, ...], Meta(min_length=1, description="page.field paths that make the name of whom the case is about")
    ]
    contact: Annotated[str, Meta(description="page.field of the e-mail address the result goes to")]
    subject: Annotated[tuple[str, ...], Meta(description="page.field paths that identify whom the case is about")] = ()
    window: Window | None = None
    route: Annotated[Route | None, Meta(description="needed unless the office is that of an appointment")] = None
    also_at: Annotated[tuple[Route, ...], Meta(description="other offices that see the case, and only see it")] = ()
    appointment: Appointment | None = None
    time: Annotated[tuple[Leg, ...], Meta(min_length=1)]
    registers: tuple[Register, ...] = ()
    checks: tuple[Check, ...] = ()
    approve_when: Cel | None = None
    decisions: Annotated[
        tuple[Literal["approved", "refused", "referred", "completed"], ...],
        Meta(min_length=1, description="what officers may decide"),
    ] = ("approved", "refused")
    sop: tuple[Step, ...] = ()
    consents: tuple[Consent, ...] = ()
    deed: Deed | None = None
    reasons: tuple[Reason, ...] = ()
    letters: tuple[Letter, ...] = ()
    issues: Issue | None = None
    reminders: Reminders | None = None
    survey: Literal["satisfaction"] | None = None

    @property
    def promises_result(self) -> bool:
        """Whether applicants are told by when they hear. A visit that nobody decides upon (a doctor seen) is the
        result itself: its promised time is for the office's own work alone."""
        return self.appointment is None or bool({"approved", "refused"} & set(self.decisions))
