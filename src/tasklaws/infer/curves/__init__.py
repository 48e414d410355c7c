"""Curves through points: forms compiled, fitted in batches, and how sure their parameters are.

`problem` says what is fitted and how, `fit` fits it; `intervals`, `covariance` and `bootstrap` say how sure
the parameters are, `weights` which form to believe; `two_stage` and `overdispersion` fit in two steps.
Below stand `multistart` over `descent`, and `profiles`, which are compiled.
"""
