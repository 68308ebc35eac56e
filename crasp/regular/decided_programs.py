"""Programs that `decide` is asked about, each as an automaton with the same answers, found by running the program."""

from crasp.meaning import ir
from crasp.meaning.measures import measure
from crasp.regular.automata.program_automaton import explore_program
from crasp.regular.decided_inputs import Subject
from crasp.regular.witnesses.program_outputs import Output
from crasp.text.loader import load_program


def program_subject(name: str) -> Subject:
    """The program in a file or in the library, as a subject of `decide`.

    Raises:
        CraspError: The text is no program.
        LoadError: There is no such file, or no such program in the library.
    """
    return subject_of_program(name, load_program(name))


def subject_of_program(name: str, program: ir.Program) -> Subject:
    """A program as a subject of `decide` with this name."""
    explored = explore_program(program)
    fields = {"fragment": measure(program).fragment, "depth": measure(program).depth, "regular": explored.checked}
    outputs = None
    if program.accept is None and explored.automaton is not None:
        vectors = [vector for vector in explored.automaton.outputs if isinstance(vector, tuple)]
        outputs = tuple(
            Output("next", frozenset(vector for vector in vectors if vector[k]), token)
            for k, (token, _) in enumerate(program.next)
        )
    remarks = explored.automaton.remarks if explored.automaton is not None else ()
    return Subject("program", name, explored.automaton, remarks, fields, outputs)
