"""What sets a rule off: campaigning that an act brought, or a signal in its words."""

from __future__ import annotations

from dataclasses import replace

from core.election import Election, Names
from core.model import ActKind, Signal, SignalFinding, Subject
from core.rules import words
from core.rules.calendar import Trigger
from core.rules.edits import judged_spans

# What a detector takes for rather absent than there is left to a person, wherever its own threshold
# lies: those are set where most signals are found for the fewest false ones, 0.25 for some.
SURE = 0.5

# Publishing is an act by itself; these need a law that says they are.
_NEED_A_LAW: frozenset[ActKind] = frozenset({"repost", "pin", "running_ad"})

_ACT_NAMES: dict[ActKind, Names] = {
    "new": Names("жаңа жазба", "новая публикация", "a new post"),
    "repost": Names("бөлісу (репост)", "репост", "a repost"),
    "comment": Names("пікір", "комментарий", "a comment"),
    "story": Names("сторис", "сторис", "a story"),
    "live": Names("тікелей эфир", "прямой эфир", "a live broadcast"),
    "edit": Names("жазбаны өзгерту", "правка публикации", "an edit"),
    "pin": Names("бекіту", "закрепление", "a pin"),
    "running_ad": Names("жүріп тұрған жарнама", "действующая реклама", "a running advertisement"),
}

_SIGNAL_NAMES: dict[Signal, Names] = {
    "poll": Names("қоғамдық пікір сауалнамасының немесе болжамның нәтижесі",
                  "результат опроса общественного мнения или прогноз",
                  "the result of an opinion poll or a forecast"),
    "voting_misinfo": Names("дауыс беру тәртібі туралы жалған мәлімет белгісі",
                            "признаки ложных сведений о порядке голосования",
                            "signs of false information on how voting works"),
    "vote_buying": Names("дауыс үшін ақша немесе сый", "деньги или блага за голос",
                         "money or goods for a vote"),
    "intimidation": Names("дауыс беруге байланысты қысым не қорқыту",
                          "давление или угрозы в связи с голосованием",
                          "pressure or threats over voting"),
    "abuse": Names("адамды не топты кемсіту", "унижение человека или группы",
                   "demeaning of a person or a group"),
}  # fmt: skip


def campaigning(subject: Subject) -> Trigger | None:
    """The campaigning that this act brought, or None."""
    if subject.kind != "campaigning":
        return None
    spans = judged_spans(subject.act, subject.kind_spans)
    if spans is None:
        return None
    act = _ACT_NAMES[subject.act.kind]
    sentence = Names(
        f"Мәтін үгіт ретінде жіктелді; әрекет: {act.kk}.",
        f"Текст отнесён к агитации; действие: {act.ru}.",
        f"The text was classed as campaigning; the act: {act.en}.",
    )
    doubts = _edit_doubts(subject) + ((words.ABSTAINED,) if subject.kind_abstained else ())
    return Trigger(sentence, subject.kind_score, spans, doubts)


def signal(subject: Subject, name: Signal) -> tuple[Trigger, SignalFinding] | None:
    """The finding of that signal which this act answers for, or None."""
    for finding in subject.signals:
        if finding.signal == name:
            spans = judged_spans(subject.act, finding.spans)
            if spans is not None:
                label = _SIGNAL_NAMES[name]
                sentence = Names(
                    f"Мәтінде: {label.kk}.", f"В тексте: {label.ru}.", f"In the text: {label.en}."
                )
                unsure = (words.UNSURE,) if finding.score < SURE else ()
                doubts = _edit_doubts(subject) + unsure
                return Trigger(sentence, finding.score, spans, doubts), finding
    return None


def _edit_doubts(subject: Subject) -> tuple[Names, ...]:
    unmarked = subject.act.kind == "edit" and not subject.act.marked
    return (words.UNMARKED_EDIT,) if unmarked else ()


def with_act_law(trigger: Trigger, act: ActKind, election: Election) -> Trigger:
    """The trigger with what says that such an act counts anew, or the doubt where nothing does."""
    fact = election.facts.get(election.acts.get(act, ""))
    if fact is not None:
        weak = (words.WEAK_LAW,) if fact.is_weak else ()
        return replace(
            trigger,
            sentence=words.join(trigger.sentence, words.law_words(fact)),
            open_points=trigger.open_points + weak,
        )
    if act not in _NEED_A_LAW:
        return trigger
    name = _ACT_NAMES[act]
    doubt = Names(
        f"Профильде «{name.kk}» жеке әрекет болып саналатыны айтылмаған.",
        f"В профиле не сказано, что {name.ru} считается отдельным действием.",
        f"The profile does not say that {name.en} counts as an act.",
    )
    return replace(trigger, open_points=(*trigger.open_points, doubt))
