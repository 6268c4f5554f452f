"""Character n-grams beside the network: spellings, endings and noise that word pieces tear apart.

A logistic regression for each signal over hashed n-grams, weighed by tf-idf. It was trained with
both classes weighing the same, so that its log-odds say what the n-grams alone add, and are added
to those of the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidCheckpoint
from core.model import SIGNALS

FILE = "ngrams.npz"
BITS = 16
LONGEST = 5
_FACTOR, _SPREAD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class Ngrams:
    """`idf` [2**BITS], `weights` [2**BITS, 5] and `bias` [5], in the order of SIGNALS."""

    idf: NDArray[np.float16]
    weights: NDArray[np.float16]
    bias: NDArray[np.float32]

    def logits(self, text: str) -> NDArray[np.float32]:
        """What a text's n-grams add to the log-odds of each signal."""
        places, values = weighed(text, self.idf)
        return np.asarray(values @ self.weights[places].astype(np.float32) + self.bias)


def weighed(text: str, idf: NDArray[np.float16]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places of a text's n-grams and their tf-idf, of length 1; empty where none is known."""
    places, counts = counted(text)
    values = ((1 + np.log(counts)) * idf[places]).astype(np.float32)
    return places, values / max(float(np.sqrt(values @ values)), 1e-9)


def counted(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places in the table of a text's n-grams of 2 to LONGEST characters, and how often each is.

    Case and the number of blanks do not matter; both ends count as blanks.
    """
    padded = f" {' '.join(text.lower().split())} "
    letters = np.frombuffer(padded.encode("utf-32-le"), np.uint32).astype(np.uint64)
    state, found = letters, []
    for length in range(2, LONGEST + 1):
        state = (state[:-1] * _FACTOR) ^ letters[length - 1 :]
        spread = state * _SPREAD + np.uint64(length)
        found.append((spread >> np.uint64(64 - BITS)).astype(np.int64))
    return np.unique(np.concatenate(found), return_counts=True)


def read_ngrams(directory: Path) -> Ngrams | None:
    """The n-grams of a checkpoint, where it has any. Raises InvalidCheckpoint."""
    path = directory / FILE
    if not path.is_file():
        return None
    size, signals = 1 << BITS, len(SIGNALS)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            read = Ngrams(arrays["idf"], arrays["weights"], arrays["bias"])
    except Exception as error:  # whatever a damaged archive raises inside numpy and zipfile
        right = f"n-grams as `baqylau model export` writes them ({error}); reinstall the checkpoint"
        raise InvalidCheckpoint(str(path), right) from error
    shapes = [read.idf.shape, read.weights.shape, read.bias.shape]
    if shapes != [(size,), (size, signals), (signals,)]:
        right = f"arrays of {size}, {size} x {signals} and {signals}, got {shapes}"
        raise InvalidCheckpoint(str(path), right)
    return read


def write_ngrams(ngrams: Ngrams, directory: Path) -> None:
    """Write them beside the other files of a checkpoint."""
    np.savez_compressed(directory / FILE, idf=ngrams.idf, weights=ngrams.weights, bias=ngrams.bias)
