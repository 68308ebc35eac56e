"""Discrimination lengths by enumeration, with the CPU time that each takes: `make bench-training-length`."""

import time

from crasp.discrimination import discrimination_length

CLASSES = (
    *((2, largest, 1) for largest in range(1, 9)),
    *((3, largest, 1) for largest in range(1, 6)),
    *((2, largest, 2) for largest in range(1, 5)),
)


def main() -> None:
    print("letters  coefficients  thresholds  length  programs  different  CPU s")
    for letters, largest, conjuncts in CLASSES:
        begun = time.process_time()
        found = discrimination_length(letters, largest, conjuncts=conjuncts)
        seconds = time.process_time() - begun
        print(
            f"{letters:7}  {f'-{largest}..{largest}':>12}  {conjuncts:10}  {found.length:6}  "
            f"{found.programs:8,}  {found.different:9,}  {seconds:5.2f}"
        )


if __name__ == "__main__":
    main()
