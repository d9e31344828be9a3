"""Proposals by a Gaussian process of main effects and one joint effect, for some tens to some hundreds of trainings.

A pure function of the trials, in NumPy and SciPy alone. From the trials to the next point:

    points ─► coordinates ─► encoding ─┐
                                       ├─► likelihood × prior ─► several kernels ─► posteriors ─► acquisition ─► search
    losses ─► warping ─────────────────┘

- `axes`, `coordinates`: the points of a space as rows of numbers; `encoding`: as the kernel compares them.
- `warping`: the better half of the losses as they are, the worse half by rank alone.
- `matern`, `kernel`, `prior`: how alike the losses at two points are; what is believed of the hyper-parameters.
- `likelihood`, `minimum`: which of them explain the losses best; `posterior`: what is known then of the loss anywhere.
- `model`: all of that at several likely hyper-parameters; `acquisition`: what a point is worth trying for, by it.
- `moves`, `search`: the point that is worth most; `proposal`: that point for a study. `fit` tells a model a study,
  `expectation` and `regression` ask it for the report.

Which bits decide: a point is made of random numbers (`RandomState`, whose streams are frozen by NumPy's NEP 19) and of
fixed steps, and written in decimal digits; linear algebra chooses among such points and is in none of their digits. So
another release of NumPy or SciPy, or another processor, gives another point only where the last bits of a Cholesky
decomposition, of a matrix product or of an exponential turn a choice, and choices between values that are alike to nine
digits do not hang on these. The scrambled Sobol points of the design are SciPy's, in the same digits.
"""
