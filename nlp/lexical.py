"""The detectors that rest on lexicons, over one compiled reader."""

from __future__ import annotations

from collections.abc import Sequence

from core.lexicon import Lexicon, VotingFacts
from core.ports import Detector
from nlp.ai_disclosure import AiDisclosureDetector
from nlp.disclosure import DisclosureDetector
from nlp.kind import KindDetector
from nlp.phrases import PhraseReader
from nlp.signals import SignalDetector


def lexical_detectors(
    lexicons: Sequence[Lexicon], voting: VotingFacts | None = None
) -> tuple[Detector, ...]:
    """kind, signals, disclosure, ai_disclosure; they come after the detector of names.

    Compiling takes about a second: make them once. Raises InvalidProfile for a pattern that
    cannot be read.
    """
    reader = PhraseReader(lexicons)
    return (
        KindDetector(reader),
        SignalDetector(reader, voting),
        DisclosureDetector(reader),
        AiDisclosureDetector(reader),
    )
