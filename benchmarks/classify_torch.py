"""The baseline of `classify`: the trained network behind the pipeline of `transformers`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from transformers import BertConfig, PreTrainedModel, TextClassificationPipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from core.model import KINDS
from monitor.training import network_of, order_of
from nlp.classifier.tokenizer import MOST_TOKENS, PREFIX
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


def pipeline_of(trained: Path) -> Callable[[Sequence[str]], Sequence[str]]:
    """Texts to kinds, one text a step, as the pipeline does by itself."""
    order = order_of(trained)
    model = Classifier(network_of(order, trained / "network.pt")).eval()
    pipeline = TextClassificationPipeline(model=model, tokenizer=tokenizer_of(order.base))

    def answer(texts: Sequence[str]) -> list[str]:
        read = [PREFIX + read_text(text).text for text in texts]
        return [one["label"] for one in pipeline(read, truncation=True, max_length=MOST_TOKENS)]

    return answer
