"""Random programs as a person would write them: source text, coefficients of at most 3, at most 12 definitions."""

from random import Random

from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.meaning import ir
from crasp.text.loader import read_program
from limit_transformer.gpt2.directory import Gpt2Plan, plan_gpt2

LARGEST = 3  # coefficients and constants, in size
MOST = 12  # definitions
RELATIONS = ("<", "<=", "=", "=", "!=", ">=", ">")
BOOLEANS = ("compare", "compare", "compare", "compare", "not", "and", "and", "or", "or", "periodic", "lag", "name")
COUNTS = ("count", "count", "count", "window", "constant", "sum", "product", "conditional", "extremum", "name")


def program_text(seed: int) -> str:
    """The program of that number."""
    return _Writer(Random(f"small program {seed}")).program()


def small_program(seed: int) -> ir.Program:
    """The program of that number, read."""
    return read_program(Source(f"small program {seed}", program_text(seed)))


def plan_at(seed: int, length: int, dtype: str | None) -> Gpt2Plan:
    """How the program of that number is a GPT-2; Gpt2LengthError where no certificate reaches the length."""
    return plan_gpt2(compile_program(small_program(seed)).machine, max_length=length, dtype=dtype)


class _Writer:
    """A program as it is written, definition after definition."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.letters = ("a", "b", "c")[: random.choice((1, 2, 2, 2, 3, 3))]
        self.made: dict[str, list[str]] = {"boolean": [], "count": []}

    def program(self) -> str:
        random = self.random
        outputs = random.sample(
            [*(f"next[{letter}]" for letter in (*self.letters, "eos")), "accept"], len(self.letters) + 2
        )
        outputs = outputs[: random.choice((1, 1, 2, 2, 3))]
        number = random.randint(2, MOST - len(outputs))
        lines = [f"alphabet {' '.join(self.letters)}"]
        for k in range(number):
            kind = random.choice(("boolean", "count"))
            text = self.of_kind(kind, random.choice((1, 2, 2, 3)), "i")
            lines.append(f"d{k}(i) := {text}")
            self.made[kind].append(f"d{k}")
        for output in outputs:
            lines.append(f"{output}(i) := {self.boolean(random.choice((1, 2, 2, 3)), 'i')}")
        return "\n".join(lines) + "\n"

    def of_kind(self, kind: str, depth: int, i: str) -> str:
        return self.boolean(depth, i) if kind == "boolean" else self.count(depth, i)

    def named(self, kind: str, i: str) -> str | None:
        """A definition above, half the time a late one, for depth."""
        made = self.made[kind]
        if not made:
            return None
        return f"{self.random.choice(made[-2:] if self.random.random() < 0.6 else made)}({i})"

    def boolean(self, depth: int, i: str) -> str:
        random = self.random
        what = random.choice(BOOLEANS if depth else ("letter", "name", "name", "name"))
        match what:
            case "compare":
                return f"({self.count(depth - 1, i)} {random.choice(RELATIONS)} {self.count(depth - 1, i)})"
            case "not":
                return f"(not {self.boolean(depth - 1, i)})"
            case "and" | "or":
                return f"({self.boolean(depth - 1, i)} {what} {self.boolean(depth - 1, i)})"
            case "periodic":
                modulus = random.randint(1, 4)
                return f"({i} % {modulus} {random.choice(('=', '!='))} {random.randrange(modulus)})"
            case "lag":
                j = _inner(i)
                return f"(#[{j} <= {i}, {j} = {i} - {random.choice((1, 1, 2, 3))}] {self.boolean(depth - 1, j)} = 1)"
            case "name":
                return self.named("boolean", i) or self.letter(i)
            case _:
                return self.letter(i)

    def letter(self, i: str) -> str:
        return f"Q_{self.random.choice(self.letters)}({i})"

    def count(self, depth: int, i: str) -> str:
        random = self.random
        what = random.choice(COUNTS if depth else ("name", "name", "name", "constant", "count", "count"))
        match what:
            case "window":
                j = _inner(i)
                relation = random.choice((">=", ">=", "="))
                where = f"{j} <= {i}, {j} {relation} {i} - {random.choice((0, 1, 1, 2, 3))}"
                return f"#[{where}] {self.boolean(depth - 1, j)}"
            case "constant":
                return str(random.choice((0, 0, 1, 1, 2, LARGEST)))
            case "sum":
                return f"({self.count(depth - 1, i)} {random.choice('+-')} {self.count(depth - 1, i)})"
            case "product":
                return f"({random.choice((-LARGEST, -2, -1, 2, LARGEST))} * {self.count(depth - 1, i)})"
            case "conditional":
                branches = f"{self.count(depth - 1, i)} : {self.count(depth - 1, i)}"
                return f"({self.boolean(depth - 1, i)} ? {branches})"
            case "extremum":
                terms = [self.count(depth - 1, i) for _ in range(random.choice((1, 2, 2, 3)))]
                return f"{random.choice(('min', 'max'))}({', '.join(terms)})"
            case "name":
                found = self.named("count", i)
                if found is not None:
                    return found
        j = _inner(i)
        return f"#[{j} {random.choice(('<=', '<=', '<=', '<'))} {i}] {self.boolean(max(0, depth - 1), j)}"


def _inner(i: str) -> str:
    return chr(ord(i) + 1)
