"""YAML read with the place of every value, as plain data.

A small YAML: no anchors, tags or second documents, and only `true` and `false` are yes
and no, so that the answer `No` stays a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from sala.engine.catalogue.problems import Finding, Path
from sala.kit.text import Text

LONGEST = 400_000
"""Characters in a declaration; the longest real one has a tenth."""
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value begins: line and column from 1, and how its text is written."""

    line: int
    column: int
    style: str | None = None


@dataclass
class Tree:
    """The data, and the place of each value and key by path."""

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    source: str = ""

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """The place of the value at `path`, or of what it should stand in."""
        found = self.keys.get(path) if of_key else None
        while found is None:
            found = self.values.get(path) or (Place(1, 1) if not path else None)
            path = path[:-1]
        return found

    def inside(self, path: Path, line: int, column: int) -> Place:
        """The place of a line and column within the text at `path`."""
        start = self.place(path)
        if start.style in {"|", ">"}:
            lines = self.source.splitlines()
            at = min(start.line + line, len(lines))
            indent = len(lines[at - 1]) - len(lines[at - 1].lstrip()) if lines else 0
            return Place(at, indent + column)
        quote = 1 if start.style in {"'", '"'} else 0
        return Place(start.line + line - 1, column + (start.column - 1 + quote if line == 1 else 0))


class UnreadableError(Exception):
    """The text is not YAML, or not the YAML that declarations use."""

    def __init__(self, place: Place, message: Text, cure: Text) -> None:
        super().__init__(message.en)
        self.place = place
        self.message = message
        self.cure = cure


def read(source: str | bytes) -> Tree:
    """The tree of a text; raises `UnreadableError`. Keys written twice stand among its findings."""
    text = source if isinstance(source, str) else _decoded(source)
    if len(text) > LONGEST:
        raise UnreadableError(
            Place(1, 1),
            Text(th="ไฟล์ยาวเกินไป", en="The file is too long."),
            Text(th=f"ย่อให้ไม่เกิน {LONGEST:,} ตัวอักษร", en=f"Shorten it to {LONGEST:,} characters."),
        )
    node = _composed(text)
    tree = Tree(source=text)
    if node is not None:
        tree.data = _build(node, (), tree)
    return tree


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        raise UnreadableError(
            Place(before.count(b"\n") + 1, 1),
            Text(th="ไฟล์นี้ไม่ได้บันทึกเป็น UTF-8", en="This file is not saved as UTF-8."),
            Text(th="บันทึกใหม่โดยเลือกการเข้ารหัส UTF-8", en="Save it again with the encoding UTF-8."),
        ) from None


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        raise UnreadableError(place, *_syntax(error.problem or "")) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise UnreadableError(
            place,
            Text(th="มีอักขระควบคุมที่มองไม่เห็น", en="There is a control character, which cannot be seen."),
            Text(th="ลบบรรทัดนี้แล้วพิมพ์ใหม่", en="Delete the line and type it again."),
        ) from None
    except (RecursionError, ValueError):
        raise UnreadableError(Place(1, 1), *_TOO_DEEP) from None


def _syntax(problem: str) -> tuple[Text, Text]:
    if problem == _NO_ALIAS:
        return (
            Text(th="มีการอ้างซ้ำด้วย * ซึ่งใช้ไม่ได้", en="A part is repeated with *, which is not used here."),
            Text(th="เขียนส่วนนั้นซ้ำให้เต็ม", en="Write the part out again."),
        )
    return (
        Text(th=f"อ่านเป็น YAML ไม่ได้: {problem}", en=f"This cannot be read as YAML: {problem}."),
        Text(
            th="ตรวจการย่อหน้าและวงเล็บที่บรรทัดนี้และบรรทัดก่อนหน้า ข้อความที่มี : , ? หรือ # ต้องอยู่ในเครื่องหมายคำพูด",
            en="Check indentation and brackets, here and on the line before; text with : , ? or # in it needs quotes.",
        ),
    )


_TOO_DEEP = (
    Text(th="ซ้อนกันลึกเกินไป", en="This is nested too deeply."),
    Text(th="ตรวจวงเล็บและการย่อหน้า", en="Check the brackets and the indentation."),
)
_NO_ALIAS = "aliases are not used"
_NO_TAG = "a tag with ! is not used here"


def _build(node: yaml.Node, path: Path, tree: Tree) -> Any:
    mark = node.start_mark
    tree.values[path] = Place(mark.line + 1, mark.column + 1, getattr(node, "style", None))
    if len(path) > _DEEPEST:
        raise UnreadableError(tree.values[path], *_TOO_DEEP)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, tree)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), tree) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, tree: Tree) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        place = Place(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in built:
            tree.findings.append(_twice(path, key, place, tree.keys[*path, key]))
            # The second stands under a path of its own, so that its place is known.
            tree.keys[(*path, f"{key} ")] = place
            continue
        tree.keys[*path, key] = place
        built[key] = _build(value_node, (*path, key), tree)
    return built


def _twice(path: Path, key: str, place: Place, first: Place) -> Finding:
    return Finding(
        (*path, f"{key} "),
        Text(
            th=f"“{key}” เขียนไว้สองครั้ง ครั้งแรกที่บรรทัด {first.line}",
            en=f"“{key}” is written twice, first on line {first.line}.",
        ),
        Text(th="ลบออกหนึ่งที่", en="Delete one of the two."),
        of_key=True,
    )


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    kind = node.tag.rpartition(":")[2]
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    return None if kind == "null" else text


class _Loader(yaml.SafeLoader):
    """PyYAML's loader with the plain values of YAML 1.2's core, and without aliases and tags."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, _NO_ALIAS, mark)
        if getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, _NO_TAG, mark)
        return super().compose_node(parent, index)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^[-+]?[0-9]{1,18}$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]{1,18}\.[0-9]{1,18}$"), list("-+0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
