"""Strict YAML: a key twice is an error, every value knows its line, nothing is guessed.

PyYAML follows YAML 1.1, where `NO` is false, `7:30` is 450 and 2023-02-18T18:00:00+05:00 is
turned into UTC. Here only null, true, false and decimal numbers are more than text.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from config.problems import KeyPath, Problems
from core.errors import InvalidInput

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
# Anchors inside anchors can name more values than there are atoms; no honest file comes near.
MAX_VALUES = 200_000


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader with the scalars of the YAML 1.2 core schema only."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789")
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


@dataclass
class YamlFile:
    """A file as data, and the line (from 1) of each key path in it."""

    path: Path
    data: Value
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int | None:
        """The line of `path`, or of the nearest key above it that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_yaml(path: Path, error: type[InvalidInput]) -> YamlFile:
    """The file, or `error` naming what is wrong: not there, not UTF-8, not YAML, a key twice."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise error(f"{path}", f"text in UTF-8; byte {problem.start} is not") from problem
    except OSError as problem:
        raise error(f"{path}", f"a file that can be read ({problem.strerror})") from problem
    problems = Problems(path, error)
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        reading = _Reading(loader, problems)
        data = reading.value(node, ()) if node is not None else None
    except yaml.YAMLError as problem:
        raise _not_yaml(path, error, problem) from problem
    except RecursionError as problem:
        raise error(f"{path}", "YAML that is not nested hundreds of levels deep") from problem
    problems.raise_if_any()
    return YamlFile(path, data, reading.lines)


def _not_yaml(path: Path, error: type[InvalidInput], problem: yaml.YAMLError) -> InvalidInput:
    mark = getattr(problem, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark else f"{path}"
    said = getattr(problem, "problem", None) or str(problem)
    return error(where, f"well-formed YAML ({said})")


class _Reading:
    """Nodes to values, with the line of each."""

    def __init__(self, loader: _PlainLoader, problems: Problems) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._loader = loader
        self._problems = problems
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Value:
        self._count += 1
        if id(node) in self._open:
            raise yaml.MarkedYAMLError(
                problem="an alias inside itself", problem_mark=node.start_mark
            )
        if self._count > MAX_VALUES:
            raise yaml.MarkedYAMLError(
                problem=f"more than {MAX_VALUES} values", problem_mark=node.start_mark
            )
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._open.add(id(node))
        try:
            return self._inside(node, path)
        finally:
            self._open.discard(id(node))

    def _inside(self, node: yaml.Node, path: KeyPath) -> Value:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        scalar = self._loader.construct_object(node)
        if scalar is None or isinstance(scalar, str | int | float | bool):
            return scalar
        raise yaml.MarkedYAMLError(
            problem=f"a value of kind {node.tag} is not used here", problem_mark=node.start_mark
        )

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Value]:
        own: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged.update(self._merged(value_node, path))
                continue
            key = self._key(key_node)
            line = key_node.start_mark.line + 1
            if key in own:
                self._problems.add(
                    ".".join(map(str, (*path, key))), "written once; it stands here again", line
                )
            self.lines[(*path, key)] = line
            own[key] = self.value(value_node, (*path, key))
        return {**merged, **own}

    def _merged(self, node: yaml.Node, path: KeyPath) -> dict[str, Value]:
        value = self.value(node, path)
        if not isinstance(value, dict):
            raise yaml.MarkedYAMLError(problem="<< takes a mapping", problem_mark=node.start_mark)
        return value

    def _key(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode) and isinstance(node.value, Hashable):
            return str(node.value)
        raise yaml.MarkedYAMLError(problem="a key is a word", problem_mark=node.start_mark)
