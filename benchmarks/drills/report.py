"""A drill from its first post to what is left: which promises held."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drills.asking import failed
from benchmarks.drills.compare import Kept, compare
from benchmarks.drills.faults import Course, Drill, Size
from benchmarks.drills.house import House
from benchmarks.drills.servers import Servers


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a drill; `broken` names each promise that did not hold."""

    name: str
    course: Course
    kept: Kept
    asked: int
    could_not: int
    broken: tuple[str, ...]

    def lines(self) -> list[str]:
        """For people."""
        kept, course = self.kept, self.course
        return [
            f"{self.name}: {course.did}",
            f"  posts {kept.posts}: lost {kept.lost}, not judged {kept.not_judged}, "
            f"judged twice {kept.twice}",
            f"  documents {kept.documents}: {kept.differing} differ from the archive, "
            f"{kept.words_differing} words find other posts",
            f"  requests {self.asked}: {self.could_not} could not be answered",
            f"  recovery {course.recovery_s:.1f} s",
            *(f"  note: {one}" for one in course.notes),
            *(f"  BROKEN: {one}" for one in self.broken),
        ]


def run(name: str, drill: Drill, servers: Servers, size: Size, seed: int) -> Result:
    """Furnish a house, break it, let it come to rest, and count."""
    with tempfile.TemporaryDirectory(prefix="baqylau-drill-") as folder:
        house = House(servers, Path(folder), workers=drill.workers, a_second=drill.a_second,
                      rng=random.Random(seed))  # fmt: skip
        with house:
            course = drill.run(house, size)
            house.feed.end()
            house.wait("all judged and found", house.is_settled)
            answers = house.answers()
            kept = compare(house.settings, house.archive, house.feed.saved)
            unexcused, could_not = failed(answers, course.outages)
            broken = [*course.broken, *_promises(kept)]
            if unexcused:
                first = unexcused[0]
                broken.append(f"{len(unexcused)} requests failed that could have been answered, "
                              f"the first: {first.what} with status {first.status}")  # fmt: skip
        return Result(name, course, kept, len(answers), could_not, tuple(broken))


def _promises(kept: Kept) -> list[str]:
    said = {
        "posts lost": kept.lost,
        "posts not judged": kept.not_judged,
        "posts judged twice": kept.twice,
        "documents of the index that are not those of the archive": kept.differing,
        "words that find other posts than have them": kept.words_differing,
    }
    return [f"{count} {what}" for what, count in said.items() if count]
