"""The size of any program's output as a tree, in the measure of docs/learn.md, section "Size"."""

from crasp.meaning import ir


def tree_size(program: ir.Program, line: int) -> int:
    """The size of the tree of a line. Shared parts count each time, and `not` counts nothing."""
    return _TreeSizes(program).of(line)


class _TreeSizes:
    def __init__(self, program: ir.Program) -> None:
        self.lines = program.lines
        self.known: list[int] = []
        for line in program.lines:  # a line reads only lines above it
            self.known.append(self._size(line.operation))

    def of(self, line: int) -> int:
        return self.known[line]

    def _size(self, operation: ir.Operation) -> int:
        match operation:
            case ir.Not(operand):
                return self.of(operand)
            case ir.And(operands) | ir.Or(operands):
                return max(1, sum(map(self.of, operands)) + len(operands) - 1)
            case ir.Compare(_, left, right):
                return self._comparison(left, right)
            case ir.Count(body) | ir.LocalCount(body):
                return 1 + self.of(body)
            case ir.Linear(terms, constant):
                return sum(abs(factor) - 1 + self.of(of) for factor, of in terms) + (constant != 0)
            case ir.Extremum(_, operands):
                return 1 + sum(map(self.of, operands))
            case ir.Conditional(condition, then, otherwise):
                return 1 + self.of(condition) + self.of(then) + self.of(otherwise)
            case _:
                return 1

    def _comparison(self, left: int, right: int) -> int:
        """The size of a comparison: the counts of both sides, with equal counts merged, and one for a constant.

        A comparison of a single lag counts as reading a Boolean some positions before, which is 2 more than the
        Boolean.
        """
        factors: dict[int, int] = {}
        constant = 0
        for side, sign in ((left, 1), (right, -1)):
            operation = self.lines[side].operation
            if isinstance(operation, ir.Linear):
                constant += sign * operation.constant
                for factor, of in operation.terms:
                    factors[of] = factors.get(of, 0) + sign * factor
            else:
                factors[side] = factors.get(side, 0) + sign
        counts = {of: factor for of, factor in factors.items() if factor}
        if len(counts) == 1:
            ((of, _),) = counts.items()
            operation = self.lines[of].operation
            if isinstance(operation, ir.LocalCount) and operation.nearest == operation.farthest:
                return 2 + self.of(operation.body)
        return 1 + sum(self.of(of) + abs(factor) - 1 for of, factor in counts.items()) + (constant != 0)
