"""Election profiles and sources, from files: what is wrong is named with file, line and key.

election = load_election("kz-maslikhat-2023")
sources = load_sources("kz", election)
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from config.fields import note_errors
from config.problems import Problems, choice_hint
from config.profile import build_election
from config.profile_checks import check_profile
from config.profile_schema import RawElection
from config.register import read_register
from config.sources_file import load_sources
from config.yaml_file import read_yaml
from core.election import Candidate, Election
from core.errors import InvalidProfile

__all__ = ["NO_REGISTER", "available_elections", "load_election", "load_sources"]

NO_REGISTER = "none"


def available_elections(directories: Sequence[Path] = ()) -> dict[str, Path]:
    """Profile files by id: those of `directories`, then those that come with the product.

    Where an id is there twice, the earlier directory wins.
    """
    found: dict[str, Path] = {}
    for directory in (*directories, _shipped()):
        for file in sorted(directory.glob("*.yml")):
            found.setdefault(file.stem, file)
    return found


def load_election(
    id_or_path: str | Path, *, directories: Sequence[Path] = (), register: str | Path = ""
) -> Election:
    """The election of a profile, with its register of candidates.

    `id_or_path` is an id of `available_elections(directories)` or a path to a .yml file.
    `register` is a CSV file read in place of the profile's own; "none" loads nobody. Raises
    InvalidProfile; its message names every problem of a file with line and key.
    """
    path = _find(id_or_path, directories)
    raw = _read_profile(path)
    if not _is_path(id_or_path) and raw.id != id_or_path:
        raise InvalidProfile(f"{path}: id", f"{id_or_path}, as the file is called; got {raw.id}")
    return build_election(raw, _people(raw, path, register))


def _shipped() -> Path:
    return Path(str(files("config"))) / "elections"


def _is_path(id_or_path: str | Path) -> bool:
    text = str(id_or_path)
    return isinstance(id_or_path, Path) or text.endswith((".yml", ".yaml")) or "/" in text


def _find(id_or_path: str | Path, directories: Sequence[Path]) -> Path:
    if _is_path(id_or_path):
        return Path(id_or_path)
    text = str(id_or_path)
    known = available_elections(directories)
    if text not in known:
        expected = f"an election id, {choice_hint(text, sorted(known))}, or a path to a .yml file"
        raise InvalidProfile(repr(text), expected)
    return known[text]


def _read_profile(path: Path) -> RawElection:
    file = read_yaml(path, InvalidProfile)
    problems = Problems(path, InvalidProfile)
    if not isinstance(file.data, dict):
        raise InvalidProfile(str(path), "an election profile: id, country, names, regions, ...")
    try:
        raw = RawElection.model_validate(file.data)
    except ValidationError as error:
        note_errors(error, RawElection, file, problems)
        problems.raise_if_any()
        raise
    check_profile(raw, file, problems)
    problems.raise_if_any()
    return raw


def _people(raw: RawElection, path: Path, register: str | Path) -> dict[str, Candidate]:
    if str(register) == NO_REGISTER:
        return {}
    if str(register):
        return read_register(Path(register), raw)
    if not raw.register_file:
        return {}
    own = path.parent / raw.register_file
    if not own.is_file():
        raise InvalidProfile(f"{path}: register", f"a CSV file beside the profile; {own} is none")
    return read_register(own, raw)
