"""A loss on which Adam walks uphill for ever, and AMSGrad does not."""

from __future__ import annotations

from collections.abc import Sequence


def online_adam(
    start: float, rates: Sequence[float], beta1: float = 0.0, beta2: float = 0.1, eps: float = 1e-8,
    amsgrad: bool = False,
) -> list[float]:
    """Adam on losses that take turns: 3 x at every third step, -x at the two others, with x kept in -1..1. Gives
    all the places it comes to, the start first.

    Three steps together lose 3 x - x - x = x: the best place is x = -1. Source: Reddi et al. 2018, theorem 1.
    """
    x, m, v, highest = start, 0.0, 0.0, 0.0
    path = [x]
    for t, lr in enumerate(rates, start=1):
        g = 3.0 if t % 3 == 1 else -1.0
        #> Step {t}: the slope is {g:g}, so x should {"fall" if g > 0 else "rise"}.
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        #> v, the running mean of the square: {v:.3g}{", still large from the slope of 3" * (t % 3 == 2)}.
        highest = max(highest, v) if amsgrad else v
        m_hat, v_hat = m / (1 - beta1**t), highest / (1 - beta2**t)
        #> What stands under the root, v-hat, is {v_hat:.3g}{", of the highest v so far" * amsgrad}.
        step = lr * m_hat / (v_hat**0.5 + eps)
        #> The step is {-step:+.3g}: {abs(step) / lr:.2f} of the rate.
        x = min(max(x - step, -1.0), 1.0)
        path.append(x)
        #> x = {x:.3f}; the best place is -1.
    return path
    #> x ends at {x:.3f}.
