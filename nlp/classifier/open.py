"""The model that a setting names."""

from __future__ import annotations

from nlp.classifier.checkpoint import find_checkpoint
from nlp.classifier.model import OnnxModel, TextModel


def open_model(name: str = "") -> TextModel:
    """The shipped model, or a checkpoint by directory or name on a hub. Raises InvalidCheckpoint.

    A checkpoint without an ONNX file is run by torch, where that is installed.
    """
    checkpoint = find_checkpoint(name)
    if checkpoint.onnx is not None:
        return OnnxModel(checkpoint)
    from nlp.classifier.plain import PlainModel  # noqa: PLC0415 (torch is no dependency of ours)

    return PlainModel(checkpoint)
