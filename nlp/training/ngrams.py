"""The n-grams that stand beside the network: labelled rows to a logistic regression a signal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from core.model import SIGNALS
from nlp.classifier.ngrams import BITS, Ngrams, counted, weighed
from nlp.training.reading import read_text
from nlp.training.rows import Row

# Of 20 and 100 the better one on held-out families; a smaller one was not better for any signal.
WEAKNESS_OF_THE_PRIOR = 20.0
SEEN_IN = 2


def fit_ngrams(rows: Sequence[Row]) -> Ngrams:
    """Trained on rows, of each signal on those in which it is known."""
    texts = [read_text(row.text).text for row in rows]
    idf = _idf(texts)
    every = _matrix(texts, idf)
    weights = np.zeros((1 << BITS, len(SIGNALS)), np.float16)
    bias = np.zeros(len(SIGNALS), np.float32)
    for number, name in enumerate(SIGNALS):
        known = [index for index, row in enumerate(rows) if name in row.known]
        truth = [name in rows[index].signals for index in known]
        if len(set(truth)) < 2:
            continue  # nothing to tell apart: these n-grams add nothing
        model = LogisticRegression(
            C=WEAKNESS_OF_THE_PRIOR, class_weight="balanced", max_iter=1000
        ).fit(every[known], truth)
        weights[:, number], bias[number] = model.coef_[0], model.intercept_[0]
    return Ngrams(idf, weights, bias)


def _idf(texts: Sequence[str]) -> np.ndarray:
    """0 for what fewer than SEEN_IN texts have: it would tell one text from all others."""
    within = np.zeros(1 << BITS, np.int64)
    for text in texts:
        within[counted(text)[0]] += 1
    idf = np.log((1 + len(texts)) / (1 + within)) + 1
    return np.where(within >= SEEN_IN, idf, 0).astype(np.float16)


def _matrix(texts: Sequence[str], idf: np.ndarray) -> csr_matrix:
    rows = [weighed(text, idf) for text in texts]
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    return csr_matrix(
        (np.concatenate([values for _, values in rows]),
         np.concatenate([places for places, _ in rows]), ends),
        shape=(len(texts), 1 << BITS),
    )  # fmt: skip
