"""What the race says: names, numbers, sentences."""

from __future__ import annotations

import math

import numpy as np

from engine.optimization.settings import Name
from scenes.optimization.optimizers_model import Basins, Result, Track
from scenes.optimization.optimizers_steps import Moment
from scenes.scene import Target

TITLES: dict[Name, str] = {
    "sgd": "SGD", "momentum": "Momentum", "nesterov": "Nesterov", "adagrad": "AdaGrad", "rmsprop": "RMSProp",
    "adadelta": "Adadelta", "adam": "Adam", "adamw": "AdamW",
}  # fmt: skip
SHORT_UNITS: dict[Name, str] = {
    **dict.fromkeys(("sgd", "momentum", "nesterov"), "rate in x² / f"),
    **dict.fromkeys(("adagrad", "rmsprop", "adam", "adamw"), "rate in x"),
    "adadelta": "rate without unit",
}  # fmt: skip
UNITS: dict[Name, str] = {
    **dict.fromkeys(
        ("sgd", "momentum", "nesterov"),
        "its rate must turn a slope, loss over length, into a length, so it depends on the units of both",
    ),
    **dict.fromkeys(
        ("adagrad", "rmsprop", "adam", "adamw"),
        "a slope over the size of slopes has no unit, so its rate is a length: about how long a step is",
    ),
    "adadelta": "step lengths over the size of slopes, times a slope: a length already, so it needs no rate",
}  # fmt: skip
MINUS = "\N{MINUS SIGN}"
LETTERS = "ABCDEFGHI"
LETTERED = len(LETTERS)  # minima up to which each has a letter


def number(value: float, digits: int = 3) -> str:
    """A number in few digits, with a true minus."""
    if math.isnan(value):
        return "gone"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, exponent = f"{value:.{max(digits - 2, 0)}e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    text = f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    return text.replace("-", MINUS)


def place(x: float, y: float) -> str:
    """A point of the plane."""
    return f"({number(x)}, {number(y)})"


def sentence(show: str, moment: Moment, hover: Target | None) -> str:
    """What is pointed at, or what there is to see; of a run under way only the former."""
    result, at = moment.result, moment.done
    pointed = _pointed(moment, hover) if hover is not None else ""
    if pointed:
        return pointed
    if moment.frame is not None:
        return "" if moment.frame.narrated else _under_way(moment)
    if result.race.surface is None:
        return _counterexample(result)
    if show == "basins":
        return basins_in_words(result)
    if result.twin is not None:
        return _switched(result, result.twin)
    return _standing(result, at)


def _under_way(moment: Moment) -> str:
    """A run at a line that says nothing of itself."""
    title, (x, y) = TITLES[moment.result.race.chosen], moment.here.tolist()
    made = f"{_steps(moment.done)} made" if moment.done else "no step made yet"
    where = f"x = {number(x)}" if moment.result.race.surface is None else place(x, y)
    return f"{title} is at {where}, with {made}."


def _pointed(moment: Moment, hover: Target) -> str:
    result, at = moment.result, moment.done
    if hover.panel == "standings" and hover.handle in TITLES:
        return of_optimizer(hover.handle, result, at)
    if hover.panel == "memory" and hover.handle and moment.own:
        return _remembered(hover.handle, result, at)
    if hover.panel == "chart":
        return _losses(result, round(hover.x))
    if hover.panel == "map":
        return _on_map(result, hover)
    if hover.panel == "ends" and hover.handle.startswith("end "):
        return _end_in_words(result, int(hover.handle.removeprefix("end ")))
    return ""


def _standing(result: Result, at: int) -> str:
    race, tracks = result.race, result.tracks
    losses = {name: float(track.losses[at]) for name, track in tracks.items()}
    held = [name for name in losses if math.isfinite(losses[name])]
    gone = [TITLES[name] for name in losses if name not in held]
    if not held:
        return f"After {at} steps all have left the numbers: the rates are too large."
    best = min(held, key=lambda name: losses[name])
    told = f"After {_steps(at)} {TITLES[best]} is lowest, f = {number(losses[best])}"
    if (
        race.rare > 1
        and at >= race.rare
        and "rate" in (rows := {row.name: row.values for row in result.memory})
    ):
        across, up = rows["rate"][at - 1].tolist()
        return (
            f"The slope along y was seen at {at // race.rare} of {at} steps: {TITLES[race.chosen]}'s rate is "
            f"{number(up)} along y and {number(across)} along x."
        )
    if race.chosen != best and race.chosen in held:
        told += f"; {TITLES[race.chosen]} is at {number(losses[race.chosen])}"
    if gone:
        told += (
            f". {', '.join(gone)} {'has' if len(gone) == 1 else 'have'} left the numbers: too large a rate"
        )
    return told + ". Drag the start, or the marker of the time."


def _switched(result: Result, twin: Track) -> str:
    """What a switch that is not as published does to the first step and to the end."""
    race = result.race
    track, settings = result.tracks[race.chosen], race.settings[race.chosen]
    what = {
        "off": "Without bias correction", "m only": "With v in the place of v_hat",
        "index": "With 1 − β for 1 − β to the power of t", "power": "",
    }[settings.correction]  # fmt: skip
    if not what:
        what = "With eps inside the root" if settings.eps_inside else "With the highest v so far (AMSGrad)"
    first, usual = (float(np.hypot(*(one.path[1] - one.path[0]))) for one in (track, twin))
    ratio = first / usual if usual else math.nan
    if math.isfinite(ratio) and abs(ratio - 1) > 0.005:
        much = f"{ratio:.3g} times as long" if ratio > 1 else f"only {ratio:.3g} times as long"
        right = "as with eps beside it" if what.startswith("With eps") else "as published"
        return f"{what} the first step is {much} {right}: {number(first)} instead of {number(usual)}."
    apart = np.hypot(*(track.path - twin.path).T)
    if not np.isfinite(apart).any() or np.nanmax(apart) < 1e-9:
        return f"{what} {TITLES[race.chosen]} goes the very same way here."
    return (
        f"{what} {TITLES[race.chosen]}'s first step is the same, but after {len(apart) - 1} steps it is "
        f"{number(float(apart[-1]))} away from where it would be (dashed)."
    )


def _counterexample(result: Result) -> str:
    name = result.race.chosen
    told = []
    pairs = [(TITLES[name] + (" with AMSGrad" if result.twin is not None else ""), result.tracks[name])]
    if result.twin is not None:
        pairs.append((f"plain {TITLES[name]}", result.twin))
    for title, track in pairs:
        x = float(np.mean(track.path[-min(3, len(track.path)) :, 0]))
        told.append(f"{title} is at x = {x:.2f}".replace("-", MINUS))
    return f"Every three slopes, 3, −1 and −1, sum to 1, so x should go down to −1: {'; '.join(told)}."


def of_optimizer(name: Name, result: Result, at: int) -> str:
    """An optimizer in one sentence: its rate, where it is, the unit of its rate."""
    track = result.tracks.get(name)
    if track is None:
        return f"{TITLES[name]} does not race. Click to look at it, double-click to let it in."
    rate = number(result.race.rates[name] * result.race.schedule[max(at, 1) - 1])
    return f"{TITLES[name]}, rate {rate}: f = {number(float(track.losses[at]))}. In units, {UNITS[name]}."


def _remembered(handle: str, result: Result, at: int) -> str:
    """The arithmetic that made a row of the chosen optimizer's memory."""
    rows = {row.name: row.values for row in result.memory}
    if handle not in rows or at < 1:
        return ""
    race, settings = result.race, result.race.settings[result.race.chosen]
    now = {key: (float(v[at - 1, 0]), float(v[at - 1, 1])) for key, v in rows.items()}
    old = {
        key: (float(v[at - 2, 0]), float(v[at - 2, 1])) if at > 1 else (0.0, 0.0) for key, v in rows.items()
    }
    lr = race.rates[race.chosen] * race.schedule[at - 1]
    here = result.tracks[race.chosen].path[at - 1]

    def along(axis: int) -> str:
        n, o = {k: number(v[axis]) for k, v in now.items()}, {k: number(v[axis]) for k, v in old.items()}
        eps = (
            f"√({{}} + {number(settings.eps)})"
            if settings.eps_inside
            else f"(√{{}} + {number(settings.eps)})"
        )
        b1, b2, rho = (f"{b:g} · " for b in (settings.beta1, settings.beta2, settings.rho))
        keep1, keep2, new = (f"{1 - b:.4g} · " for b in (settings.beta1, settings.beta2, settings.rho))
        square, mean = f"({n['g']})²", race.chosen in ("rmsprop", "adadelta")
        made = {
            "m": lambda: f"{b1}{o['m']} + {keep1}{n['g']}",
            "v": lambda: f"{rho if mean else b2}{o['v']} + {new if mean else keep2}{square}",
            "m_hat": lambda: f"{n['m']} / {_share(settings.beta1, at, settings.correction)}",
            "v_hat": lambda: f"{n.get('highest', n['v'])} / "
            + _share(settings.beta2, at, "off" if settings.correction == "m only" else settings.correction),
            "total": lambda: f"{o['total']} + {square}",
            "kept": lambda: f"{settings.momentum:g} · {o['velocity']}",
            "velocity": lambda: f"{n['kept']} + {'' if at == 1 else f'{1 - _damped(result):g} · '}{n['g']}",
            "highest": lambda: f"the larger of {o['highest']} and {n['v']}",
            "rate": lambda: f"√({n['s']} + eps) / √({n['v']} + eps)" if "s" in n
            else f"{number(lr)} / " + eps.format(n.get("v_hat") or n.get("total") or n["v"]),
            "decay": lambda: f"{MINUS}{number(lr * settings.weight_decay)} · {number(float(here[axis]))}",
            "step": lambda: _step(n, lr, race.chosen),
        }  # fmt: skip
        shown = now[handle][axis]
        return f"{made[handle]()} = {number(shown)}" if handle in made else number(shown)

    return f"Along x: {along(0)}. Along y: {along(1)}."


def _damped(result: Result) -> float:
    return result.race.settings["momentum"].dampening if result.race.chosen == "momentum" else 0.0


def _share(beta: float, t: int, correction: str) -> str:
    if correction == "off":
        return "1"
    power = "" if correction == "index" else _raised(t)
    return f"(1 − {beta:g}{power})"


def _raised(t: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(t))


def _step(n: dict[str, str], lr: float, name: Name) -> str:
    if "rate" in n:
        by = n.get("m_hat", n["g"])
        return f"{MINUS}{n['rate']} · {by}"
    if name == "nesterov":
        return f"{MINUS}{number(lr)} · (gradient + momentum · {n['velocity']})"
    return f"{MINUS}{number(lr)} · {n.get('velocity', n['g'])}"


def _losses(result: Result, at: int) -> str:
    last = len(result.race.schedule)
    at = min(max(at, 0), last)
    order = sorted(result.tracks, key=lambda name: np.nan_to_num(result.tracks[name].losses[at], nan=np.inf))
    told = [f"{TITLES[name]} {number(float(result.tracks[name].losses[at]))}" for name in order]
    return f"After {_steps(at)}: {', '.join(told)}."


def _on_map(result: Result, hover: Target) -> str:
    surface = result.race.surface
    if surface is None:
        return ""
    if hover.handle == "start":
        return f"All start at {place(*result.race.start)}. Drag it."
    if result.basins is not None:
        return _start_in_words(result, hover.x, hover.y)
    if hover.handle == "path" and 0 <= hover.index < len(result.tracks[result.race.chosen].path):
        x, y = result.tracks[result.race.chosen].path[hover.index].tolist()
        value, across, up = surface.slope_at(x, y)
        return (
            f"{TITLES[result.race.chosen]} after {_steps(hover.index)}: {place(x, y)}, f = {number(value)}, "
            f"gradient {place(across, up)}."
        )
    value, across, up = surface.slope_at(hover.x, hover.y)
    return f"At {place(hover.x, hover.y)} f is {number(value)}, and its gradient {place(across, up)}."


def _start_in_words(result: Result, x: float, y: float) -> str:
    basins = result.basins
    x1, y1, x2, y2 = result.race.view
    if basins is None or not (x1 <= x < x2 and y1 <= y < y2):
        return ""
    size = len(basins.ends)
    row, column = int((y - y1) / (y2 - y1) * size), int((x - x1) / (x2 - x1) * size)
    end, steps = int(basins.ends[row, column]), int(basins.steps[row, column])
    title = TITLES[result.race.chosen]
    if end >= 0:
        name = minimum(basins, end)
        return (
            f"From {place(x, y)} {title} comes to minimum {name} and is there for good after {_steps(steps)}."
        )
    if end == -2:
        return f"From {place(x, y)} {title} runs away: out of sight after {_steps(steps)}."
    return f"From {place(x, y)} {title} is at no minimum after {_steps(steps)}."


def minimum(basins: Basins, index: int) -> str:
    """A minimum by its letter on the map; where there are too many for letters, by its place."""
    if len(basins.minima) <= LETTERED:
        return LETTERS[index]
    x, y = basins.minima[index].tolist()
    return f"({x:.2g}, {y:.2g})".replace("-", MINUS)


def basins_in_words(result: Result) -> str:
    """The map as a whole."""
    if result.basins is None:
        return "The map of all starts is being made."
    ends, steps = result.basins.ends, result.basins.steps
    there, away = ends >= 0, ends == -2
    title = TITLES[result.race.chosen]
    told = [
        f"{there.mean():.0%} of the starts come to a minimum within {len(result.race.schedule)} steps of {title}"
    ]
    if there.any():
        told.append(f"half of those within {int(np.median(steps[there]))}")
    if away.any():
        told.append(f"{away.mean():.0%} run away")
    return ", ".join(told) + ". Dark starts take long."


def _end_in_words(result: Result, index: int) -> str:
    if result.basins is None or not 0 <= index < len(result.basins.minima):
        return ""
    x, y = result.basins.minima[index].tolist()
    here = result.basins.ends == index
    share = f"{here.mean():.1%} of the starts end there"
    half = f", half of them within {int(np.median(result.basins.steps[here]))} steps" if here.any() else ""
    name = minimum(result.basins, index)
    return f"Minimum {name} at {place(x, y)}: {share}{half}."


def _steps(count: int) -> str:
    return f"{count} step{'s' * (count != 1)}"
