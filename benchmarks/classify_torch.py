"""The baseline of `classify`: the trained network behind the pipeline of `transformers`.

A process of its own, by an interpreter that has torch: the checkpoint is its argument, each line in
is a JSON list of texts, and each line out a JSON list of the seconds taken and the kinds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import BertConfig, PreTrainedModel, TextClassificationPipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from benchmarks.timing import Answer, timed
from core.model import KINDS
from monitor.training import network_of, order_of
from nlp.classifier.tokenizer import MOST_TOKENS, prefix_of
from nlp.training.fit import tokenizer_of
from nlp.training.network import Batch, Network
from nlp.training.reading import read_text


class Classifier(PreTrainedModel):
    """The network as `transformers` wants a model for text classification to be."""

    config_class = BertConfig
    _supports_sdpa = True  # as the encoder within does

    def __init__(self, network: Network) -> None:
        config = network.encoder.config
        config.id2label = dict(enumerate(KINDS))
        super().__init__(config)
        self.network = network

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: object
                ) -> SequenceClassifierOutput:  # fmt: skip
        none = torch.zeros((0, input_ids.numel())), torch.zeros(0, dtype=torch.long)
        return SequenceClassifierOutput(
            logits=self.network(Batch(input_ids, attention_mask, *none)).kind
        )


def pipeline_of(trained: Path) -> Answer:
    """Texts to kinds, one text a step, as the pipeline does by itself."""
    order = order_of(trained)
    model = Classifier(network_of(order, trained / "network.pt")).eval()
    tokenizer = tokenizer_of(order.base)
    pipeline = TextClassificationPipeline(model=model, tokenizer=tokenizer)

    def answer(texts: Sequence[str]) -> list[str]:
        read = [prefix_of(tokenizer) + read_text(text).text for text in texts]
        return [one["label"] for one in pipeline(read, truncation=True, max_length=MOST_TOKENS)]

    return answer


def main() -> None:
    """Read, time, print, until there are no more lines."""
    pipeline = pipeline_of(Path(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(timed(pipeline, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
