"""What the chaos suite is run with, and what it asks for."""

from __future__ import annotations

import os
import random

#: What the issue asks for: everything right again so many seconds after the fault has ended.
HEALED_WITHIN = 60.0
#: Seconds of quiet after which the books are compared once more: whatever waits for a lease, a poll or a look has come by.
LOOK_AGAIN_AFTER = 65.0
#: `make test`: few orders, a selection of the scenarios. How long that takes is not asserted here: it depends on what else
#: the machine does, and the limit of CI's job (20 minutes) is the one that counts.
SHORT = "CHAOS_ORDERS" not in os.environ
#: One for the whole run. Here and not in conftest, which pytest and the tests would import as two modules, with two seeds.
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
#: Orders through each scenario.
ORDERS = int(os.environ.get("CHAOS_ORDERS", "30"))
#: Orders a second while a fault lasts: what two cores, shared with both sandboxes, can carry with room to catch up.
PACE = float(os.environ.get("CHAOS_PACE", "4"))
