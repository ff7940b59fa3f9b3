"""An officer's question, answered in the same place: the named fields, wherever in the form they stand, on one page.

Fields of two pages may share a key, so each posted name begins with its page's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sala.engine.cases import attachments, services
from sala.engine.cases.models import Case, InfoRequest
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.fields import Widget
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import Fault, Invalid
from sala.kit.text import Language

JOIN = "--"


class Upload(Protocol):
    """A file as a request brings it."""

    name: str | None

    def read(self) -> bytes: ...


@dataclass(slots=True)
class Sheet:
    """The question's fields as they are drawn."""

    widgets: list[Widget] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    anchors: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was sent before, by the name of the field."""
    multipart: bool = False
    message: str = ""


def sheet(
    case: Case,
    question: InfoRequest,
    language: Language,
    *,
    posted: Mapping[str, str] | None = None,
    faults: list[Fault] | None = None,
) -> Sheet:
    """The fields that the officer asked about: as they stand, or as just typed."""
    service = catalogue.version(case.version_id)
    drawn = Sheet(faults=faults or [], message=(posted or {}).get("message", ""))
    for page, keys in _by_page(question).items():
        typed = _typed(service, page, case, language)
        if posted is not None:
            typed |= _own(posted, page)
        widgets = service.widgets(page, typed, answers=case.answers, faults=drawn.faults, language=language)
        drawn.widgets += [_renamed(widget, page) for widget in widgets if _key(widget) in keys]
    drawn.files = {
        path.replace(".", JOIN, 1): value
        for path in question.fields
        if service.has_field(path)
        and service.field(path).type == "file"
        and (value := service.value(case.answers, path))
    }
    drawn.multipart = any(service.field(path).type == "file" for path in question.fields if service.has_field(path))
    for fault in drawn.faults:
        page = fault.field.partition(".")[0]
        drawn.anchors[fault.field] = f"{page}{JOIN}{service.anchor(fault)}" if page in service.pages else ""
    return drawn


def answer(
    case: Case,
    question: InfoRequest,
    *,
    posted: Mapping[str, str],
    files: Mapping[str, Upload],
    language: Language,
    by: Actor,
) -> None:
    """Give the answer. Raises Invalid with what is wrong; nothing is changed then."""
    service = catalogue.version(case.version_id)
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for page, keys in _by_page(question).items():
        stored, refused = _with_files(service, case, page, keys, files)
        answers = {**case.answers, page: stored}
        raw = _typed(service, page, case, language) | _own(posted, page)
        given, wrong = service.clean_page(page, raw, answers=answers, language=language, today=clock.today())
        told = {fault.field for fault in refused}
        faults += refused
        faults += [f for f in wrong if f.field.split(".")[1] in keys and f.field not in told]
        values |= {f"{page}.{key}": given[key] for key in keys if key in given}
    if faults:
        raise Invalid(faults)
    services.answer(reference=case.reference, values=values, message=posted.get("message", ""), by=by, files_of=case.id)


def _by_page(question: InfoRequest) -> dict[str, set[str]]:
    pages: dict[str, set[str]] = {}
    for path in question.fields:
        page, _, key = path.partition(".")
        pages.setdefault(page, set()).add(key)
    return pages


def _typed(service: Loaded, page: str, case: Case, language: Language) -> dict[str, str]:
    return service.typed(page, case.answers, language)


def _own(posted: Mapping[str, str], page: str) -> dict[str, str]:
    start = f"{page}{JOIN}"
    return {name.removeprefix(start): value for name, value in posted.items() if name.startswith(start)}


def _with_files(
    service: Loaded, case: Case, page: str, keys: set[str], files: Mapping[str, Upload]
) -> tuple[dict[str, Any], list[Fault]]:
    """The page's values with what was uploaded, and the faults of files that are refused."""
    values = dict(case.answers.get(page, {}))
    faults: list[Fault] = []
    for key in keys:
        upload = files.get(f"{page}{JOIN}{key}")
        path = f"{page}.{key}"
        if upload is None or not upload.name or not service.has_field(path) or service.field(path).type != "file":
            continue
        content = upload.read()
        facts = service.inspect_file(path, upload.name, content)
        if isinstance(facts, Fault):
            faults.append(facts)
        else:
            values[key] = attachments.store(draft=case.id, field=path, facts=facts, content=content)
    return values, faults


def _key(widget: Widget) -> str:
    """The key of the field that a widget draws."""
    if widget["component"] == "address":
        return str(widget["find"]["value"])
    params = widget["params"]
    return str(params.get("namePrefix") or params["name"])


def _renamed(widget: Widget, page: str) -> Widget:
    """The widget with its names and ids beginning with the page's key."""
    start = f"{page}{JOIN}"
    params = dict(widget["params"])
    for name in ("id", "name", "idPrefix", "namePrefix"):
        if params.get(name):
            params[name] = start + params[name]
    if widget["component"] == "date-input":
        params["items"] = [{**item, "id": start + item["id"]} for item in params["items"]]
    if areas := params.get("attributes", {}).get("data-areas"):
        params["attributes"] = {**params["attributes"], "data-areas": start + areas}
    renamed = {**widget, "params": params}
    if widget["component"] == "address":
        renamed["parts"] = [_renamed(part, page) for part in widget["parts"]]
        renamed["find"] = {**widget["find"], "value": start + widget["find"]["value"]}
    return renamed
