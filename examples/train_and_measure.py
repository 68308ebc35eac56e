"""A small GPT-2 is trained on short words and measured on longer ones.

It trains for seconds, so its accuracy is no evidence of anything.
"""

import sys
import tempfile

import train
from eval import measure

runs = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
choices = train.Choices(width=16, max_steps=100, train_length=10, max_length=30)
for model in train.run("tomita1", choices, pe="nope", out=runs):
    print(f"seed {model.result.seed}: {model.result.steps} steps, {model.result.seconds:.1f} seconds")
    for each in model.result.bins:
        print(f"  tested on lengths {each.lengths}: {each.accuracy:.0%} right")
    fresh = measure(model.directory, "tomita1", words=200, seed=1)
    for each in fresh.bins:
        print(f"  on words that no test has: {each.lengths}: {each.correct} of {each.total} right")
