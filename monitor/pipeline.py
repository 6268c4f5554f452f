"""A post's way through the house, from pending to judged. Read this first.

    lease revisions -> read what each text says (once per text) -> ask the law -> save it all in
    one transaction, the index's outbox included

Nothing here fetches, searches or shows. A worker that dies leaves only a lease behind, and its
posts come back when that runs out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.election import Election
from core.errors import DetectorError
from core.identity import Json, digest
from core.model import Account, Annotation, Judgement
from core.ports import UNCOUNTED, Annotator, Archive, Clock, Outcome, Tally, Work
from core.rules import judge, ruleset_hash
from core.subjects import subject_of
from core.when import TZDATA_VERSION

log = logging.getLogger(__name__)

# A text that fails this often is set aside, with its error, for a person to look at.
ATTEMPTS = 3
# Posts a transaction, and texts read before the time that is left is looked at.
BATCH, STEP = 128, 32

Annotations = tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One worker. Several may run, on one archive, in as many processes."""

    archive: Archive
    annotator: Annotator
    election: Election
    clock: Clock
    worker: str
    lease_s: float = 120.0
    batch: int = BATCH
    tally: Tally = UNCOUNTED
    ruleset: str = field(default_factory=ruleset_hash)

    def run_batch(self, most: int | None = None) -> int:
        """Judge up to `batch` revisions, or `most` where those are fewer; how many were saved.

        Zero means nothing was waiting. What is not read when half the lease is over is given back.
        """
        limit = self.batch if most is None else min(most, self.batch)
        work = self.archive.lease_work(self.worker, ttl_s=self.lease_s, limit=limit)
        if not work:
            return 0
        try:
            texts = self._annotate(work)
            outcomes = [
                self._outcome(one, texts[one.revision.text_hash])
                for one in work
                if one.revision.text_hash in texts
            ]
            if unread := [one for one in work if one.revision.text_hash not in texts]:
                self.archive.release_work(unread)
            lost = self.archive.save_outcomes(outcomes)
        except BaseException:
            self.archive.release_work(work)
            raise
        for one in lost:
            log.warning("lease lost", extra={"post_id": one.record.id})
            self.tally.add("leases_lost", "work")
        return self._judged(outcomes, lost)

    def _judged(self, outcomes: Sequence[Outcome], lost: Sequence[Work]) -> int:
        gone = {one.lease for one in lost}
        ids = [one.work.record.id for one in outcomes if one.work.lease not in gone]
        self.tally.add("judged", number=len(ids))
        log.info("%d revisions judged", len(ids), extra={"post_ids": ids})
        return len(ids)

    def _annotate(self, work: Sequence[Work]) -> Mapping[str, Annotations]:
        """Annotations by text hash; a text that a detector failed on, or that there was no time
        for, is left out. Work whose lease runs out would be done, and lost, again and again.
        """
        begun = self.clock.now()
        by_hash = {one.revision.text_hash: one.revision.post.full_text for one in work}
        found = dict(self.archive.stored_annotations(by_hash, self.annotator.version))
        missing = [key for key in by_hash if key not in found]
        for start in range(0, len(missing), STEP):
            if start and (self.clock.now() - begun).total_seconds() > self.lease_s / 2:
                break
            found |= self._read(work, by_hash, missing[start : start + STEP])
        return found

    def _read(
        self, work: Sequence[Work], by_hash: Mapping[str, str], keys: Sequence[str]
    ) -> Mapping[str, Annotations]:
        try:
            read = self.annotator.annotate([by_hash[key] for key in keys])
            return dict(zip(keys, read, strict=True))
        except DetectorError:
            return self._annotate_singly(work, by_hash, keys)

    def _annotate_singly(
        self, work: Sequence[Work], by_hash: Mapping[str, str], missing: Sequence[str]
    ) -> dict[str, Annotations]:
        found: dict[str, Annotations] = {}
        for key in missing:
            try:
                found[key] = self.annotator.annotate([by_hash[key]])[0]
            except DetectorError as error:
                self.tally.add("errors", type(error).__name__)
                for one in work:
                    if one.revision.text_hash == key:
                        told = {"post_id": one.record.id, "attempts": one.attempts}
                        log.error("detector failed: %s", error, extra=told)
                        self.archive.release_work(
                            [one], error=str(error), park=one.attempts >= ATTEMPTS
                        )
        return found

    def _outcome(self, work: Work, annotations: Annotations) -> Outcome:
        subject = subject_of(work.revision.act, annotations, work.record.account)
        judgement = Judgement(
            election_id=self.election.id,
            post_id=work.record.id,
            revision=work.revision.number,
            act=work.revision.act.kind,
            ruleset_hash=self.ruleset,
            profile_hash=self.election.hash,
            annotations_hash=digest(
                [work.revision.text_hash, self.annotator.version, _spoken_by(work.record.account)]
            ),
            tzdata=TZDATA_VERSION,
            judged_at=self.clock.now(),
            flags=judge(subject, self.election),
        )
        return Outcome(work, self.annotator.version, annotations, (judgement,))


def _spoken_by(account: Account) -> list[Json]:
    """What the law sees of an account: a corrected role is another reading of the same words."""
    return [account.role, list(account.regions), account.party, account.candidate, account.contest]
