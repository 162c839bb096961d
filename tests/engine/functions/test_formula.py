"""Formulas that people type: what they mean, what is refused and how, and hostile input."""

from __future__ import annotations

import ast
import importlib
import math
import string
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.functions.formula import DEEPEST, LONGEST, BadFormula, parse, read
from tests.engine.functions.oracles import autograd_gradient, autograd_hessian

X, Y = 0.7, -1.3
MEANINGS = [
    ("x^2 + y^2", X**2 + Y**2),
    ("-x^2", -(X**2)),
    ("x**2 - y", X**2 - Y),
    ("2^-x", 2**-X),
    ("2^3^2 + 0*x", 512.0),
    ("x - y - 1", X - Y - 1),
    ("8 / 4 / 2 * x", X),
    ("2x(y + 1)", 2 * X * (Y + 1)),
    ("x y", X * Y),
    ("2(y + 1)x", 2 * (Y + 1) * X),
    ("3sin(x)cos(y)", 3 * math.sin(X) * math.cos(Y)),
    ("2x^2", 2 * X**2),
    ("1/2x", 0.5 * X),
    ("--x", X),
    ("+x", X),
    ("x*-y", -X * Y),
    ("1e-3x + .5 + 2.", 1e-3 * X + 2.5),
    ("2e", 2 * math.e),
    ("pi * x + e", math.pi * X + math.e),
    ("2πx", 2 * math.pi * X),
    ("x² − y³", X**2 - Y**3),
    ("abs(y) + sqrt(x) + log(x) + exp(y)", abs(Y) + math.sqrt(X) + math.log(X) + math.exp(Y)),
    ("tan(x) + tanh(y) + sinh(x) + cosh(y)", math.tan(X) + math.tanh(Y) + math.sinh(X) + math.cosh(Y)),
    ("atan(x) + sigmoid(y)", math.atan(X) + 1 / (1 + math.exp(-Y))),
    ("7", 7.0),
    ("x", X),
]


@pytest.mark.parametrize(("text", "value"), MEANINGS)
def test_a_formula_means_what_it_says(text: str, value: float) -> None:
    surface = parse(text)
    assert surface.slope_at(X, Y)[0] == pytest.approx(value, rel=1e-14, abs=1e-14)
    x, y = torch.tensor([X], dtype=torch.float64), torch.tensor([Y], dtype=torch.float64)
    assert surface.value(x, y).item() == pytest.approx(value, rel=1e-14, abs=1e-14)


DIFFERENTIATED = [
    ("sin(x*y) + cos(x - y)", lambda x, y: torch.sin(x * y) + torch.cos(x - y)),
    ("exp(-(x^2 + y^2))", lambda x, y: torch.exp(-(x**2 + y**2))),
    ("x^y", lambda x, y: x**y),
    ("2^x * y", lambda x, y: 2**x * y),
    ("x/(1 + y^2)", lambda x, y: x / (1 + y**2)),
    ("sqrt(x^2 + y^2 + 1)", lambda x, y: torch.sqrt(x**2 + y**2 + 1)),
    ("log(x + y^2)", lambda x, y: torch.log(x + y**2)),
    ("tanh(x*y) + atan(y/x)", lambda x, y: torch.tanh(x * y) + torch.atan(y / x)),
    ("tan(x/2) * cosh(y) + sinh(x)", lambda x, y: torch.tan(x / 2) * torch.cosh(y) + torch.sinh(x)),
    ("sigmoid(3x - y)", lambda x, y: torch.sigmoid(3 * x - y)),
    ("abs(x - 2y) * x", lambda x, y: torch.abs(x - 2 * y) * x),
    ("x^4/4 - x^3 + y^2 * x", lambda x, y: x**4 / 4 - x**3 + y**2 * x),
    ("3x - 2y", lambda x, y: 3 * x - 2 * y + 0 * x * y),
    ("x^-2 + x^0.5", lambda x, y: x**-2 + x**0.5 + 0 * y * x),
]


@pytest.mark.parametrize(("text", "function"), DIFFERENTIATED, ids=[d[0] for d in DIFFERENTIATED])
def test_derivatives_equal_autograd(text: str, function) -> None:  # type: ignore[no-untyped-def]
    surface = parse(text)
    shares = torch.rand(2, 60, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    x, y = 0.2 + 2 * shares[0], 0.1 + 2 * shares[1]
    gradient = torch.stack(surface.gradient(x, y))
    torch.testing.assert_close(gradient, autograd_gradient(function, x, y), rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(
        surface.hessian(x, y), autograd_hessian(function, x, y), rtol=1e-10, atol=1e-10
    )
    plain = torch.tensor([surface.curvature_at(*p) for p in torch.stack([x, y], -1).tolist()])
    hessian = torch.stack([surface.hessian(x, y)[:, i, j] for i, j in ((0, 0), (0, 1), (1, 1))], -1)
    torch.testing.assert_close(plain.double(), hessian, rtol=1e-6, atol=1e-6)


REFUSALS = [
    ("", "empty"),
    ("   ", "empty"),
    ("x +", "ends too early, after '\\+'; a number, x, y"),
    ("((x)", "ends too early.*closing bracket"),
    ("x)", "'\\)' at character 2"),
    ("x 2", "'2' at character 3, where an operator"),
    ("xy", "'xy' at character 1.*x\\*y"),
    ("sin x", "'x' at character 5, where an opening bracket \\( after sin"),
    ("sin", "ends too early, after 'sin'"),
    ("ln(x)", "'ln' at character 1.*log fits"),
    ("sine(x)", "'sine' at character 1.*sin fits"),
    ("sign(x)", "'sign' at character 1"),
    ("z", "'z' at character 1.*there are x, y, pi, e"),
    ("x $ y", "'\\$' at character 3"),
    ("x = 3", "'=' at character 3"),
    ("*x", "'\\*' at character 1, where a number"),
    ("x ^ ^ y", "'\\^' at character 5"),
    ("1e999", "too large"),
    ("x" + " + x" * 60, "241 characters long; up to 200"),
    ("(" * 40 + "x" + ")" * 40, "nested too deep at character 31"),
    ("-" * 60 + "x", "nested too deep"),
    ("x^" * 60 + "x", "nested too deep"),
    ("__import__('os').system('ls')", "at character"),
    ("().__class__", "at character"),
    ("x if y else 1", "at character"),
    ("lambda: 1", "at character"),
    ("1;x", "';' at character 2"),
    ("\x00x", "at character 1"),
    ("٣x", "at character 1"),
]


@pytest.mark.parametrize(("text", "words"), REFUSALS)
def test_a_bad_formula_gets_one_sentence_that_says_where(text: str, words: str) -> None:
    with pytest.raises(BadFormula, match=words) as caught:
        parse(text)
    sentence = str(caught.value)
    assert sentence.startswith("The ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 260


LATEX = [
    ("x^2 + 2x*y", r"x^{2} + 2\,x\,y"),
    ("(x + 1)*(y - 2)", r"\left(x + 1\right)\,\left(y - 2\right)"),
    ("-(x + y)", r"-\left(x + y\right)"),
    ("x - (y - 1)", r"x - \left(y - 1\right)"),
    ("x/(2y)", r"\frac{x}{2\,y}"),
    ("(x/y)^2", r"\left(\frac{x}{y}\right)^{2}"),
    ("(-x)^2", r"\left(-x\right)^{2}"),
    ("(x^2)^y", r"\left(x^{2}\right)^{y}"),
    ("2*3*x", r"2 \cdot 3\,x"),
    ("sqrt(abs(x))", r"\sqrt{\left|x\right|}"),
    ("sin(2*pi*x)^2", r"\sin\left(2\,\pi\,x\right)^{2}"),
    ("atan(y)", r"\mathrm{atan}\left(y\right)"),
    ("1e-3*x", r"1 \cdot 10^{-3}\,x"),
    ("x*(-y)", r"x\,\left(-y\right)"),
]


@pytest.mark.parametrize(("text", "latex"), LATEX)
def test_latex_keeps_the_meaning_and_no_more_brackets(text: str, latex: str) -> None:
    assert parse(text).latex == latex


PIECES = [
    "x",
    "y",
    "2",
    "pi",
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "^",
    "**",
    "sin(",
    "log(",
    "sqrt(",
    " ",
    "1e9",
    ".5",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_likely_input_is_read_or_refused(text: str) -> None:
    _read_or_refused(text)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=LONGEST + 50) | st.text(string.printable, max_size=80))
def test_hostile_input_is_read_or_refused(text: str) -> None:
    _read_or_refused(text)


def _read_or_refused(text: str) -> None:
    try:
        surface = parse(text)
    except BadFormula:
        return
    grid = torch.linspace(-2, 2, 5, dtype=torch.float64)
    results = [surface.value(grid, grid), *surface.gradient(grid, grid), surface.hessian(grid, grid)]
    assert [len(r) for r in results] == [5] * 4
    assert len(surface.slope_at(0.0, 0.0)) == 3
    assert len(surface.curvature_at(-1.0, 2.0)) == 3


EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "2", "0.5", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"-{t}"),
        inner.map(lambda t: f"({t})^2"),
        st.tuples(st.sampled_from(["sin", "cos", "tanh", "atan"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, st.floats(-3, 3), st.floats(-3, 3))
def test_values_equal_pythons_own_reading(text: str, x: float, y: float) -> None:
    if len(text) > LONGEST:
        return
    names = {
        "x": x,
        "y": y,
        "pi": math.pi,
        "sin": math.sin,
        "cos": math.cos,
        "tanh": math.tanh,
        "atan": math.atan,
    }
    try:
        expected = eval(text.replace("^", "**"), {"__builtins__": {}}, names)  # noqa: S307 - our own text
    except (ZeroDivisionError, OverflowError):
        return
    assert parse(text).slope_at(x, y)[0] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


LONG = [
    "*".join("xy" * 25) + "*x",
    "/".join("xy" * 25),
    "+".join(["sin(x*y)^2"] * 18),
    "^".join("x" * DEEPEST),
    "sin(" * 28 + "x" + ")" * 28,
    "(x/y*" * 29 + "x" + ")" * 29,
]


@pytest.mark.parametrize("text", LONG)
def test_the_derivatives_of_long_formulas_stay_short(text: str) -> None:
    surface = parse(text)
    surface.curvature_at(0.5, 0.5)
    surface.slope_at(0.5, 0.5)
    assert len(surface.expression.nodes) < 6000


def test_where_a_formula_has_no_value_it_is_nan_or_infinite_as_in_torch() -> None:
    surface = parse("sqrt(x) + log(y) + exp(1000x)")
    for x, y in ((-1.0, 1.0), (1.0, 0.0), (1.0, -1.0), (5.0, 1.0)):
        plain = surface.slope_at(x, y)[0]
        tensor = surface.value(torch.tensor(x).double(), torch.tensor(y).double()).item()
        assert plain == tensor or (math.isnan(plain) and math.isnan(tensor))


def test_the_kinks_have_the_slope_that_torch_gives_them() -> None:
    assert parse("abs(x)").slope_at(0.0, 0.0) == (0.0, 0.0, 0.0)
    assert parse("abs(x)").slope_at(-2.0, 0.0) == (2.0, -1.0, 0.0)


@pytest.mark.parametrize("module", ["expression", "formula", "notation", "surface", "surfaces"])
def test_nothing_that_is_typed_runs_as_code(module: str) -> None:
    source = importlib.import_module(f"engine.functions.{module}").__file__
    assert source is not None
    calls = [n.func for n in ast.walk(ast.parse(Path(source).read_text("utf-8"))) if isinstance(n, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    assert not names & {"eval", "exec", "compile", "getattr", "__import__"}


def test_reading_gives_the_tree() -> None:
    assert read("-x^2") == ("neg", ("^", ("name", "x"), ("number", "2")))
