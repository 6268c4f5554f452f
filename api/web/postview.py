"""What the page of a post adds to the shape of the API: marks, their legend, edits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.context import Context
from api.web.marks import Mark, Piece, pieces, span_marks
from api.web.tongue import Tongue
from api.words import facet_label

# Annotations worth marking in the text; language and the like are in the table.
MARKED = ("signal", "candidate", "party", "against_all", "disclosure", "ai_disclosure")


def law_marks(post: Mapping[str, Any], context: Context, tongue: Tongue) -> list[Mark]:
    """The spans of current findings on the newest text, and of what detectors read in it."""
    newest = post["revisions"][-1]["number"]
    marks: list[Mark] = []
    for flag in post["flags"]:
        if flag["revision"] == newest and flag["verdict"] != "cleared":
            marks += span_marks(flag["spans"], flag["verdict"], tongue.label("rule", flag["rule"]))
    for one in post["annotations"]:
        if one["label"] in MARKED:
            says = f"{tongue.label('label', one['label'])}: {reading(one, context, tongue)}"
            marks += span_marks(one["spans"], one["label"], says)
    return marks


def read_to(post: Mapping[str, Any]) -> int | None:
    """Where the classifier stopped reading the newest text, where that is before its end."""
    kinds = (one["data"] for one in post["annotations"] if one["label"] == "kind")
    return next((data["read_to"] for data in kinds if "read_to" in data), None)


def legend(marks: Sequence[Mark]) -> list[str]:
    """The looks in use, each once, in the order in which they first stand in the text."""
    return list(dict.fromkeys(mark.look for mark in sorted(marks, key=lambda one: one.start)))


def revision_views(post: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[Piece]]]:
    """Revisions, newest first, the words that an edit added marked in them."""
    return [
        (one, pieces(one["text"], span_marks(one["act"]["added"] or (), "added")))
        for one in reversed(post["revisions"])
    ]


def reading(annotation: Mapping[str, Any], context: Context, tongue: Tongue) -> str:
    """What the value of an annotation, or of a facet given as one, is called."""
    label, value = annotation["label"], annotation["value"]
    if label == "against_all":
        return tongue.t("label.against_all")
    # Words of a lexicon stand under the decision that they support.
    label = annotation.get("data", {}).get("supports", label)
    found = facet_label(label, value, context.election, context.words, {})
    return found.in_language(tongue.code)
