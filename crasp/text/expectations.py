"""Messages for a token that the grammar does not allow: what was expected, what was found, and what may help."""

from lark import Token

from crasp.errors import Problem, Span
from crasp.text.foreign_signs import COMMENT, CONDITIONAL, EXPLAINED

KEYWORDS = {
    "ALPHABET", "ACCEPT", "NEXT", "EOS", "FOR", "IN", "IF", "NOT", "AND", "OR", "TRUE", "FALSE", "ANY", "ALL",
    "SUM", "MIN", "MAX", "Q",
}  # fmt: skip
SPELLING = {
    "DEFINE": ":=", "LE": "<=", "NE": "!=", "GE": ">=", "LT": "<", "GT": ">", "EQ": "=", "DOTS": "..",
    "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "LBRACE": "{", "RBRACE": "}", "COMMA": ",", "COLON": ":",
    "QUESTION": "?", "PLUS": "+", "MINUS": "-", "STAR": "*", "PERCENT": "%", "HASH": "#",
} | {word: word.lower() if word != "Q" else "Q" for word in KEYWORDS}  # fmt: skip
_CALLS = frozenset(("TRUE", "FALSE", "LPAR", "WORD", "Q", "QTOKEN"))
_COUNTS = _CALLS | {"HASH", "NUMBER", "MINUS", "SUM"}
BODY = "the body of a count (a name, `Q`, `true`, `false`, `not` and a body, or anything Boolean in parentheses)"
# The name in messages of each group of terminals, the largest group first. A message names a group in place of all
# its terminals where the grammar allows every one of them.
GROUPS: tuple[tuple[frozenset[str], str], ...] = (
    (_COUNTS | {"NOT", "ANY"}, "an expression"),
    (_COUNTS, "a count or a Boolean"),
    (_CALLS | {"NOT"}, BODY),
    (frozenset(("LT", "LE", "EQ", "NE", "GE", "GT", "PLUS", "MINUS")), "an operator"),
    (frozenset(("LT", "LE", "EQ", "NE", "GE", "GT")), "a comparison"),
    (frozenset(("WORD", "NUMBER", "STRING")), "a token"),
)
# For each group, the terminals outside it that go without saying once the group is named.
COVERED = {
    "an expression": "ACCEPT NEXT MIN MAX ALL",
    "a count or a Boolean": "ACCEPT NEXT MIN MAX",
    BODY: "ACCEPT NEXT",
    "an operator": "AND OR STAR PERCENT QUESTION",
}


def describe_mismatch(
    place: Span, found: Token | None, before: Token | None, expected: frozenset[str], *, in_alphabet: bool
) -> Problem:
    """The problem of a token that the grammar does not allow in its place.

    Args:
        place: Where the message points.
        found: The token, or None where the alphabet's line or the definition ended too early.
        before: The token before it, or None at the beginning.
        expected: The names of the terminals that the grammar allows in this place.
        in_alphabet: Whether the alphabet's line is being parsed, and not a definition.
    """
    if found is not None and (problem := _never_legal(place, found)) is not None:
        return problem
    if found is not None and found.type == "QTOKEN" and "WORD" in expected:
        return Problem(place, f"a name does not begin with `Q_`, as `{found}` does")
    end = "the end of the line" if in_alphabet else "the end of the definition"
    was = end if found is None else _name_token(found)
    hint = IN_ALPHABET if in_alphabet and found is not None else _hint(found, before, expected)
    return Problem(place, f"expected {_list(expected, end)}, found {was}", hint)


IN_ALPHABET = 'the alphabet ends with its line; tokens that are not words or numbers are quoted, as "("'


def _never_legal(place: Span, found: Token) -> Problem | None:
    text = str(found)
    match found.type:
        case "BAD_NUMBER" if text.startswith("Q_"):
            return Problem(place, f"expected a token after `Q_`: in `{text}` a number touches a letter")
        case "BAD_NUMBER" if not text[0].isdigit():
            return Problem(place, f"expected a token, found `{text}`", f'quote it: "{text}"')
        case "BAD_NUMBER":
            return Problem(place, f"expected a number or a name: in `{text}` a number touches a letter")
        case "BAD_STRING" if len(text) > 1 and text.endswith('"'):
            escapes = 'the escapes are `\\"` and `\\\\`'
            return Problem(place, f"expected a quoted token, found a string with an unknown escape; {escapes}")
        case "BAD_STRING":
            return Problem(place, 'expected a closing `"` on the same line')
        case "BAD_CHARACTER" | "FOREIGN_SIGN":
            shown = repr(text)[1:-1] if not text.isprintable() else text
            hint = 'tokens that are not words or numbers are quoted, as "("' if text.isprintable() else None
            hint = EXPLAINED.get(text, hint)
            sort = "the character " if len(text) == 1 else ""
            return Problem(place, f"expected the words of the language, found {sort}`{shown}`", hint)
    return None


def _name_token(token: Token) -> str:
    return f"the reserved word `{token}`" if token.type in KEYWORDS else f"`{token}`"


def _list(expected: frozenset[str], end: str) -> str:
    left = set(expected)
    parts: list[str] = []
    for group, name in GROUPS:
        if group <= left:
            left -= group | set(COVERED.get(name, "").split())
            parts.append(name)
    if "WORD" in left:
        left.discard("WORD")
        parts.append("a name")
    ends = "$END" in left
    parts += sorted(f"`{SPELLING[name]}`" for name in left if name in SPELLING)
    if "NUMBER" in left:
        parts.append("a number")
    if ends:
        parts.append(end)
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]


def _hint(found: Token | None, before: Token | None, expected: frozenset[str]) -> str | None:
    if found is None:
        return None
    if before is not None and before.type == "ACCEPT" and found.type == "LSQB":
        return "`accept` takes no index"
    if before is not None and before.type == "NEXT" and found.type == "LPAR":
        return "`next` takes one index, a token or `eos`: `next[eos](i)`"
    if before is not None and before.type == "HASH":
        return COMMENT
    if found in ("then", "else") or (found.type == "IF" and "NOT" in expected):
        return CONDITIONAL
    if found.type == "IF":
        filter_ = "a filter is given once, at the end of the `for` or of the brackets"
        return f"{filter_}; {CONDITIONAL}" if "FOR" in expected else filter_
    if found.type == "PLUS" and "MINUS" in expected and not {"STAR", "HASH"} & expected:
        return "a lag or a window looks back: `j = i - c`, `j >= i - c`"
    if found.type in ("WORD", "NUMBER", "STRING") and expected <= {"LPAR", "LSQB"}:
        return "a definition is `name(i) := expression`; the alphabet ends with its line"
    if found.type == "EOS":
        return "`eos` is not a token; it stands in `next[eos]` only"
    if found.type in ("ANY", "ALL", "HASH", "MINUS", "NUMBER", "MIN", "MAX", "SUM") and _wants_body(expected):
        return "put what is counted in parentheses: `#[j <= i] (...)`"
    if found.type in KEYWORDS and {"WORD", "NUMBER", "STRING"} <= expected:
        return f'a token that is a reserved word is quoted: "{found}"'
    if found.type in KEYWORDS and "WORD" in expected:
        return "reserved words are not names"
    if found.type == "LPAR" and before is not None and before.type == "NUMBER":
        return "a product is written with `*`, the number on the left: `2 * C`"
    if expected == {"EQ", "GE"}:
        return "the variable that the count binds stands first, alone: `j = i - c`, `j >= i - c`"
    if found.type in ("PLUS", "MINUS", "STAR", "NUMBER") and before is not None and before.type == "WORD":
        return "a definition is used at its own position: `name(i)`"
    if found.type == "PERCENT" and before is not None and before.type == "WORD":
        return "the body of a count is one unary term: put `%` in parentheses, `#[j <= i] (j % m = r)`"
    if found.type == "DEFINE":
        return "a definition is `name(i) := expression`"
    if found.type == "COMMA" and "MINUS" in expected:
        return "a count has one restriction: `j = i - c` or `j >= i - c`"
    return None


def _wants_body(expected: frozenset[str]) -> bool:
    return "NOT" in expected and "TRUE" in expected and "HASH" not in expected
