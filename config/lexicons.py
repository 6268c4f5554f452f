"""Reads config/lexicons/*.yml. An error names the file, the key, and what would be right."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import yaml

from core.errors import InvalidProfile
from core.lexicon import ROLES, Lexicon, PatternGroup

LEXICON_DIR = Path(__file__).parent / "lexicons"
_FILE_KEYS = frozenset({"language", "words", "groups"})
_GROUP_KEYS = frozenset({"role", "weight", "patterns", "examples", "near_misses", "note"})
_MAX_WEIGHT = 10.0


def load_lexicons(directory: Path = LEXICON_DIR) -> tuple[Lexicon, ...]:
    """Every lexicon of a directory, by file name.

    Raises InvalidProfile for a file that cannot be read, an unknown key or role, a wrong type, or
    a directory without lexicons.
    """
    files = sorted(directory.glob("*.yml"))
    if not files:
        raise InvalidProfile(str(directory), "a directory with at least one lexicon, *.yml")
    return tuple(load_lexicon(path) for path in files)


def load_lexicon(path: Path) -> Lexicon:
    """One file. Raises InvalidProfile."""
    try:
        raw = path.read_bytes()
        data = yaml.safe_load(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidProfile(str(path), f"a readable YAML file in UTF-8 ({error})") from error
    top = _mapping(data, str(path))
    _only(top, _FILE_KEYS, str(path))
    language = top.get("language")
    if not isinstance(language, str) or not language:
        raise InvalidProfile(f"{path}: language", "a language code, such as kk")
    words = {
        name: _strings(value, f"{path}: words.{name}")
        for name, value in _mapping(top.get("words") or {}, f"{path}: words").items()
    }
    groups = tuple(
        _group(name, value, f"{path}: groups.{name}")
        for name, value in _mapping(top.get("groups") or {}, f"{path}: groups").items()
    )
    return Lexicon(language, words, groups, hashlib.sha256(raw).hexdigest())


def _group(name: str, value: object, where: str) -> PatternGroup:
    data = _mapping(value, where)
    _only(data, _GROUP_KEYS, where)
    role, weight, note = data.get("role"), data.get("weight", 1.0), data.get("note", "")
    if not isinstance(role, str) or role not in ROLES:
        raise InvalidProfile(f"{where}.role", f"one of {', '.join(ROLES)}, not {role!r}")
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise InvalidProfile(f"{where}.weight", f"a number, not {weight!r}")
    if not 0 < weight <= _MAX_WEIGHT:
        raise InvalidProfile(f"{where}.weight", f"above 0, at most {_MAX_WEIGHT:g}, not {weight}")
    if not isinstance(note, str):
        raise InvalidProfile(f"{where}.note", f"a sentence, not {note!r}")
    patterns = _strings(data.get("patterns"), f"{where}.patterns")
    if not patterns:
        raise InvalidProfile(f"{where}.patterns", "at least one pattern")
    return PatternGroup(
        name=name,
        role=role,
        weight=float(weight),
        patterns=patterns,
        examples=_strings(data.get("examples", []), f"{where}.examples"),
        near_misses=_strings(data.get("near_misses", []), f"{where}.near_misses"),
        note=note,
    )


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidProfile(where, "a mapping whose keys are words (quote yes, no and numbers)")
    return value


def _strings(value: object, where: str) -> tuple[str, ...]:
    """A list of words, or one text whose words are separated by spaces (classes are long)."""
    if isinstance(value, str) and ".words." not in where and ": words." not in where:
        raise InvalidProfile(where, f"a list of texts, not {value!r}")
    if isinstance(value, str):
        return tuple(value.split())
    if not isinstance(value, list):
        raise InvalidProfile(where, "a list of texts")
    for number, item in enumerate(value):
        if not isinstance(item, str) or not item.strip():
            raise InvalidProfile(f"{where}[{number}]", f"a text (quote it), not {item!r}")
    return tuple(value)


def _only(data: Mapping[str, object], known: frozenset[str], where: str) -> None:
    for key in data:
        if key not in known:
            raise InvalidProfile(f"{where}: {key}", f"one of {', '.join(sorted(known))}")
