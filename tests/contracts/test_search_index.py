"""Every promise of the SearchIndex port, against every backend."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from index_backends import BACKENDS, Place, document

from core.errors import InvalidInput, InvalidQuery, StoreError, StoreUnavailable
from core.model import FACETS, IndexDocument
from core.ports import SearchIndex
from core.query import And, FieldIs, Node, Not, Or, Phrase, SearchRequest, Word


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    place = Place(request.param, tmp_path)
    place.prepare()
    yield place
    place.remove()


@pytest.fixture
def index(place: Place) -> Iterator[SearchIndex]:
    opened = place.open(writable=True)
    yield opened
    opened.close()


def fill(index: SearchIndex, *documents: IndexDocument, version: int = 1) -> None:
    by_post: dict[str, list[IndexDocument]] = {}
    for entry in documents:
        by_post.setdefault(entry.post_id, []).append(entry)
    for post_id, entries in by_post.items():
        assert index.put(post_id, version, entries)
    index.commit()


def ids(index: SearchIndex, node: Node | None = None, **request: Any) -> list[str]:
    page = index.search(SearchRequest(node=node, **request))
    return [hit.doc_id for hit in page.hits]


def word(text: str) -> Word:
    return Word(text, text, text)


def phrase(text: str) -> Phrase:
    return Phrase(tuple(word(part) for part in text.split()))


# --- put and commit ------------------------------------------------------------------------------


def test_what_was_put_is_found_after_commit_and_not_before(index: SearchIndex) -> None:
    assert index.put("a", 1, [document("a")])
    assert ids(index) == []
    index.commit()
    assert ids(index) == ["a"]


def test_a_hit_names_document_post_and_sort_key(index: SearchIndex) -> None:
    fill(index, document("flag1", post_id="a", doc_type="flag", order=1 << 62))
    hit = index.search(SearchRequest(doc_type="flag")).hits[0]
    assert (hit.doc_id, hit.post_id, hit.sort_key) == ("flag1", "a", 1 << 62)


def test_a_newer_version_replaces_all_documents_of_the_post(index: SearchIndex) -> None:
    fill(index, document("a", "old"), document("f1", "old", post_id="a", doc_type="flag"))
    fill(
        index, document("a", "new"), document("f2", "new", post_id="a", doc_type="flag"), version=2
    )
    assert ids(index, word("old")) == ids(index, word("old"), doc_type="flag") == []
    assert ids(index) == ["a"]
    assert ids(index, doc_type="flag") == ["f2"]


@pytest.mark.parametrize("late", [1, 2])
def test_an_older_or_equal_version_is_ignored_before_commit_after_it_and_after_reopening(
    place: Place, late: int
) -> None:
    index = place.open(writable=True)
    assert index.put("a", 2, [document("a", "new")])
    assert not index.put("a", late, [document("a", "old")])
    index.commit()
    assert not index.put("a", late, [document("a", "old")])
    index.commit()
    index.close()
    index = place.open(writable=True)
    assert not index.put("a", late, [document("a", "old")])
    index.commit()
    assert ids(index, word("new")) == ["a"]
    assert ids(index, word("old")) == []
    index.close()


def test_what_is_expected_is_put_as_it_would_be_unexpected(index: SearchIndex) -> None:
    index.put("a", 2, [document("a", "су")])
    index.commit()
    index.expect(["a", "b", "a"])
    assert not index.put("a", 2, [document("a", "жер")])
    assert index.put("b", 1, [document("b", "су")])
    assert index.put("a", 3, [document("a", "от")])
    index.commit()
    index.expect([])
    assert {hit.doc_id for hit in index.search(SearchRequest()).hits} == {"a", "b"}


def test_of_two_versions_in_one_commit_the_newer_stays(index: SearchIndex) -> None:
    assert index.put("a", 1, [document("a", "old")])
    assert index.put("a", 2, [document("a", "new")])
    index.commit()
    assert ids(index, word("old")) == []
    assert ids(index, word("new")) == ["a"]


def test_no_documents_remove_the_post_and_a_late_put_does_not_bring_it_back(place: Place) -> None:
    index = place.open(writable=True)
    fill(index, document("a"), document("b"))
    assert index.put("a", 3, [])
    assert not index.put("a", 2, [document("a")])
    index.commit()
    assert not index.put("a", 2, [document("a")])
    assert ids(index) == ["b"]
    assert index.search(SearchRequest(node=Not(word("x")))).total == 1
    assert index.put("a", 4, [document("a")])
    index.commit()
    assert set(ids(index)) == {"a", "b"}
    index.close()


def test_a_document_of_another_post_or_with_an_unknown_facet_is_refused_and_nothing_written(
    index: SearchIndex,
) -> None:
    with pytest.raises(InvalidInput, match="post_id a"):
        index.put("a", 1, [document("b")])
    with pytest.raises(InvalidInput, match="colour"):
        index.put("a", 1, [replace(document("a"), facets={"colour": ("red",)})])
    assert index.put("a", 1, [document("a")])
    index.commit()
    assert ids(index) == ["a"]


def test_a_put_that_fails_halfway_leaves_nothing_of_its_post(index: SearchIndex) -> None:
    good, bad = document("a"), document("a2", post_id="a", order=1 << 70)
    with pytest.raises((StoreError, InvalidInput)):
        index.put("a", 1, [good, bad])
    index.put("b", 1, [document("b")])
    index.commit()
    assert ids(index) == ["b"]


def test_committing_nothing_is_allowed(index: SearchIndex) -> None:
    index.commit()
    index.commit()
    assert ids(index) == []


# --- words and trees -----------------------------------------------------------------------------


def test_a_word_matches_by_its_kazakh_or_by_its_russian_lemma(index: SearchIndex) -> None:
    fill(
        index,
        document("kazakh", kazakh=["бал"], russian=["балы"], order=2),
        document("russian", kazakh=["балға"], russian=["бал"], order=1),
    )
    assert ids(index, Word("бал", kk="бал", ru="бал")) == ["kazakh", "russian"]
    assert ids(index, Word("бал", kk="бал", ru="-")) == ["kazakh"]
    assert ids(index, Word("бал", kk="-", ru="бал")) == ["russian"]


def test_a_word_does_not_match_part_of_a_token_or_another_case(index: SearchIndex) -> None:
    fill(index, document("a", "сайлау"))
    assert ids(index, word("сайла")) == ids(index, word("Сайлау")) == []


def test_a_phrase_needs_adjacent_tokens_in_order(index: SearchIndex) -> None:
    fill(index, document("a", "x y z"), document("b", "y x z"), document("c", "x z y"))
    assert ids(index, phrase("x y")) == ["a"]
    assert ids(index, phrase("x y z")) == ["a"]
    assert ids(index, phrase("y")) == ids(index, word("y"), limit=50)
    assert ids(index, phrase("x y x")) == []


def test_a_phrase_with_a_repeated_word_counts_positions(index: SearchIndex) -> None:
    fill(index, document("once", "x y"), document("twice", "x x y"))
    assert ids(index, phrase("x x")) == ["twice"]


def test_a_phrase_stays_within_one_language(index: SearchIndex) -> None:
    fill(index, document("a", kazakh=["one", "two"], russian=["eins", "zwei"]))
    mixed = Phrase((Word("", kk="one", ru="x"), Word("", kk="x", ru="zwei")))
    whole = Phrase((Word("", kk="x", ru="eins"), Word("", kk="x", ru="zwei")))
    assert ids(index, mixed) == []
    assert ids(index, whole) == ["a"]


def test_nothing_matches_a_negation_but_what_lacks_it_alone_and_within(index: SearchIndex) -> None:
    fill(index, document("a", "x", order=3), document("b", "y", order=2), document("c", order=1))
    assert ids(index, Not(word("x"))) == ["b", "c"]
    assert ids(index, Not(Not(word("x")))) == ["a"]
    assert ids(index, Or((word("x"), Not(word("y"))))) == ["a", "c"]
    assert ids(index, And((Not(word("x")), Not(word("y"))))) == ["c"]


def test_a_field_matches_whole_values_by_code_point(index: SearchIndex) -> None:
    fill(
        index,
        document("a", party=["Ақ жол"], order=3),
        document("b", party=["Ақ", "жол"], order=2),
        document("c", party=["ақ жол"], order=1),
    )
    assert ids(index, FieldIs("party", "Ақ жол")) == ["a"]
    assert ids(index, FieldIs("party", "Ақ")) == ["b"]


ODD = [
    "a b", "a\tb", "a\u00a0b", "a\u2003b", "%", "%20", "a%20b", "a%", "", "x" * 199, "x" * 201,
    "x" * 201 + "y", "ы" * 40_000, "a\nb", "-", ":", '"', "Ё", "İ", "\U0001f525", "a\0b", "NOT",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_a_lemma_of_any_characters_stays_one_token_and_is_found_again(
    index: SearchIndex, odd: str
) -> None:
    lemmas = ["before", odd, "after"]
    fill(index, document("a", kazakh=lemmas, russian=lemmas), document("b", "before a b after"))
    assert ids(index, word(odd)) == ["a"]
    assert ids(index, Phrase((word("before"), word(odd), word("after")))) == ["a"]


def test_no_two_odd_lemmas_are_taken_for_each_other(index: SearchIndex) -> None:
    different = [odd for odd in ODD if odd != "a\0b"]
    fill(
        index, *(document(f"d{n}", kazakh=[odd], russian=[odd]) for n, odd in enumerate(different))
    )
    for number, odd in enumerate(different):
        assert ids(index, word(odd)) == [f"d{number}"]


def test_a_document_without_a_single_token_is_there(index: SearchIndex) -> None:
    fill(index, document("a"))
    assert ids(index) == ["a"]
    assert ids(index, word("a")) == []


@pytest.mark.parametrize("value", ["a b", "", "\ud800", "a\0b", "ұ" * 5_000, "rule:x", "(", "İ"])
def test_no_value_breaks_a_search(index: SearchIndex, value: str) -> None:
    fill(index, document("a", "x", rule=["poll_ban"]))
    assert ids(index, FieldIs("rule", value)) == []
    assert ids(index, filters={"rule": (value,)}) == []
    assert ids(index, word(value)) == []
    assert ids(index, Phrase((word("x"), word(value)))) == []


# --- filters and times ---------------------------------------------------------------------------


def test_filters_take_any_value_of_a_name_and_all_names_together(index: SearchIndex) -> None:
    fill(
        index,
        document("a", region=["KZ-10"], language=["kk"], order=3),
        document("b", region=["KZ-11"], language=["kk"], order=2),
        document("c", region=["KZ-11", "KZ-15"], language=["ru"], order=1),
    )
    assert ids(index, filters={"region": ("KZ-10", "KZ-11")}) == ["a", "b", "c"]
    assert ids(index, filters={"region": ("KZ-11",), "language": ("kk",)}) == ["b"]
    assert ids(index, filters={"region": ("KZ-15",)}) == ["c"]
    assert ids(index, filters={"region": ("KZ-99",)}) == []
    assert ids(index, filters={"region": ()}) == ["a", "b", "c"]


def test_posts_and_flags_are_never_mixed(index: SearchIndex) -> None:
    fill(index, document("a", "x"), document("f", "x", post_id="a", doc_type="flag", rule=["r"]))
    assert ids(index, word("x")) == ["a"]
    assert ids(index, word("x"), doc_type="flag") == ["f"]
    assert index.search(SearchRequest(facets=("rule",))).facets == {"rule": ()}
    assert index.count_by(SearchRequest(doc_type="flag"), ["rule"]) == {("r",): 1}


def test_times_are_half_open(index: SearchIndex) -> None:
    fill(index, *(document(f"t{at}", at=at, order=at + 5) for at in (-1, 0, 1, 2)))
    assert ids(index, since_us=0) == ["t2", "t1", "t0"]
    assert ids(index, until_us=2) == ["t1", "t0", "t-1"]
    assert ids(index, since_us=0, until_us=2) == ["t1", "t0"]
    assert ids(index, since_us=1, until_us=1) == []
    assert ids(index, since_us=2, until_us=0) == []


@pytest.mark.parametrize(("since", "until", "found"), [
    (-(1 << 80), 1 << 80, True), (1 << 63, None, False), (None, -(1 << 63), False),
    (-(1 << 63), (1 << 63) - 1, True),
])  # fmt: skip
def test_times_beyond_any_number_an_index_holds(
    index: SearchIndex, since: int | None, until: int | None, found: bool
) -> None:
    fill(index, document("a", at=5))
    assert ids(index, since_us=since, until_us=until) == (["a"] if found else [])


# --- pages ---------------------------------------------------------------------------------------


def test_hits_come_by_sort_key_descending_across_many_commits(index: SearchIndex) -> None:
    orders = random.Random(7).sample(range(1 << 62), 60)
    for order in orders:
        fill(index, document(f"d{order}", order=order))
    assert ids(index, limit=60) == [f"d{order}" for order in sorted(orders, reverse=True)]


def test_the_last_page_says_so_and_a_full_one_says_where_to_go_on(index: SearchIndex) -> None:
    fill(index, *(document(f"d{n}", order=n) for n in range(4)))
    first = index.search(SearchRequest(limit=2))
    assert [hit.sort_key for hit in first.hits] == [3, 2]
    assert first.next_before == 2
    last = index.search(SearchRequest(limit=2, before=2))
    assert [hit.sort_key for hit in last.hits] == [1, 0]
    assert last.next_before is None


def test_total_and_facets_set_the_cursor_aside(index: SearchIndex) -> None:
    fill(index, *(document(f"d{n}", order=n, gone=["no"]) for n in range(5)))
    page = index.search(SearchRequest(limit=2, before=2, facets=("gone",)))
    assert [hit.sort_key for hit in page.hits] == [1, 0]
    assert page.total == 5
    assert page.facets == {"gone": (("no", 5),)}


@pytest.mark.parametrize(("before", "found"), [
    (0, 0), (-(1 << 70), 0), (1 << 70, 3), ((1 << 63) - 1, 3), (2, 2),
])  # fmt: skip
def test_a_cursor_may_be_any_number(index: SearchIndex, before: int, found: int) -> None:
    fill(index, *(document(f"d{n}", order=n) for n in range(3)))
    assert len(ids(index, before=before)) == found


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_still_counts(index: SearchIndex, limit: int) -> None:
    fill(index, document("a", gone=["no"]))
    page = index.search(SearchRequest(limit=limit, facets=("gone",)))
    assert (page.hits, page.total, page.next_before) == ((), 1, None)
    assert page.facets == {"gone": (("no", 1),)}


def test_a_limit_beyond_everything_gives_everything(index: SearchIndex) -> None:
    fill(index, document("a"), document("b"))
    assert len(ids(index, limit=10**12)) == 2


def test_following_cursors_to_the_end_neither_repeats_nor_misses_while_posts_arrive(
    index: SearchIndex,
) -> None:
    """Arrivals are newer, as on a real day, or older than the cursor and then still to come."""
    fill(index, *(document(f"d{n}", order=n * 10) for n in range(200)))
    seen: list[int] = []
    late: list[int] = []
    before: int | None = None
    while True:
        page = index.search(SearchRequest(limit=7, before=before))
        seen += [hit.sort_key for hit in page.hits]
        if page.next_before is None:
            break
        before = page.next_before
        fill(index, document(f"new{before}", order=5_000 + before))
        late.append(before - 3)
        fill(index, document(f"late{before}", order=before - 3))
        index.put("d3", 2 + len(seen), [document("d3", "changed", order=30)])
    assert all(earlier > later for earlier, later in pairwise(seen))
    assert set(seen) == {n * 10 for n in range(200)} | set(late)


# --- facets --------------------------------------------------------------------------------------


def test_facets_come_by_count_then_code_point_and_end_at_facet_size(index: SearchIndex) -> None:
    values = ["б", "a", "B", "Ә", "zz", "🔥", "\uffff"]
    fill(
        index,
        *(document(f"{v}{n}", source=[v]) for v in values for n in range(3)),
        document("top1", source=["zz"]),
    )
    page = index.search(SearchRequest(facets=("source",)))
    tied = sorted(v for v in values if v != "zz")
    assert page.facets == {"source": (("zz", 4), *((v, 3) for v in tied))}
    cut = index.search(SearchRequest(facets=("source",), facet_size=3))
    assert cut.facets["source"] == page.facets["source"][:3]
    assert index.search(SearchRequest(facets=("source",), facet_size=0)).facets == {"source": ()}


def test_rare_values_spread_over_many_commits_are_counted_exactly(index: SearchIndex) -> None:
    """A top ten per segment would miss the one value that is eleventh in each of them."""
    for batch in range(6):
        fill(index, *(
            document(f"{batch}-{n}", source=[f"only{batch}-{n // 3}" if n < 90 else "everywhere"])
            for n in range(92)
        ))  # fmt: skip
    page = index.search(SearchRequest(facets=("source",), facet_size=2))
    assert page.facets["source"] == (("everywhere", 12), ("only0-0", 3))


def test_a_document_counts_once_under_each_of_its_values(index: SearchIndex) -> None:
    fill(index, document("a", region=["x", "y", "x"]), document("b", region=["y"]), document("c"))
    page = index.search(SearchRequest(facets=("region",)))
    assert page.facets == {"region": (("y", 2), ("x", 1))}


def test_facets_apply_every_filter_their_own_included(index: SearchIndex) -> None:
    fill(
        index,
        document("a", "x", region=["r1"], role=["media"], at=5),
        document("b", "x", region=["r2"], role=["media"], at=5),
        document("c", "y", region=["r1"], role=["media"], at=5),
        document("d", "x", region=["r1"], role=["party"], at=50),
    )
    page = index.search(SearchRequest(
        node=word("x"), filters={"region": ("r1",)}, until_us=10, facets=("region", "role"),
    ))  # fmt: skip
    assert page.facets == {"region": (("r1", 1),), "role": (("media", 1),)}


def test_facets_come_in_the_order_asked_and_only_those(index: SearchIndex) -> None:
    fill(index, document("a", role=["media"], gone=["no"]))
    assert list(index.search(SearchRequest(facets=("role", "gone"))).facets) == ["role", "gone"]
    assert index.search(SearchRequest()).facets == {}


def test_every_facet_name_can_be_counted_filtered_and_asked_for(index: SearchIndex) -> None:
    facets: dict[str, Any] = {name: [f"{name} value"] for name in FACETS}
    fill(index, document("a", **facets), document("b"))
    page = index.search(SearchRequest(facets=FACETS))
    assert page.facets == {name: ((f"{name} value", 1),) for name in FACETS}
    for name in FACETS:
        assert ids(index, filters={name: (f"{name} value",)}) == ["a"]
        assert ids(index, FieldIs(name, f"{name} value")) == ["a"]


@pytest.mark.parametrize("request_", [
    SearchRequest(facets=("colour",)),
    SearchRequest(filters={"colour": ("red",)}),
    SearchRequest(filters={"doc_type": ("post",)}),
    SearchRequest(node=FieldIs("colour", "red")),
    SearchRequest(node=Not(Or((word("a"), FieldIs("sort_key", "1"))))),
    SearchRequest(doc_type="removed"),  # type: ignore[arg-type]
])  # fmt: skip
def test_an_unknown_name_is_an_invalid_query(index: SearchIndex, request_: SearchRequest) -> None:
    with pytest.raises(InvalidQuery):
        index.search(request_)
    if not request_.facets:
        with pytest.raises(InvalidQuery):
            index.count_by(request_, ["rule"])


# --- count_by ------------------------------------------------------------------------------------


def test_count_by_counts_each_combination_and_leaves_out_what_lacks_one(index: SearchIndex) -> None:
    fill(
        index,
        document("a", local_day=["2023-03-18"], region=["r1", "r2"]),
        document("b", local_day=["2023-03-18", "2023-03-19"], region=["r1"]),
        document("c", local_day=["2023-03-19"]),
        document("d", region=["r1"]),
    )
    assert index.count_by(SearchRequest(), ["local_day"]) == {
        ("2023-03-18",): 2, ("2023-03-19",): 2,
    }  # fmt: skip
    assert index.count_by(SearchRequest(), ["local_day", "region"]) == {
        ("2023-03-18", "r1"): 2, ("2023-03-18", "r2"): 1, ("2023-03-19", "r1"): 1,
    }  # fmt: skip
    assert index.count_by(SearchRequest(), ["region", "local_day", "kind"]) == {}


def test_count_by_ignores_cursor_limit_and_facets_and_keeps_filters(index: SearchIndex) -> None:
    fill(index, *(document(f"d{n}", "x" if n else "", order=n, gone=["no"]) for n in range(5)))
    request = SearchRequest(
        node=word("x"), before=1, limit=1, facets=("gone",), filters={"gone": ("no",)}
    )
    assert index.count_by(request, ["gone"]) == {("no",): 4}


@pytest.mark.parametrize("by", [[], ["rule"] * 4, ["colour"], ["rule", "doc_type"]])
def test_count_by_takes_one_to_three_known_facets(index: SearchIndex, by: list[str]) -> None:
    with pytest.raises(InvalidQuery):
        index.count_by(SearchRequest(), by)


def test_more_combinations_than_an_engine_gives_at_once_are_all_counted(index: SearchIndex) -> None:
    days, people = [f"day{n:03d}" for n in range(300)], [f"person{n:03d}" for n in range(250)]
    fill(index, document("a", local_day=days, candidate=people), document("b", local_day=days[:1],
         candidate=people))  # fmt: skip
    counts = index.count_by(SearchRequest(), ["local_day", "candidate"])
    assert len(counts) == 300 * 250
    assert counts["day000", "person249"] == 2
    assert counts["day299", "person000"] == 1
    assert sum(counts.values()) == 300 * 250 + 250


def test_more_values_of_one_facet_than_an_engine_gives_at_once(index: SearchIndex) -> None:
    fill(
        index,
        document("a", source=[f"s{n:05d}" for n in range(66_000)], role=["media"]),
        document("b", source=["s65999"], role=["media"]),
    )
    page = index.search(SearchRequest(facets=("source", "role"), facet_size=2))
    assert page.facets == {"source": (("s65999", 2), ("s00000", 1)), "role": (("media", 2),)}


# --- against a few lines of plain Python ---------------------------------------------------------

WORDS = ["u", "v", "w", "x"]
VALUES = ["1", "2", "3"]


def random_document(rnd: random.Random, number: int) -> IndexDocument:
    length = rnd.randrange(5)
    return document(
        f"d{number}",
        kazakh=rnd.choices(WORDS, k=length),
        russian=rnd.choices(WORDS, k=length),
        doc_type=rnd.choice(["post", "post", "flag"]),
        order=number,
        at=rnd.randrange(5),
        rule=rnd.sample(VALUES, rnd.randrange(3)),
        region=rnd.sample(VALUES, rnd.randrange(4)),
    )


def random_tree(rnd: random.Random, depth: int = 3) -> Node:
    def part() -> Node:
        return random_tree(rnd, depth - 1)

    def any_word() -> Word:
        return Word("", rnd.choice(WORDS), rnd.choice(WORDS))

    if depth == 0 or rnd.random() < 0.3:
        field = FieldIs(rnd.choice(["rule", "region"]), rnd.choice(VALUES))
        leaves: list[Node] = [any_word(), Phrase((any_word(), any_word())), field]
        return rnd.choice(leaves)
    parts = tuple(part() for _ in range(rnd.randrange(1, 4)))
    branches: list[Node] = [And(parts), Or(parts), Not(part())]
    return rnd.choice(branches)


def holds(entry: IndexDocument, node: Node) -> bool:
    match node:
        case Word():
            return node.kk in entry.lemmas_kk or node.ru in entry.lemmas_ru
        case Phrase(words):
            return any(
                wanted in pairwise(lemmas)
                for lemmas, wanted in [
                    (entry.lemmas_kk, (words[0].kk, words[1].kk)),
                    (entry.lemmas_ru, (words[0].ru, words[1].ru)),
                ]
            )
        case FieldIs(name, value):
            return value in entry.facets[name]
        case Not(inner):
            return not holds(entry, inner)
        case And(parts):
            return all(holds(entry, part) for part in parts)
        case Or(parts):
            return any(holds(entry, part) for part in parts)


def test_random_trees_over_random_documents_agree_with_plain_python(index: SearchIndex) -> None:
    rnd = random.Random(2023)
    documents = [random_document(rnd, number) for number in range(300)]
    for start in range(0, 300, 60):
        fill(index, *documents[start : start + 60])
    for _ in range(150):
        request = SearchRequest(
            node=random_tree(rnd), doc_type=rnd.choice(["post", "flag"]),
            filters={"region": ("1", "2")} if rnd.random() < 0.3 else {},
            since_us=1 if rnd.random() < 0.3 else None, until_us=4 if rnd.random() < 0.3 else None,
            before=rnd.randrange(300) if rnd.random() < 0.5 else None, limit=20, facets=("rule",),
        )  # fmt: skip
        found = [
            entry for entry in reversed(documents)
            if entry.doc_type == request.doc_type
            and request.node is not None and holds(entry, request.node)
            and (not request.filters or {"1", "2"} & set(entry.facets["region"]))
            and (request.since_us is None or entry.published_us >= request.since_us)
            and (request.until_us is None or entry.published_us < request.until_us)
        ]  # fmt: skip
        behind = [e for e in found if request.before is None or e.sort_key < request.before]
        rules = Counter(rule for entry in found for rule in entry.facets["rule"])
        pairs = Counter(
            pair
            for entry in found
            for pair in product(entry.facets["rule"], entry.facets["region"])
        )
        page = index.search(request)
        assert [hit.doc_id for hit in page.hits] == [entry.doc_id for entry in behind[:20]], request
        assert page.total == len(found)
        assert page.facets["rule"] == tuple(sorted(rules.items(), key=lambda i: (-i[1], i[0])))
        assert index.count_by(request, ["rule", "region"]) == pairs


# --- several threads, several processes ----------------------------------------------------------


def test_a_reader_sees_what_was_committed_when_it_refreshes_and_not_before(
    place: Place, index: SearchIndex
) -> None:
    fill(index, document("a", order=1))
    reader = place.open(writable=False)
    fill(index, document("b", order=2))
    assert ids(reader) == ["a"]
    reader.refresh()
    assert ids(reader) == ["b", "a"]
    reader.close()


def test_a_reader_opened_before_there_is_an_index_finds_nothing_and_then_something(
    place: Place,
) -> None:
    reader = place.open(writable=False)
    assert reader.search(SearchRequest(facets=("rule",))).facets == {"rule": ()}
    assert reader.count_by(SearchRequest(), ["rule"]) == {}
    writer = place.open(writable=True)
    fill(writer, document("a"))
    reader.refresh()
    assert ids(reader) == ["a"]
    writer.close()
    reader.close()


def test_a_reader_cannot_write(place: Place, index: SearchIndex) -> None:
    reader = place.open(writable=False)
    for write in (lambda: reader.put("a", 1, []), reader.commit, reader.start_rebuild):
        with pytest.raises(StoreError, match="for reading"):
            write()
    reader.close()


def test_threads_search_while_another_writes(index: SearchIndex) -> None:
    """Every search sees whole commits of ten, in order, and never fewer than the one before it."""
    stop = threading.Event()
    errors: list[object] = []

    def look() -> None:
        last = 0
        while not stop.is_set():
            page = index.search(SearchRequest(facets=("gone",), limit=1_000))
            keys = [hit.sort_key for hit in page.hits]
            if keys != sorted(keys, reverse=True) or page.total % 10 or page.total < last:
                errors.append((last, page.total, keys))
            if page.facets["gone"] and page.facets["gone"][0][1] != page.total:
                errors.append((page.total, page.facets))
            last = page.total

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for batch in range(15):
        fill(index, *(document(f"{batch}-{n}", order=batch * 10 + n, gone=["no"])
                      for n in range(10)))  # fmt: skip
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert index.search(SearchRequest()).total == 150


def test_threads_may_put_at_once(index: SearchIndex) -> None:
    def write(name: str) -> None:
        for number in range(20):
            index.put(f"{name}{number}", 1, [document(f"{name}{number}")])
            index.commit()

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert index.search(SearchRequest()).total == 60


def test_another_process_reads_while_this_one_writes(place: Place, index: SearchIndex) -> None:
    fill(index, document("a", order=1))
    with place.elsewhere(writable=False) as other:
        assert other.answer() == "open"
        assert other.ask("ids") == ["a"]
        for number in range(2, 12):
            fill(index, document(f"d{number}", order=number))
            other.ask("refresh")
            assert other.ask("ids")[0] == f"d{number}"


def test_a_second_writer_is_refused_here_and_in_another_process(
    place: Place, index: SearchIndex
) -> None:
    fill(index, document("a"))
    with pytest.raises(StoreUnavailable):
        place.open(writable=True)
    with place.elsewhere(writable=True) as other:
        assert other.answer() == "StoreUnavailable"
    fill(index, document("b"))
    assert len(ids(index)) == 2


def test_a_killed_writer_blocks_nobody_and_only_what_it_had_not_committed_is_lost(
    place: Place,
) -> None:
    with place.elsewhere(writable=True) as other:
        assert other.answer() == "open"
        other.ask("put", "a", "1", "committed")
        other.ask("commit")
        other.ask("put", "b", "2", "lost")
        with pytest.raises(StoreUnavailable):
            place.open(writable=True)
    index = place.open(writable=True)
    assert ids(index) == ["a"]
    fill(index, document("b", order=2))
    assert ids(index) == ["b", "a"]
    index.close()


def test_closing_commits_nothing_and_opening_again_finds_what_was_committed(place: Place) -> None:
    index = place.open(writable=True)
    fill(index, document("a"))
    index.put("b", 1, [document("b")])
    index.close()
    index.close()
    index = place.open(writable=True)
    assert ids(index) == ["a"]
    assert index.put("b", 1, [document("b")])
    index.commit()
    index.close()
    reader = place.open(writable=False)
    assert set(ids(reader)) == {"a", "b"}
    reader.close()


def test_after_close_everything_is_a_store_error(place: Place) -> None:
    index = place.open(writable=True)
    index.close()
    for use in (
        lambda: index.search(SearchRequest()), lambda: index.count_by(SearchRequest(), ["rule"]),
        lambda: index.put("a", 1, []), index.commit, index.refresh, index.start_rebuild,
    ):  # fmt: skip
        with pytest.raises(StoreError):
            use()


# --- rebuilding ----------------------------------------------------------------------------------


def test_the_old_index_is_searched_and_written_until_the_rebuild_is_finished(
    index: SearchIndex,
) -> None:
    fill(index, document("old", order=1))
    fresh = index.start_rebuild()
    assert ids(fresh) == []
    fresh.put("new", 1, [document("new", order=2)])
    fresh.commit()
    fill(index, document("meanwhile", order=3))
    assert ids(index) == ["meanwhile", "old"]
    assert ids(fresh) == ["new"]
    fresh.put("last", 1, [document("last", order=4)])
    index.finish_rebuild(fresh)
    assert ids(index) == ["last", "new"]


def test_versions_start_anew_in_a_rebuild_and_hold_after_it(index: SearchIndex) -> None:
    fill(index, document("a", "old"), version=5)
    fresh = index.start_rebuild()
    assert fresh.put("a", 5, [document("a", "new")])
    index.finish_rebuild(fresh)
    assert not index.put("a", 5, [document("a", "late")])
    fill(index, document("a", "newer"), version=6)
    assert ids(index, word("newer")) == ["a"]
    assert index.search(SearchRequest()).total == 1


def test_a_rebuild_survives_reopening_and_its_object_is_of_no_use_afterwards(place: Place) -> None:
    index = place.open(writable=True)
    fill(index, document("old"))
    fresh = index.start_rebuild()
    fresh.put("new", 1, [document("new")])
    index.finish_rebuild(fresh)
    with pytest.raises(StoreError):
        fresh.put("x", 1, [document("x")])
    fresh.close()
    index.close()
    index = place.open(writable=True)
    assert ids(index) == ["new"]
    index.close()


def test_a_rebuild_that_is_given_up_changes_nothing(place: Place) -> None:
    index = place.open(writable=True)
    fill(index, document("old"))
    fresh = index.start_rebuild()
    fresh.put("new", 1, [document("new")])
    fresh.commit()
    fresh.close()
    fill(index, document("more"))
    assert set(ids(index)) == {"old", "more"}
    second = index.start_rebuild()
    second.put("second", 1, [document("second")])
    index.finish_rebuild(second)
    assert ids(index) == ["second"]
    index.close()


def test_only_a_rebuild_of_this_index_can_be_finished(index: SearchIndex, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="start_rebuild"):
        index.finish_rebuild(index)
    fill(index, document("a"))
    assert ids(index) == ["a"]


def test_a_reader_in_another_process_follows_a_rebuild_when_it_refreshes(
    place: Place, index: SearchIndex
) -> None:
    fill(index, document("old"))
    with place.elsewhere(writable=False) as other:
        assert other.answer() == "open"
        fresh = index.start_rebuild()
        fresh.put("new", 1, [document("new", order=1)])
        other.ask("refresh")
        assert other.ask("ids") == ["old"]
        index.finish_rebuild(fresh)
        assert other.ask("ids") == ["old"], "what a reader holds stays readable until it refreshes"
        other.ask("refresh")
        assert other.ask("ids") == ["new"]
        fill(index, document("after", order=2))
        other.ask("refresh")
        assert other.ask("ids") == ["after", "new"]


def test_this_process_follows_a_rebuild_by_another(place: Place) -> None:
    with place.elsewhere(writable=True) as other:
        assert other.answer() == "open"
        other.ask("put", "old", "1", "x")
        other.ask("commit")
        reader = place.open(writable=False)
        for number in range(3):
            other.ask("rebuild", f"new{number}", "1")
            reader.refresh()
            assert ids(reader) == [f"new{number}"]
        reader.close()


def test_readers_in_threads_never_fail_while_rebuilds_replace_what_they_read(
    place: Place, index: SearchIndex
) -> None:
    fill(index, document("d", gone=["no"]))
    reader = place.open(writable=False)
    stop = threading.Event()
    failures: list[BaseException] = []

    def look() -> None:
        try:
            while not stop.is_set():
                reader.refresh()
                assert reader.search(SearchRequest(facets=("gone",))).total == 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        fresh = index.start_rebuild()
        fresh.put("d", 1, [document("d", gone=["no"])])
        index.finish_rebuild(fresh)
    stop.set()
    for thread in threads:
        thread.join()
    reader.close()
    assert failures == []
