"""Elicitations. ONE FILE = ONE ELICITATION: how an answer is drawn out of a model, and at which efforts.

Samples are drawn in rounds, one attempt at each instance after the other: from the same state of the
generator, a greater effort begins with the draws of a smaller one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.elicitation import Elicitation

ELICITATIONS: Catalogue[Elicitation] = Catalogue("elicitation", "tasklaws.elicitations", "ELICITATION")
"""All elicitations by name; a module is imported when its entry is read."""
