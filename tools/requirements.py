"""Which sentences of docs/requirements.md a test proves.

tools/requirements.py            list the M-sentences without a test, and count
tools/requirements.py --check    fail if a test names a sentence that does not exist
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (R-\d+\.\d+) \| (\w(?:/\w)*) \| (\w) \| (.+?) \| .* \|$")
HEADING = re.compile(r"^## (R-\d+) (.+?)(?: \(|$)")


@dataclass(frozen=True)
class Sentence:
    """One requirement. `strength`: M rule, B background, W wish."""

    id: str
    kind: str
    strength: str
    text: str

    @property
    def source(self) -> str:
        return self.id.partition(".")[0]


@click.command(help=__doc__)
@click.option("--check", is_flag=True)
def main(*, check: bool) -> None:
    sentences, proofs = list(_sentences()), _proofs()
    known = {sentence.id for sentence in sentences}
    unknown = {named: where for named, where in proofs.items() if named not in known}
    for named, where in sorted(unknown.items()):
        click.echo(f"{where[0]}: there is no {named} in docs/requirements.md", err=True)
    if check:
        sys.exit(bool(unknown))
    _report(sentences, proofs)


def _report(sentences: list[Sentence], proofs: dict[str, list[str]]) -> None:
    titles = _titles()
    rules = [sentence for sentence in sentences if sentence.strength == "M"]
    for source, title in titles.items():
        own = [sentence for sentence in rules if sentence.source == source]
        open_ = [sentence for sentence in own if sentence.id not in proofs]
        click.secho(f"\n{source} {title}: {len(own) - len(open_)} of {len(own)} proven", bold=True)
        for sentence in open_:
            click.echo(f"  {sentence.id:<9} {sentence.text}")
    proven = sum(sentence.id in proofs for sentence in rules)
    tests = len({where for places in proofs.values() for where in places})
    click.secho(f"\n{proven} of {len(rules)} sentences proven, by {tests} tests.", bold=True)


def _sentences() -> Iterator[Sentence]:
    for line in (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8").splitlines():
        if found := ROW.match(line):
            yield Sentence(*found.groups())


def _titles() -> dict[str, str]:
    lines = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8").splitlines()
    return {found[1]: found[2] for line in lines if (found := HEADING.match(line))}


def _proofs() -> dict[str, list[str]]:
    """The tests (file:line) that name each sentence in `@pytest.mark.requirement(…)`."""
    proofs: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.requirement"):
                for argument in node.args:
                    proofs[str(ast.literal_eval(argument))].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return proofs


if __name__ == "__main__":
    main()
