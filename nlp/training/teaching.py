"""What a smaller network learns from a larger one: what it says, and what it makes of each token.

After DistilBERT (arXiv 1910.01108), with the last layer's states matched as in TinyBERT (arXiv
1909.10351). It needs no labels: any text teaches.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from nlp.training.network import Batch, Logits

# The share of the token states in the loss, beside what the heads say.
STATES_WEIGH = 4.0


def taught(pupil: Logits, teacher: Logits, batch: Batch, signals_weigh: float) -> Tensor:
    """How far a pupil is from its teacher over a batch; the teacher is left as it is."""
    mask = batch.mask.to(pupil.hidden.dtype)
    apart = ((pupil.hidden - teacher.hidden) ** 2).sum(-1) / (teacher.hidden**2).sum(-1)
    loss = STATES_WEIGH * (apart * mask).sum() / mask.sum()
    loss = loss + _between(pupil.kind, teacher.kind)
    for said, right, weight in (
        (pupil.signals, teacher.signals, signals_weigh),
        (pupil.stance, teacher.stance, 0.5),
    ):
        cost = functional.binary_cross_entropy_with_logits(said, right.sigmoid())
        loss = loss + weight * cost
    return loss + 0.5 * _between(pupil.tone, teacher.tone) if len(teacher.tone) else loss


def _between(said: Tensor, right: Tensor) -> Tensor:
    return functional.kl_div(
        said.log_softmax(-1), right.log_softmax(-1), reduction="batchmean", log_target=True
    )
