"""The figures of a dossier: what follows from the study alone. ONE FILE = ONE BLOCK of `dossier.json`.

Whoever verifies works them out again from the evidence. So a block is a function of the study's files and of
nothing else: not of the time, of the machine, or of an order that is not written down.
"""

from __future__ import annotations

from tasklaws.dossier.figures._block import BLOCKS, SLOW_BLOCKS, blocks_resting_on, figures
from tasklaws.dossier.figures._compare import differences
from tasklaws.dossier.figures._evidence import evidence_failures
from tasklaws.dossier.figures._order import order_failures
from tasklaws.dossier.figures._printed import printed
from tasklaws.dossier.figures._seen import read_once

__all__ = [
    "BLOCKS",
    "SLOW_BLOCKS",
    "blocks_resting_on",
    "differences",
    "evidence_failures",
    "figures",
    "order_failures",
    "printed",
    "read_once",
]
