"""A regular language: which programs define it, with a program that does, or a certificate that none does."""

import crasp
from crasp.regular.certificates.certificates import plain_data
from crasp.regular.certificates.checker import check_certificate

even = crasp.decide("(aa)*")
for family, defined in even.record()["families"].items():
    print(f"{family}: {'yes' if defined else 'no'}")

if even.witness is not None:
    print(f"\nIts program has positions modulo {even.witness.modulus}:\n\n{even.witness.program}")
    accepted = [answer.accept for answer in crasp.run(even.witness.program, "aaaa", "aaa")]
    print(f"aaaa, aaa: {accepted}")

# The checker shares no code with the decider. It raises RejectedError if a certificate does not hold.
for family, certificate in even.certificates.items():
    check_certificate(plain_data(even.automaton), certificate)
    print(f"No program of the family {family} defines it: {' '.join(certificate['explanation'])}")
