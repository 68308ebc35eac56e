"""A program: what it defines, what it says of words, and the value of every definition at every position."""

import crasp

MORE_A_THAN_B = """
alphabet a b
more(i)   := #[j <= i] Q_a(j) > #[j <= i] Q_b(j)
accept(i) := more(i)
"""

report = crasp.check(MORE_A_THAN_B)
print(f"{report.fragment}, depth {report.depth}, {report.operations} operations")

for answer in crasp.run(MORE_A_THAN_B, "aab", "abb", ["a", "b", "a"]):
    print("".join(answer.word or ()), "is accepted" if answer.accept else "is rejected")

print(crasp.trace("lib:dyck1", "())("))
