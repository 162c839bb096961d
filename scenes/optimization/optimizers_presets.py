"""Races that show what each optimizer is for, and what goes wrong."""

from __future__ import annotations

from engine.optimization.settings import Name
from scenes.optimization.optimizers_model import Inputs, Params

MOVING: tuple[Name, ...] = ("sgd", "momentum", "nesterov")

# key, title, point, Params, step looked at
ALL: tuple[tuple[str, str, str, Params, int], ...] = (
    (
        "race", "Eight from one start",
        "One valley, one start: plain descent zigzags, momentum swings over, the scaled ones cut across.",
        Params(steps=80, start=(-5.2, 3.9)), 12,
    ),
    (
        "momentum", "Momentum: kept velocity plus gradient",
        "The step is the sum of two arrows: what is left of the old velocity, and the gradient.",
        Params(steps=80, optimizer="momentum", optimizers=MOVING), 6,
    ),
    (
        "mean", "The general form: a running mean of gradients",
        "With dampening 0.9 the velocity is a mean of gradients: at SGD's rate it swings slowly to and fro.",
        Params(
            steps=80, optimizer="momentum", optimizers=("sgd", "momentum"), dampening=0.9, lr=0.2,
        ), 8,
    ),
    (
        "rare", "AdaGrad: a rare feature gets longer steps",
        "The slope along y is seen at every tenth step only: AdaGrad's sum stays small there, its rate high.",
        Params(
            surface="formula", formula="(x^2 + y^2)/2", steps=120, optimizer="adagrad",
            optimizers=("sgd", "adagrad"), rare=10, start=(-3.0, 2.5), lr={"sgd": 0.05, "adagrad": 0.5},
        ), 40,
    ),
    (
        "rmsprop", "RMSProp forgets what AdaGrad remembers",
        "A running mean of squares in place of their sum: the swing across the valley dies, the way along goes on.",
        Params(steps=80, optimizer="rmsprop", optimizers=("adagrad", "rmsprop"), rho=0.9, lr=0.1), 40,
    ),
    (
        "adadelta", "Adadelta needs no rate",
        "How far it went over how steep it was: the ratio of two running means takes the place of the rate.",
        Params(steps=800, optimizer="adadelta", optimizers=("sgd", "adagrad", "adadelta")), 200,
    ),
    (
        "curved", "Rosenbrock: a curved valley",
        "All find the valley at once; following it is what takes the steps.",
        Params(surface="rosenbrock", steps=300), 40,
    ),
    (
        "slip", "Spot the error: v in the place of v-hat",
        "Some books divide by the root of v. The first step is then 1 / √(1 − 0.999) = 31.6 times too long.",
        Params(
            surface="himmelblau", steps=120, slip="v for v_hat", optimizers=("adam",), lr={"adam": 0.1},
            start=(-4.5, 1.0),
        ), 1,
    ),
    (
        "uncorrected", "Adam without bias correction",
        "m and v begin at 0 and v takes longer to grow: the first steps are more than three times too long.",
        Params(surface="rosenbrock", steps=150, bias_correction=False, optimizers=("adam",), lr={"adam": 0.1}), 1,
    ),
    (
        "eps", "eps under the root, and slopes that are small",
        "Slopes of 1e−4 drown in √(v + 1e−6): RMSProp hardly moves. Beside the root, eps would not matter.",
        Params(
            surface="formula", formula="(x^2 + 4*y^2)/40000", steps=60, optimizer="rmsprop", optimizers=("rmsprop",),
            start=(-3.0, 2.0), rho=0.9, eps=1e-6, eps_inside=True, lr=0.1,
        ), 1,
    ),
    (
        "basins", "Where does Adam end, from everywhere?",
        "Each start has the colour of the minimum that it ends at, the darker the longer it takes.",
        Params(surface="himmelblau", show="basins", steps=200), 20,
    ),
    (
        "amsgrad", "Where Adam fails: AMSGrad's counter-example",
        "The rare large slope points the right way, but Adam's v makes it small. AMSGrad never forgets it.",
        Params(
            surface="counterexample", steps=300, optimizers=("sgd", "adam"), amsgrad=True, beta1=0.0, beta2=0.1,
        ), 100,
    ),
    (
        "torch", "torch's own defaults",
        "With their default rates the optimizers hardly move here: a rate is chosen for the problem.",
        Params(lr="torch", steps=80), 80,
    ),
)  # fmt: skip

BUILT = {key: (title, point, params, Inputs(at=at)) for key, title, point, params, at in ALL}
