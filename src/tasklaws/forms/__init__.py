"""Scaling forms. ONE FILE = ONE FORM: a plain function and what its parameters mean.

The function is numpy code that numba compiles as it stands, for real and for complex parameters, so
that a complex step differentiates it: no abs, no comparison of parameters, `exp(a log x)` for powers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.form import Form

FORMS: Catalogue[Form] = Catalogue("form", "tasklaws.forms", "FORM")
"""All forms by name; a module is imported when its entry is read."""
