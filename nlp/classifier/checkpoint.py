"""Where a checkpoint lies and what is in it: a directory in the layout of Hugging Face.

`config.json` (with `id2label`, and under `baqylau` the calibration), `tokenizer.json`, and
`model.onnx` with `model.onnx.data` and `tokenizer_config.json` (which says what stands before a
text), and `ngrams.npz` where n-grams stand beside the network; or weights that torch can run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InvalidCheckpoint
from core.model import KINDS
from nlp.classifier.ngrams import FILE

SHIPPED = Path(__file__).parent.parent / "models" / "campaigning"
_WEIGHTS = ("model.onnx", "model.safetensors", "pytorch_model.bin")
_MEND = "reinstall the package, or name another checkpoint with BAQYLAU_CLASSIFIER"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint on this machine. `version` changes with any byte of it."""

    directory: Path
    config: dict[str, Any]
    version: str

    @property
    def onnx(self) -> Path | None:
        """The ONNX file, where there is one."""
        path = self.directory / "model.onnx"
        return path if path.is_file() else None


def find_checkpoint(name: str = "") -> Checkpoint:
    """The shipped checkpoint, a directory, or a name on a hub, which is fetched.

    Raises InvalidCheckpoint that says which file is missing or damaged, and what to do.
    """
    directory = SHIPPED if not name else Path(name)
    if not directory.is_dir():
        directory = _fetched(name) if name else directory
    config = _config(directory)
    weights = [directory / file for file in _WEIGHTS if (directory / file).is_file()]
    if not weights:
        raise InvalidCheckpoint(str(directory), f"one of {', '.join(_WEIGHTS)} in it; {_MEND}")
    ours = ["model.onnx.data", "tokenizer_config.json"] if weights[0].name == "model.onnx" else []
    needed = ["tokenizer.json", *ours]
    for file in needed:
        if not (directory / file).is_file():
            raise InvalidCheckpoint(str(directory / file), f"a file; {_MEND}")
    beside = [FILE] if (directory / FILE).is_file() else []
    return Checkpoint(directory, config, _version(directory, [*needed, weights[0].name, *beside]))


def _fetched(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (only for names on a hub)

    try:
        return Path(snapshot_download(name))
    except Exception as error:
        right = f"a directory, or a name on a hub that can be reached ({error})"
        raise InvalidCheckpoint(f"BAQYLAU_CLASSIFIER={name}", right) from error


def _config(directory: Path) -> dict[str, Any]:
    path = directory / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidCheckpoint(
            str(path), f"the configuration of a checkpoint ({error}); {_MEND}"
        ) from error
    labels = config.get("id2label", {}) if isinstance(config, dict) else {}
    if sorted(labels.values()) != sorted(KINDS):
        raise InvalidCheckpoint(f"{path}: id2label", f"the kinds {', '.join(KINDS)}")
    return dict(config)


def _version(directory: Path, files: Sequence[str]) -> str:
    """The first 12 hex digits of a SHA-256 over what answers depend on."""
    summed = hashlib.sha256()
    for name in ("config.json", *files):
        with (directory / name).open("rb") as file:
            summed.update(hashlib.file_digest(file, "sha256").digest())
    return summed.hexdigest()[:12]
