"""Compute quantiles of the beta distribution, of which exact intervals of shares are made.

Written out here rather than taken from scipy: it is the only function of it that the product would use, and with scipy
comes numpy, which sqlite-utils loads for every command where it is installed. The tests compare with scipy.
"""

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_EPSILON = 1e-16
_TERMS = 10_000  # of the continued fraction; about the square root of the larger parameter is enough
_STEPS = 1_200  # bisection alone would find the smallest float by so many


def beta_quantile(a: float, b: float, p: float) -> float:
    """Return the x below which a beta variable with the parameters `a` and `b` lies with probability `p`.

    Newton's method, with a bisection wherever a step would leave the bounds. Raises ValueError unless a and b are
    positive and 0 ≤ p ≤ 1.

    >>> f"{beta_quantile(1, 1, 0.25):.6f}"
    '0.250000'
    """
    if not (a > 0 and b > 0 and 0 <= p <= 1):
        raise ValueError(f"no quantile {p} of a beta variable with {a} and {b}")
    if p in (0, 1):
        return float(p)
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(_STEPS):
        error = _share_below(a, b, x) - p
        low, high = (low, x) if error > 0 else (x, high)
        density = exp(_log_density(a, b, x))
        step = error / density if density else 1.0
        nearer = x - step if low < x - step < high else (low + high) / 2
        if abs(nearer - x) <= _EPSILON * x or nearer in (low, high):
            return nearer
        x = nearer
    return x


def _share_below(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by the continued fraction where it converges fast."""
    if x > (a + 1) / (a + b + 2):
        return 1 - _share_below(b, a, 1 - x)
    return exp(_log_density(a, b, x)) * x * (1 - x) / a * _fraction(a, b, x)


def _log_density(a: float, b: float, x: float) -> float:
    return lgamma(a + b) - lgamma(a) - lgamma(b) + (a - 1) * log(x) + (b - 1) * log1p(-x)


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function.

    Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964), 26.5.8; evaluated by W. J. Lentz,
    Applied Optics 15 (1976) 668–671.
    """
    value, c, d = _TINY, _TINY, 0.0
    for term in range(_TERMS):
        half = term // 2
        if term == 0:
            step = 1.0
        elif term % 2:
            step = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            step = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1 / ((1 + step * d) or _TINY)
        c = (1 + step / c) or _TINY
        value *= c * d
        if abs(c * d - 1) < _EPSILON:
            break
    return value
