"""The protocol of the experiment and the measures that it takes. It imports none of the libraries that run it."""

from dataclasses import dataclass
from typing import Final

from limit_transformer.norms.regularizer import RegularizerTerms

TRAINED_LENGTHS: Final = (1, 50)  # the lengths of the training words
RANGES: Final = (TRAINED_LENGTHS, (51, 100), (101, 150))
WORDS: Final = 500  # how many words of each range are tested
# A compiled model says "never" by a bias with the greatest number of its type, which reaches the logits of tokens that
# may never follow. All other weights would vanish beside it, and noise would be infinite. This number replaces it.
NEVER_LOGIT: Final = 64.0
RATES: Final = (1e-3, 1e-5)  # the grid's learning rate, and a hundredth of it; each falls to zero over the steps
STEPS: Final = (0, 10, 100, 300)  # the steps after which the model is measured; training ends after the last
NOISES: Final = (
    0.0,
    1e-4,
    1e-3,
    1e-2,
)  # standard deviation, as a share of the root mean square of each array of weights


@dataclass(frozen=True)
class Gpt2Measures:
    """The measures of one model on the words.

    Attributes:
        loss: The mean loss of a judged position, on held-out words of the training lengths.
        margin: The smallest margin of a decision on these words.
        margin_5: The 5% quantile of the words' smallest margins.
        terms: The terms of R(T), computed from the sizes of the weights.
        right: The share of words that are wholly right, for each of `RANGES`.
    """

    loss: float
    margin: float
    margin_5: float
    terms: RegularizerTerms
    right: tuple[float, ...]

    @property
    def total(self) -> float:
        """R(T), the sum of its terms."""
        return float(sum(value for value in self.terms.as_dict().values() if value is not None))
