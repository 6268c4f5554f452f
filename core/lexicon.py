"""Lexicons as data: what a linguist wrote in config/lexicons, and facts a notice is checked by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

# What a group of patterns says about a text. `nlp/` decides what to make of each; a lexicon that
# names another one is refused, so that a misspelt role cannot silently do nothing.
ROLES: Mapping[str, str] = {
    # the text moves voters
    "call": "a call to vote for somebody, or to choose or support them",
    "call_against": "a call not to vote for somebody, or to vote against",
    "endorsement": "the writer's own choice, or praise of somebody who stands",
    "promise": "what the writer will do when elected; a programme",
    "pledge": "a promise in the first person that may be about anything",
    "standing": "the writer stands as a candidate, or speaks for one",
    "slogan": "our candidate, the choice of the people",
    "motto": "a slogan that may be about anything: together we win",
    "invitation": "the public is invited to meet a candidate or party",
    "thanks": "thanks or praise that nudges towards somebody",
    "attack": "what discredits somebody who stands",
    "insinuation": "questions and hints that discredit before the vote",
    "address": "the public is addressed: dear neighbours, friends, fellow countrymen",
    # the text informs
    "civic": "how, where and when to vote; what the law allows",
    "turnout": "come and vote, no side taken",
    "neutral": "the choice is left to the reader",
    "explain": "explains rules: how to, what is allowed, who may",
    "order": "an order to turn out",
    "debunk": "says that a rumour is false",
    "law": "says what is forbidden or punished",
    "condition": "what may happen, not what did",
    # the text reports
    "report": "somebody else is quoted or named as the source",
    "news": "something happened in an election",
    "figures": "turnout, official results, counts of commissions",
    # neither
    "topic": "the text is about a public election",
    "election_word": "a word of elections, not only of those who were once elected",
    "legislating": "deputies at their work",
    "nonpublic": "a vote of a class, a show, a contest, a block of flats",
    "homonym": "election words in another sense",
    "stay_away": "a call to stay away from the polls, no side taken",
    "hearsay": "the writer retells what somebody said",
    "foreign": "an election or a poll of another country",
    # how it is written
    "second": "the reader is spoken to",
    "first": "the writer speaks of themselves",
    "third": "somebody did or does something",
    "modal": "what may or must be done",
    "procedure": "the machinery of voting",
    # signals
    "poll": "an opinion poll, exit poll, rating or forecast",
    "intention": "for whom people would vote",
    "share": "a share of people: a percentage, a half, every third",
    "misinfo": "false about when, where, how, whether or who can vote, as a statement",
    "notice": "a notice of the day or the hours of voting, false where the election says otherwise",
    "buying": "goods or money for a vote, in one phrase",
    "goods": "money, food, coal, presents",
    "giving": "giving, paying, promising goods",
    "vote_word": "a vote, voting or voters, wherever it stands",
    "threat": "dismissal, expulsion, losing pay, 'you will regret it'",
    "unless": "if you do not vote, whoever does not come",
    "pressure": "being forced to vote or to show the ballot, in one phrase",
    "reporting": "done by somebody else: they gave, we were told, police detained",
    "committing": "done by the writer: I pay, we give, you will lose",
    "crime": "vote buying or coercion by its name",
    "abuse": "demeans for sex, ethnicity, clan, religion, origin or looks, in one phrase",
    "slur": "an insult by one word",
    "politics": "a person or group in politics, whom an insult may be meant for",
    # disclosures
    "marking": "says that the material is campaign material or who ordered it",
    "financing": "says from what fund it was paid",
    "about_marking": "talks about marking instead of marking",
    "ai_notice": "says that this content is generated",
    "about_ai": "talks about generated content instead of being marked as such",
}


@dataclass(frozen=True, slots=True)
class PatternGroup:
    """Patterns that mean the same. `weight` is evidence in log-odds; see nlp/notation.py for the
    notation. `examples` must match and `near_misses` must not: a test holds every group to it.
    """

    name: str
    role: str
    weight: float
    patterns: tuple[str, ...]
    examples: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One file: classes of words by name, and groups. Classes of one name join across files.

    `digest` is the SHA-256 (hex) of the file: it is part of the version of what reads it.
    """

    language: str
    words: Mapping[str, tuple[str, ...]]
    groups: tuple[PatternGroup, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class VotingFacts:
    """What notices of an election are checked against: the day and the hours of voting."""

    day: date
    opens: time
    closes: time
