"""Labels for the coordinates and units of a compiled machine: the definition or the expression that they hold."""

from dataclasses import dataclass

from crasp.compiler.assembly import Coordinate
from crasp.compiler.compiler import CompiledProgram
from crasp.pages.circuit_expressions import expression_of
from crasp.spelling import is_bare, quote

LONGEST_LABEL_CHARACTERS = 60  # a longer expression is shown beside the label


@dataclass(frozen=True)
class Labels:
    """The labels of a machine's coordinates and units.

    coordinates  the label of each coordinate
    units        the label of each unit, by its name in the machine
    holds        the expression of each item, by its number
    of_item      the label of each item, by its number
    """

    coordinates: tuple[str, ...]
    units: dict[str, str]
    holds: dict[int, str]
    of_item: dict[int, str]


def label_coordinates(compiled: CompiledProgram) -> Labels:
    """The labels of the machine of a compiled program."""
    origins, alphabet = compiled.origins, compiled.program.alphabet
    used = set(origins.items.values()) | set(origins.booleans)
    holds = {number: expression_of(origins, alphabet, number) for number in sorted(used)}
    of_item = {
        number: _item_label(origins.names.get(number), number in origins.exact, holds[number]) for number in holds
    }
    coordinates = tuple(
        _coordinate_label(coordinate, of_item.get(origins.items.get(place, -1), ""), alphabet, place)
        for place, coordinate in enumerate(compiled.coordinates)
    )
    units = {origins.names.get(number, str(number)): label for number, label in of_item.items()}
    return Labels(coordinates, units, holds, of_item)


def _item_label(name: str | None, is_definition: bool, expression: str) -> str:
    """The label of an item.

    It is the name of its definition, else its expression if that is short, else the name of the part of a definition.
    """
    if name is not None and (is_definition or len(expression) > LONGEST_LABEL_CHARACTERS):
        return name
    return expression


def _coordinate_label(coordinate: Coordinate, item: str, alphabet: tuple[str, ...], place: int) -> str:
    _, _, rest = coordinate.name.partition(" ")
    match coordinate.role:
        case "token":
            token = alphabet[place]
            return f"Q_{token}" if is_bare(token) else f"Q[{quote(token)}]"
        case "begin":
            return "begin marker"
        case "one":
            return "1"
        case "reciprocal":
            return "1/s"
        case "residue" | "anchor":
            modulus, residue = rest.split(":")
            whose = "position" if coordinate.role == "residue" else "begin marker"
            return f"{whose} ≡ {residue} mod {modulus}"
        case "fraction":
            return f"⟨{item}⟩ as looked up"
        case "gate":
            early = coordinate.name.rpartition(" in layer ")
            return f"⟨{item}⟩ from layer {early[2]}" if early[2].isdigit() and early[1] else f"⟨{item}⟩"
        case "share":
            return f"⟨{item}⟩ / s"
