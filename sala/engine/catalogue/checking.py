"""Says in words what is wrong with a declaration, where, and how to put it right."""

from __future__ import annotations

import msgspec

from sala.engine.catalogue import meaning, queries, rule_findings, structure, yaml_tree
from sala.engine.catalogue.declaration import Appointment, Declaration, Route
from sala.engine.catalogue.problems import Finding, Problem, meant, told
from sala.identity.directory import queries as directory
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.text import Text

__all__ = ["Problem", "check", "check_places", "check_text", "load_text"]


def check_text(yaml: str | bytes) -> list[Problem]:
    """Every problem of a declaration written in YAML, in the order of its lines; none if it can be published.

    Bytes are a file's: that they are UTF-8 is checked too.
    What depends on the database (agency, offices) is left to `check_places`.
    """
    return _examine(yaml)[1]


def load_text(yaml: str | bytes) -> Declaration:
    """The declaration in `yaml`; raises `Invalid` with every problem."""
    declaration, problems = _examine(yaml)
    if problems or declaration is None:
        raise Invalid([_fault(problem) for problem in problems])
    return declaration


def check(declaration: Declaration) -> list[Problem]:
    """Every problem of a declaration that was not read from text; lines and columns are 0."""
    data = msgspec.to_builtins(declaration)
    return [_unplaced(finding, data) for finding in _senses(declaration)]


def check_places(declaration: Declaration) -> list[Problem]:
    """Whether its agency and offices are in the directory, and services it names published (reads the database)."""
    data = msgspec.to_builtins(declaration)
    return [_unplaced(finding, data) for finding in _places(declaration)]


def _examine(yaml: str | bytes) -> tuple[Declaration | None, list[Problem]]:
    try:
        tree = yaml_tree.read(yaml)
    except yaml_tree.UnreadableError as error:
        return None, [Problem(error.place.line, error.place.column, "", error.message, error.cure)]
    findings = [*tree.findings, *structure.faults(tree.data)]
    declaration = None
    if not findings:
        declaration = msgspec.convert(tree.data, Declaration)
        findings = _senses(declaration)
    problems = [_placed(finding, tree) for finding in findings]
    return declaration, sorted(problems, key=lambda problem: (problem.line, problem.column))


_NAMES = {("page",), ("group",), ("key",), ("name",)}


def _senses(declaration: Declaration) -> list[Finding]:
    found = list(meaning.findings(declaration))
    # Names that stand twice would make rules ambiguous: they are put right first.
    ambiguous = any(finding.path[-1:] in _NAMES for finding in found)
    return found if ambiguous else [*found, *rule_findings.findings(declaration)]


def _places(declaration: Declaration) -> list[Finding]:
    found: list[Finding] = []
    agencies = [card.slug for card in directory.agencies()]
    if declaration.agency not in agencies:
        message = Text(th=f"ไม่มีหน่วยงาน “{declaration.agency}”", en=f"There is no agency “{declaration.agency}”.")
        cure = meant(declaration.agency, agencies, otherwise=Text(th="เพิ่มหน่วยงานก่อน", en="Add the agency first."))
        found.append(Finding(("agency",), message, cure))
    found += [finding for at, other in enumerate(declaration.also_at) for finding in _route(other, "also_at", at)]
    return [*found, *_route(declaration.route, "route"), *_appointment(declaration.appointment)]


def _route(route: Route | None, *where: str | int) -> list[Finding]:
    if route is None:
        return []
    to = route.to
    if route.by:
        if directory.offices_of_kind(to):
            return []
        message = _no_kind(to)
    else:
        try:
            directory.office_by_slug(to)
        except NotFound:
            message = Text(th=f"ไม่มีสำนักงาน “{to}”", en=f"There is no office “{to}”.")
        else:
            return []
    return [Finding((*where, "to"), message, _ADD_OFFICE)]


_ADD_OFFICE = Text(th="เพิ่มสำนักงานก่อน", en="Add the office first.")


def _no_kind(kind: str) -> Text:
    return Text(th=f"ไม่มีสำนักงานประเภท “{kind}”", en=f"There are no offices of the kind “{kind}”.")


def _appointment(appointment: Appointment | None) -> list[Finding]:
    if appointment is None:
        return []
    found = []
    if not directory.offices_of_kind(appointment.at):
        kinds = directory.office_kinds()
        cure = meant(appointment.at, kinds, otherwise=_ADD_OFFICE)
        found.append(Finding(("appointment", "at"), _no_kind(appointment.at), cure))
    online = {service.slug: service.declaration.appointment is None for service in queries.catalogue()}
    for at, instead in enumerate(appointment.instead):
        path = ("appointment", "instead", at, "service")
        if instead.service not in online:
            message = Text(th=f"ไม่มีบริการ “{instead.service}”", en=f"There is no service “{instead.service}”.")
            otherwise = Text(th="เผยแพร่บริการนั้นก่อน", en="Publish that service first.")
            found.append(Finding(path, message, meant(instead.service, sorted(online), otherwise=otherwise)))
        elif not online[instead.service]:
            message = Text(
                th=f"บริการ “{instead.service}” ก็ต้องมาที่สำนักงาน", en=f"“{instead.service}” needs a visit as well."
            )
            cure = Text(th="ระบุบริการที่ทำออนไลน์ได้", en="Name a service that is given online.")
            found.append(Finding(path, message, cure))
    return found


def _placed(finding: Finding, tree: yaml_tree.Tree) -> Problem:
    place = tree.inside(finding.path, *finding.at) if finding.at else tree.place(finding.path, of_key=finding.of_key)
    return Problem(place.line, place.column, told(finding.path, tree.data), finding.message, finding.cure)


def _unplaced(finding: Finding, data: object) -> Problem:
    return Problem(0, 0, told(finding.path, data), finding.message, finding.cure)


def _fault(problem: Problem) -> Fault:
    where = Text(th=f"บรรทัด {problem.line}: ", en=f"Line {problem.line}: ")
    words = problem.whole
    return Fault(problem.path, "declaration", Text(th=where.th + words.th, en=where.en + words.en))
