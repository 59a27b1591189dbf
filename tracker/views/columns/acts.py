"""An account's own acts over rows."""

import numpy as np

from tracker.engine.compiled.dtypes import FLOW
from tracker.engine.compiled.intrinsics import rows_at
from tracker.engine.compiled.replace import instead_of
from tracker.views import account as acts
from tracker.views.columns.dtypes import LATER

flow_at = rows_at(FLOW)
later_at = rows_at(LATER)


@instead_of(acts.final_of)
def final_of(account, number):
    return flow_at(account.final_at, np.int64(number))


@instead_of(acts.later_of)
def later_of(account, number):
    return later_at(account.later_at, np.int64(number)).number if account.later_at else np.int64(-1)
