"""The calculator: exact arithmetic on an expression that a model wrote. Nothing in it is run as code."""

import ast
import math
import operator
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from chat.tools.tool import Cancellation, Tool, ToolFailed, ToolResult

MAX_CHARS = 1_000  # of an expression
MAX_BITS = 20_000  # of a number on the way, which is about 6,000 digits
MAX_EXPONENT = 10_000
SHOWN_DIGITS = 30  # of a result that is no whole number
MAX_SHOWN_CHARS = 2_000
SPELLINGS = {"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "π": "pi", "√": "sqrt"}

NUMBER = re.compile(r"(?<![\w.])(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")

Number = Fraction | float

CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}


def calculate(expression: str) -> str:
    """The value of an expression, like "2/3 + sqrt(2)": exact where that is possible, else marked with "≈".

    Raises ToolFailed.
    """
    try:
        return _written(_value(_parse(_as_python(expression))))
    except ZeroDivisionError:
        raise ToolFailed("Division by zero.") from None
    except (OverflowError, MemoryError):
        raise ToolFailed("The number is too large.") from None
    except (ValueError, TypeError, InvalidOperation):
        raise ToolFailed("The result is undefined.") from None
    except RecursionError:
        raise ToolFailed("The expression is nested too deeply.") from None


def _as_python(expression: str) -> str:
    if len(expression) > MAX_CHARS:
        raise ToolFailed(f"The expression is longer than {MAX_CHARS} characters.")
    for written, meant in SPELLINGS.items():
        expression = expression.replace(written, meant)
    # As decimals: 0.1 is a tenth, and all digits count.
    return NUMBER.sub(lambda number: f"decimal({number[0]!r})", expression.strip())


def _parse(expression: str) -> ast.expr:
    try:
        return ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, MemoryError):
        raise ToolFailed(
            'This is not an expression. Write it like "(2 + 3) * 4 / 7", "2 ** 10" or "sqrt(2)", without "=" and units.'
        ) from None


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Call(func=ast.Name(id="decimal"), args=[ast.Constant(value=str(digits))], keywords=[]):
            return _checked(_decimal_number(digits))
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _checked(OPERATORS[type(op)](_value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _checked(FUNCTIONS[name](*map(_value, args)))
        case ast.Call(func=ast.Name(id=name)):
            raise ToolFailed(f"There is no function {name[:40]}. Available functions: {', '.join(FUNCTIONS)}.")
        case ast.Name(id=name):
            raise ToolFailed(f"{name[:40]} is unknown. Write its value instead.")
        case _:
            raise ToolFailed("Only numbers, + - * / // % **, brackets and functions like sqrt(2) can be calculated.")


def _decimal_number(digits: str) -> Fraction:
    value = Decimal(digits.replace("_", ""))
    if value and abs(value.adjusted()) > MAX_EXPONENT:
        raise OverflowError
    return Fraction(value)


def _checked(value: Number) -> Number:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OverflowError
        return value
    if max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise OverflowError
    return value


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        size = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
        if abs(exponent) > MAX_EXPONENT or (size > 1 and size * abs(exponent) > MAX_BITS):
            raise OverflowError
        return Fraction(base ** int(exponent))
    return math.pow(base, exponent)


def _root(value: Number) -> Number:
    if isinstance(value, Fraction) and value >= 0:
        exact = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
        if exact * exact == value:
            return exact
    return math.sqrt(value)


def _factorial(value: Number) -> Fraction:
    if not isinstance(value, Fraction) or value.denominator != 1 or value < 0:
        raise ValueError
    if value > 1_500:
        raise OverflowError
    return Fraction(math.factorial(int(value)))


def _of_whole(function: Callable[..., int]) -> Callable[..., Fraction]:
    def call(*values: Any) -> Fraction:
        if not values or not all(isinstance(value, Fraction) and value.denominator == 1 for value in values):
            raise ValueError
        return Fraction(function(*map(int, values)))

    return call


def _of_float(function: Callable[..., float]) -> Callable[..., float]:
    return lambda *values: function(*map(float, values))


def _rounded(value: Number, digits: Number = Fraction(0)) -> Number:
    if abs(float(digits)) > 1_000:
        raise OverflowError
    return Fraction(round(Fraction(value), int(digits)))


OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: Fraction(left // right),
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
FUNCTIONS: dict[str, Callable[..., Number]] = {
    "sqrt": _root,
    "abs": abs,
    "round": _rounded,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "min": min,
    "max": max,
    "gcd": _of_whole(math.gcd),
    "lcm": _of_whole(math.lcm),
    "factorial": _factorial,
    **{
        name: _of_float(getattr(math, name))
        for name in ("exp", "log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "degrees", "radians")
    },
}


def _written(value: Number) -> str:
    if isinstance(value, float):
        return f"≈ {value:.15g}"
    if value.denominator == 1:
        return _short(_digits(value.numerator))
    decimal = _decimal(value)
    return decimal or f"{_short(f'{_digits(value.numerator)}/{_digits(value.denominator)}')} ≈ {_approximate(value)}"


def _digits(whole: int) -> str:
    """By way of a Decimal, because Python writes no integer of more than 4,300 digits."""
    return f"{Decimal(whole):f}"


def _decimal(value: Fraction) -> str:
    """All digits of a fraction, if there are not many; "" otherwise."""
    rest, digits = value.denominator, 0
    for factor in (2, 5):
        power = 0
        while rest % factor == 0:
            rest, power = rest // factor, power + 1
        digits = max(digits, power)
    if rest != 1 or digits > SHOWN_DIGITS:
        return ""
    scaled = abs(value.numerator) * 10**digits // value.denominator
    whole, part = divmod(scaled, 10**digits)
    return _short(f"{'-' * (value < 0)}{_digits(whole)}.{part:0{digits}d}")


def _approximate(value: Fraction) -> str:
    try:
        return f"{float(value):.15g}"
    except OverflowError:
        return "a number too large to write"


def _short(digits: str) -> str:
    if len(digits) <= MAX_SHOWN_CHARS:
        return digits
    return f"{digits[:MAX_SHOWN_CHARS]}… ({len(digits)} characters)"


def _run(arguments: dict[str, Any], cancellation: Cancellation) -> ToolResult:
    expression = arguments.get("expression")
    if not isinstance(expression, str):
        raise ToolFailed('The argument "expression" is missing.')
    return ToolResult(calculate(expression))


CALCULATOR = Tool(
    name="calculator",
    title="",
    description="Calculates exactly. Use it for every calculation that isn't trivial.",
    parameters={
        "type": "object",
        "properties": {
            "expression": {
                "type": "string",
                "description": 'An expression like "(2 + 3) * 4 / 7", "2 ** 100" or "round(sqrt(2), 3)". Functions: '
                + ", ".join(FUNCTIONS),
            }
        },
        "required": ["expression"],
        "additionalProperties": False,
    },
    run=_run,
)
