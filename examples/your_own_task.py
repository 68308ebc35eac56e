"""A language and a model of your own: the prediction for the language, and the accuracy of the model."""

import numpy as np
from numpy.typing import NDArray

import tasks
from eval import measure, predict
from tasks.task import Task
from tasks.words import Batch

REGEX = "(a|b)*bb(a|b)*"  # two b side by side

prediction = predict(regex=REGEX, accept="last")  # the last letter is where programs are asked below
print(f"{REGEX} with positional encodings: {prediction.verdict} ({prediction.standing})\n  {prediction.because}")


class SaysEveryWord:
    """A model of your own; any object with these names can be measured."""

    name, trained_to = "accepts every word", 50

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Return whether each position is right or not judged (words, positions).

        This model says `accept`, then `<eos>`.
        """
        said = np.where(batch.targets == task.vocabulary.index("<eos>"), batch.targets, task.vocabulary.index("accept"))
        return (said == batch.targets) | ~batch.judged

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Return whether every judged position of each word is right (words,)."""
        return np.asarray(self.right_at(task, batch).all(axis=1))


task = tasks.get(regex=REGEX, recognize=True)
print(f"\n{' '.join(task.alphabet)}: {tasks.sample(task, lengths=(4, 4), number=1)[0].tokens}")
for model in (prediction.witness, SaysEveryWord()):
    if model is not None:
        found = measure(model, task, words=500)
        print(f"{found.model}: " + ", ".join(f"{each.lengths} {each.accuracy:.0%}" for each in found.bins))
