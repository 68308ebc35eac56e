"""What is asked of compiled models beside trained ones, and what comes out: without the libraries that ask it."""

from dataclasses import dataclass
from typing import Final

from limit_transformer.norms.regularizer import RegularizerTerms

TRAINED_LENGTHS: Final = (1, 50)  # lengths of the words that are trained on
RANGES: Final = (TRAINED_LENGTHS, (51, 100), (101, 150))
WORDS: Final = 500  # of each range
# A compiled model writes "never" as the greatest number of its type, a bias that reaches the logits of tokens that no
# word goes on with. Beside it every other weight would be nothing, and any noise infinite: here it is this.
NEVER_LOGIT: Final = 64.0
RATES: Final = (1e-3, 1e-5)  # the grid's, and a hundredth of it; each falls to zero over the steps
STEPS: Final = (0, 10, 100, 300)  # after which the model is asked; the last is the end
NOISES: Final = (
    0.0,
    1e-4,
    1e-3,
    1e-2,
)  # standard deviation, as a share of the root mean square of each array of weights


@dataclass(frozen=True)
class Gpt2Measures:
    """What one model has on the words; `right` a share for each of RANGES.

    loss       the mean loss of a judged position, on held-out words of the training lengths
    margin     the smallest margin of a decision on them; `margin_5`: that 5% of the words stay below
    terms      the terms of R(T) as sizes of weights, and `total` their sum
    """

    loss: float
    margin: float
    margin_5: float
    terms: RegularizerTerms
    right: tuple[float, ...]

    @property
    def total(self) -> float:
        """R(T) as the sum of its terms."""
        return float(sum(value for value in self.terms.as_dict().values() if value is not None))
