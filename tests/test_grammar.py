"""Every string becomes a tree or an InvalidQuery that says where; what people paste is searched."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import InvalidQuery
from core.grammar import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse
from core.model import FACETS, Token
from core.query import And, FieldIs, Node, Not, Or, Phrase, Word


class LowerCaseWords:
    """Words in lower case; the Russian lemma is marked, so that mixing the two would show."""

    version = "test"

    def tokens(self, text: str) -> list[Token]:
        return [
            Token(m.start(), m.end(), m[0].lower(), f"{m[0].lower()}_ru")
            for m in re.finditer(r"[^\W_]+", text)
        ]


def word(text: str) -> Word:
    return Word(text, text.lower(), f"{text.lower()}_ru")


def phrase(*texts: str) -> Phrase:
    return Phrase(tuple(word(text) for text in texts))


def tree(query: str) -> Node | None:
    return parse(query, LowerCaseWords())


A, B, C = word("a"), word("b"), word("c")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a", A),
        ("Сайлау", Word("Сайлау", "сайлау", "сайлау_ru")),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a b AND c", And((A, B, C))),
        ("a OR b", Or((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("NOT a", Not(A)),
        ("-a", Not(A)),
        ("a -b", And((A, Not(B)))),
        ("a AND NOT b", And((A, Not(B)))),
        ("a OR -b", Or((A, Not(B)))),
        ("NOT NOT a", A),
        ("-(a b)", Not(And((A, B)))),
        ('-"a b"', Not(phrase("a", "b"))),
        ('"a b" c', And((phrase("a", "b"), C))),
        ('"a"', A),
        ('a"b c"', And((A, phrase("b", "c")))),
        ('"a b"c', And((phrase("a", "b"), C))),
        ("((a))", A),
    ],
)
def test_words_operators_and_parentheses(query: str, expected: Node) -> None:
    assert tree(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rule:silence_violation", FieldIs("rule", "silence_violation")),
        ("region:KZ-75 a", And((FieldIs("region", "KZ-75"), A))),
        ('candidate:"Two Words"', FieldIs("candidate", "Two Words")),
        ("source:telegram:channel", FieldIs("source", "telegram:channel")),
        ("-rule:poll_ban", Not(FieldIs("rule", "poll_ban"))),
        ("(gone:yes)", FieldIs("gone", "yes")),
        ("party:Ауыл", FieldIs("party", "Ауыл")),
        ("zone:Asia/Almaty", FieldIs("zone", "Asia/Almaty")),
    ],
)
def test_a_field_is_a_facet_name_that_touches_its_value(query: str, expected: Node) -> None:
    assert tree(query) == expected


def test_a_field_value_keeps_its_capitals_and_is_not_analysed() -> None:
    assert tree("verdict:VIOLATION") == FieldIs("verdict", "VIOLATION")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("время: 10:30", And((word("время"), phrase("10", "30")))),
        ("Source: TASS", And((word("Source"), word("TASS")))),
        ("Қайрат:", word("Қайрат")),
        ("жаңалық:бүгін", phrase("жаңалық", "бүгін")),
        ("https://t.me/x", phrase("https", "t", "me", "x")),
        ("https://kk.org/A_(b)", phrase("https", "kk", "org", "A", "b")),
        ("(a https://t.me/x)", And((A, phrase("https", "t", "me", "x")))),
        ("(https://t.me/x), a", And((phrase("https", "t", "me", "x"), A))),
        ("[a](https://t.me)**b**", And((A, phrase("https", "t", "me"), B))),
        ('"a https://t.me"', phrase("a", "https", "t", "me")),
        ("mailto:a@b", phrase("mailto", "a", "b")),
        ("a - b", And((A, B))),
        ("a – b", And((A, B))),
        ("--a", A),
        ("a -- b", And((A, B))),
        ("10-30", phrase("10", "30")),
        ("and or not", And((word("and"), word("or"), word("not")))),
        ("«a b» c", And((phrase("a", "b"), C))),
        ("“a b”", phrase("a", "b")),
        ("„a b“", phrase("a", "b")),
        ("«a b", And((A, B))),
        ("a» b", And((A, B))),
        ("it's", phrase("it", "s")),
        ("a 🔥 b", And((A, B))),
        ("a OR 🔥", A),
        ("a -🔥", A),
        ("a\tb\nc", And((A, B, C))),
        ("a\u00a0b", And((A, B))),
        ("a\0b", And((A, B))),
        ("\ud83d a", A),
    ],
)  # fmt: skip
def test_what_people_paste_is_searched(query: str, expected: Node) -> None:
    assert tree(query) == expected


class WithEndings(LowerCaseWords):
    """Takes -тың behind a quote for an ending, as the analyzer of the house does."""

    def tokens(self, text: str) -> list[Token]:
        found = super().tokens(re.sub(r"(?<=[\"»”])-?тың", "", text))
        return [replace(one, end=len(text)) for one in found] if len(found) == 1 else found


@pytest.mark.parametrize("query", ['"AMANAT"тың', "«AMANAT»-тың", "“AMANAT”тың"])
def test_an_ending_behind_a_closing_quote_stays_with_its_word(query: str) -> None:
    assert parse(query, WithEndings()) == Word(query[1:], "amanat", "amanat_ru")
    assert parse(f"{query} a", WithEndings()) == And((Word(query[1:], "amanat", "amanat_ru"), A))


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\0"])
def test_a_blank_query_asks_for_everything(blank: str) -> None:
    assert tree(blank) is None


@pytest.mark.parametrize("nothing", ["-", "🔥", "...", '""', "(🔥)", "-🔥", "NOT ...", "«»"])
def test_a_query_with_nothing_to_search_for_is_refused_not_answered_with_everything(
    nothing: str,
) -> None:
    with pytest.raises(InvalidQuery, match=r"position 1: .*nothing here to search for"):
        tree(nothing)


@pytest.mark.parametrize(
    ("query", "position", "expected"),
    [
        ('a "b', 3, 'a closing "'),
        ('rule:"b', 6, 'a closing "'),
        ("a (b", 3, "a closing )"),
        ("a b)", 4, "none is open"),
        ("()", 2, "between the parentheses"),
        ("a OR", 5, "after OR"),
        ("a OR )", 6, "after OR"),
        ("OR a", 1, "before this operator"),
        ("AND", 1, "before this operator"),
        ("a AND AND b", 7, "after AND"),
        ("NOT", 4, "after NOT"),
        ("a AND OR b", 7, "after AND"),
        ("(OR a)", 2, "between the parentheses"),
        ("-AND", 2, "after -"),
        ("rule:", 6, "rule:value"),
        ("rule: poll_ban", 6, "rule:value"),
        ('rule:""', 6, "rule:value"),
        ("rule:)", 6, "rule:value"),
        ("rule:(a OR b)", 6, "rule:value"),
        ("a rul:poll_ban", 3, "rule: perhaps"),
        ("day:2023-03-18", 1, "no field is called day"),
        ("nonsense:a", 1, "one of election, rule"),
    ],
)
def test_an_error_names_the_position_and_what_was_expected(
    query: str, position: int, expected: str
) -> None:
    with pytest.raises(InvalidQuery) as caught:
        tree(query)
    assert caught.value.where == f"position {position}"
    assert expected in caught.value.expected


def test_a_query_of_the_full_length_is_read_and_one_more_character_is_not() -> None:
    assert tree("a" * MAX_LENGTH) == word("a" * MAX_LENGTH)
    with pytest.raises(InvalidQuery, match=rf"at most {MAX_LENGTH:d} characters"):
        tree("a" * (MAX_LENGTH + 1))


def test_as_many_terms_as_allowed_are_read_and_one_more_is_not() -> None:
    assert isinstance(tree(" ".join(["a"] * MAX_TERMS)), And)
    with pytest.raises(InvalidQuery, match=rf"at most {MAX_TERMS} words"):
        tree(f'"{" ".join(["a"] * MAX_TERMS)}" rule:poll_ban')


def test_parentheses_as_deep_as_allowed_are_read_and_one_deeper_is_not() -> None:
    assert tree("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A
    with pytest.raises(InvalidQuery, match="within each other"):
        tree("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(InvalidQuery):
        tree("(" * MAX_LENGTH)


FRAGMENTS = st.sampled_from([
    "a", "сайлау", "AND", "OR", "NOT", "-", "--", '"', "«", "»", "“", "”", "„", "(", ")", ":",
    "rule:", "rule", "xy:", "https://", "10:30", " ", "\t", "🔥", "\ud800", "\0", "\u200b", "—",
    *FACETS,
])  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=30).map("".join)))
@example("«")
@example("rule:«")
@example("“")
@example("- -")
def test_no_string_does_anything_but_parse_or_be_refused(query: str) -> None:
    try:
        node = tree(query)
    except InvalidQuery as error:
        number = int(error.where.removeprefix("position "))
        assert 1 <= number <= len(query) + 1
    else:
        assert (node is None) == _is_blank(query)


def _is_blank(query: str) -> bool:
    return all(c.isspace() or c == "\0" or "\ud800" <= c <= "\udfff" for c in query)
