"""The tokenizer of the classifier, as `transformers` loads it, and what it is asked."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerFast

# e5 was trained with this before every text that is not a passage (arXiv 2402.05672).
_PREFIX = "query: "
# The key of tokenizer_config.json that says what stands there in place of it: two tokens less are
# a twenty-fifth of a median post.
PREFIX_KEY = "text_prefix"
# The base reads 512; a post of 300 Kazakh words has about 600 tokens, a median one 50.
MOST_TOKENS = 512


def tokens_within(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The tokens, first and one past the last, that share a character with text[start:end]."""
    inside = [i for i, (a, b) in enumerate(offsets) if a < b and a < end and b > start]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def read_tokens(
    tokenizer: PreTrainedTokenizerFast, text: str
) -> tuple[list[int], list[tuple[int, int]]]:
    """The ids of a text with what stands before it, and where in the text each token stands."""
    prefix = prefix_of(tokenizer)
    encoded = tokenizer(
        prefix + text,
        truncation=True,
        max_length=MOST_TOKENS,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )
    before = len(prefix)
    return encoded["input_ids"], [(a - before, b - before) for a, b in encoded["offset_mapping"]]


def prefix_of(tokenizer: PreTrainedTokenizerFast) -> str:
    """What stands before every text that is read with this tokenizer."""
    return tokenizer.init_kwargs.get(PREFIX_KEY, _PREFIX)  # type: ignore[no-any-return]
