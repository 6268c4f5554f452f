"""What the drills count, where it can be looked at without servers."""

from __future__ import annotations

from benchmarks.drills.asking import Answer, Outage, failed
from benchmarks.drills.compare import as_given_back
from core.model import IndexDocument


def test_a_request_is_excused_only_by_an_outage_of_its_own_sort_and_time() -> None:
    outages = [Outage(frozenset({"search"}), 10.0, 20.0)]
    answers = [
        Answer("search", 9.0, 9.9, 200),
        Answer("search", 9.0, 10.5, 503),
        Answer("search", 19.9, 25.0, 0),
        Answer("post", 12.0, 13.0, 503),
        Answer("search", 20.1, 20.2, 503),
    ]
    assert failed(answers, outages) == (answers[3:], 2)


def test_a_document_is_compared_in_the_form_in_which_elasticsearch_answers() -> None:
    document = IndexDocument(
        doc_id="a", doc_type="post", post_id="a", sort_key=7, published_us=7,
        lemmas_kk=("үй",), lemmas_ru=("дом",), facets={"language": ("kk", "ru", "kk")},
    )  # fmt: skip
    assert as_given_back("a", [document]) == [
        {
            "doc_type": "post",
            "doc_id": "a",
            "post_id": "a",
            "sort_key": 7,
            "published_us": 7,
            "documents": 1,
            "facet_language": ["kk", "ru"],
        }
    ]
