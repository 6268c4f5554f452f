"""The nouns as JSON and back, read off their own annotations: a field added there is stored here.

Fields that have their default are left out, so a default, once stored, may not change.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

from core.identity import Json
from core.when import When, format_when, from_micros, micros, parse_when

T = TypeVar("T")
Turn = Callable[[Any], Any]
# Lists show the same few posts over and over. A page of 50 has about 250 texts, so these are eight
# pages; full, of posts of 40 words, it took 3.6 MB. Longer texts are read each time.
KEPT, LONGEST_KEPT = 2_048, 3_000
_WHEN_TYPES = frozenset(typing.get_args(When))


def to_json(noun: Any) -> dict[str, Json]:
    """A frozen dataclass of core.model as a JSON object."""
    return cast(dict[str, Json], _encoder(cast(Hashable, type(noun)))(noun))


def from_json(kind: type[T], value: Mapping[str, Any]) -> T:
    """The noun that `to_json` made this of."""
    return cast(T, _decoder(cast(Hashable, kind))(value))


def from_text(kind: Any, text: str) -> Any:
    """What `to_json` made the JSON in `text` of; nobody changes it, for it may be given again.

    It depends on the text alone, so what is kept is never out of date.
    """
    return _from_text(kind, text) if len(text) <= LONGEST_KEPT else _read(kind, text)


def _read(kind: Any, text: str) -> Any:
    return _decoder(cast(Hashable, kind))(json.loads(text))


_from_text = lru_cache(maxsize=KEPT)(_read)


def _fields(kind: type) -> list[tuple[dataclasses.Field[Any], Any]]:
    hints = typing.get_type_hints(kind)
    return [(field, hints[field.name]) for field in dataclasses.fields(kind)]


@cache
def _encoder(kind: Any) -> Turn:
    """How a value annotated as `kind` becomes JSON."""
    if dataclasses.is_dataclass(kind):
        return _object_encoder(cast(type, kind))
    return _leaf(kind, encode=True)


@cache
def _decoder(kind: Any) -> Turn:
    """How JSON becomes a value annotated as `kind`."""
    if dataclasses.is_dataclass(kind):
        return _object_decoder(cast(type, kind))
    return _leaf(kind, encode=False)


def _object_encoder(kind: type) -> Turn:
    parts = [(field.name, _default(field), _encoder(hint)) for field, hint in _fields(kind)]
    plain = [(name, usual) for name, usual, turn in parts if turn is _same]
    turned = [part for part in parts if part[2] is not _same]

    def encode(noun: Any) -> dict[str, Json]:
        # Most of a save's time here goes by in this: no call where a value stays as it is.
        made: dict[str, Json] = {}
        for name, usual in plain:
            if (value := getattr(noun, name)) != usual:
                made[name] = value
        for name, usual, turn in turned:
            if (value := getattr(noun, name)) != usual:
                made[name] = turn(value)
        return made

    return encode


def _object_decoder(kind: type) -> Turn:
    turns = {field.name: _decoder(hint) for field, hint in _fields(kind)}

    def decode(value: Mapping[str, Any]) -> Any:
        return kind(**{name: turns[name](part) for name, part in value.items() if name in turns})

    return decode


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default  # MISSING equals nothing, so a required field is always written


def _leaf(kind: Any, *, encode: bool) -> Turn:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return _union(arguments, encode=encode)
    if origin is tuple:
        return _tuple(arguments, encode=encode)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments[1], encode=encode)
    if kind is datetime:
        return micros if encode else from_micros
    if kind is date:
        return date.isoformat if encode else date.fromisoformat
    return _same


def _union(arguments: Sequence[Any], *, encode: bool) -> Turn:
    kinds = [one for one in arguments if one is not type(None)]
    if _WHEN_TYPES.issuperset(kinds):
        turn: Turn = format_when if encode else parse_when
    elif len(kinds) == 1:
        turn = _encoder(kinds[0]) if encode else _decoder(kinds[0])
    else:
        turn = _same  # Json itself
    return lambda value: None if value is None else turn(value)


def _tuple(arguments: Sequence[Any], *, encode: bool) -> Turn:
    turn = _encoder if encode else _decoder
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        each = turn(arguments[0])
        if encode:
            return lambda value: [each(part) for part in value]
        return lambda value: tuple(each(part) for part in value)
    turns = [turn(one) for one in arguments]
    made: type = list if encode else tuple
    return lambda value: made(each(part) for each, part in zip(turns, value, strict=True))


def _mapping(values: Any, *, encode: bool) -> Turn:
    turn = _encoder(values) if encode else _decoder(values)
    return lambda value: {key: turn(part) for key, part in value.items()}


def _same(value: Any) -> Any:
    return value
