"""Whether the rules of a declaration can be judged: names, types, and a trial with everything answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.expressions import BadExpression, RuleError, Scope
from sala.engine.catalogue.problems import Finding, Path
from sala.engine.catalogue.rule_words import explain
from sala.engine.catalogue.scopes import case_scope, check_scope, field_scope, notice_scope, page_scope, sample
from sala.kit.text import Text

# What types cannot tell shows when a rule is tried: a pattern or a fixed day that is not written well.
_SHOWN_BY_TRIAL = ("invalid regular expression", "conversion failed")


def findings(declaration: Declaration) -> Iterator[Finding]:
    """Everything wrong with the rules. The declaration must make sense otherwise (meaning.py)."""
    environment = sample(declaration)
    for path, expression, scope, more in _rules(declaration):
        try:
            rule = scope.compile(expression)
        except BadExpression as bad:
            for flaw in bad.flaws[:1] if "Syntax error" in bad.flaws[0].detail else bad.flaws[:3]:
                message, cure = explain(flaw, scope, declaration)
                yield Finding(path, message, cure, at=(flaw.line, flaw.column))
            continue
        verdict = rule.judge({**environment, **more})
        if isinstance(verdict, RuleError) and any(sign in verdict.detail for sign in _SHOWN_BY_TRIAL):
            yield Finding(
                path,
                Text(th="กฎนี้คำนวณไม่ได้", en="This rule cannot be worked out."),
                Text(
                    th=f"ตรวจรูปแบบหรือวันที่ที่เขียนไว้ ({_said(verdict)})",
                    en=f"Check the pattern or the day written in it ({_said(verdict)}).",
                ),
            )


def _rules(declaration: Declaration) -> Iterator[tuple[Path, str, Scope, dict[str, Any]]]:
    """Every rule with where it stands, what it sees, and what its trial sees beside the answers."""
    answers = sample(declaration)
    for page_at, page in enumerate(declaration.form):
        path: Path = ("form", page_at)
        if page.when:
            yield (*path, "when"), page.when, page_scope(declaration, page), {}
        for field_at, field in enumerate(page.fields):
            inner = (*path, "fields", field_at)
            if field.when:
                yield (*inner, "when"), field.when, field_scope(declaration, page, field), {}
            for check_at, check in enumerate(field.checks):
                value = answers[page.page][field.key]
                where = (*inner, "checks", check_at, "unless")
                yield where, check.unless, check_scope(declaration, page, field), {"value": value}
            if field.notice:
                told = {"value": answers[page.page][field.key]}
                yield (*inner, "notice", "when"), field.notice.when, notice_scope(declaration, page, field), told
    scope = case_scope(declaration)
    for at, case_check in enumerate(declaration.checks):
        yield ("checks", at, "when"), case_check.when, scope, {}
    if declaration.approve_when:
        yield ("approve_when",), declaration.approve_when, scope, {}
    if declaration.deed and declaration.deed.second_officer:
        yield ("deed", "second_officer"), declaration.deed.second_officer, scope, {}


def _said(error: RuleError) -> str:
    return error.detail.partition(": ")[2][:120]
