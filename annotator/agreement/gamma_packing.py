"""The best choice among sets of units of which no two may share a unit.

Invariant: the choice is optimal.  Sets that are worth as much as the best others at each of their units together are
taken at once: whatever a choice has instead of such a set can be exchanged for it.  What is left hangs together in
small components; those of pairs are assignment problems (scipy's Jonker-Volgenant), others go to HiGHS as a linear
program, and as an integer program where its solution is not whole.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from annotator.agreement.study import Bools, Floats, Ints, distinct

_BLOCK: Final = 24  # units a side in one assignment problem: components are small, and calls are dear
_SETS: Final = 4_000  # sets in one linear program; fewer make more calls, more make slower ones
_SCALE: Final = 1000.0  # HiGHS stops within 1e-6 of the optimum, whatever the unit of the gains


def pack(members: Ints, gain: Floats, count: int) -> Ints:
    """Return the sets, by index and ascending, that gain most in all without sharing a unit.

    Args:
        members: The units of each set, -1 behind the last, shape (sets, annotators).
        gain: What each set gains, above 0, shape (sets,).
        count: How many units there are.
    """
    taken, left = _evident(members, gain, count)
    parts = [taken]
    if len(left):
        solve = _assigned if members.shape[1] == 2 else _programmed
        parts.append(left[solve(members[left], gain[left], count)])
    return np.sort(np.concatenate(parts))


def _evident(members: Ints, gain: Floats, count: int) -> tuple[Ints, Ints]:
    """Return the sets that an optimal choice has without further search, and those that need it."""
    owner, place = np.nonzero(members >= 0)
    unit = members[owner, place]
    order = np.lexsort((owner, gain[owner], unit))
    owner, unit = owner[order], unit[order]
    sizes = (members >= 0).sum(axis=1)
    taken: list[Ints] = []
    while len(owner):
        last = np.ones(len(unit), dtype=bool)
        last[:-1] = unit[1:] != unit[:-1]
        top = np.flatnonzero(last)
        lonely = np.ones(len(top), dtype=bool)
        lonely[top > 0] = unit[top[top > 0] - 1] != unit[top[top > 0]]
        second = np.where(lonely, 0.0, gain[owner[top - 1]])
        # A set that is the best at each of its units, and beats the second best ones together.  The order among equals
        # is the same at all units, so two such sets never share one.
        leads = np.bincount(owner[top], minlength=len(gain)) == sizes
        rivals = np.bincount(owner[top], weights=second, minlength=len(gain))
        chosen: Bools = leads & (gain >= rivals)
        now = np.flatnonzero(chosen)
        if not len(now):
            break
        taken.append(now)
        used = np.zeros(count, dtype=bool)
        used[members[now][members[now] >= 0]] = True
        gone = np.zeros(len(gain), dtype=bool)
        gone[owner[used[unit]]] = True
        keep = ~gone[owner]
        owner, unit = owner[keep], unit[keep]
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *taken]), distinct(owner) if len(owner) else none


def _components(members: Ints, count: int) -> Ints:
    """Return the number of the component of each set: sets that share units, directly or by way of others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    owner, place = np.nonzero(members[:, 1:] >= 0)
    links = (np.ones(len(owner), dtype=np.int8), (members[owner, 0], members[owner, place + 1]))
    _, component = connected_components(coo_array(links, shape=(count, count)), directed=False)
    return np.asarray(np.unique(component[members[:, 0]], return_inverse=True)[1], dtype=np.int64)


def _assigned(members: Ints, gain: Floats, count: int) -> Ints:
    """Return the best pairs: components are packed side by side into assignment problems of some dozen units."""
    from scipy.optimize import linear_sum_assignment

    component = _components(members, count)
    order = np.argsort(component, kind="stable")
    u, v = members[order].T
    rows = np.bincount(component[order], weights=_new(u, component[order], count))
    block = (np.cumsum(rows) // _BLOCK).astype(np.int64)[component[order]]
    r, c = _numbered(u, block, count), _numbered(v, block, count)
    cuts = np.flatnonzero(np.diff(block)) + 1
    chosen: list[Ints] = []
    value = gain[order]
    for low, high in zip([0, *cuts.tolist()], [*cuts.tolist(), len(order)], strict=True):
        table = np.zeros((int(r[low:high].max()) + 1, int(c[low:high].max()) + 1))
        edge = np.full(table.shape, -1, dtype=np.int64)
        table[r[low:high], c[low:high]] = value[low:high]
        edge[r[low:high], c[low:high]] = np.arange(low, high)
        picked = edge[linear_sum_assignment(table, maximize=True)]
        chosen.append(order[picked[picked >= 0]])  # a pair that is not there gains 0: both units stay alone
    return np.concatenate(chosen)


def _new(unit: Ints, component: Ints, count: int) -> Floats:
    """Return 1 where a unit occurs for the first time in its component, else 0."""
    seen = np.zeros(len(unit))
    seen[np.unique(component * count + unit, return_index=True)[1]] = 1
    return seen


def _numbered(unit: Ints, block: Ints, count: int) -> Ints:
    """Return the number of each unit within its block, counted from 0."""
    keys, inverse = np.unique(block * count + unit, return_inverse=True)
    start = np.searchsorted(keys, np.arange(int(block[-1]) + 1) * count)
    return np.asarray(inverse - start[block], dtype=np.int64)


def _programmed(members: Ints, gain: Floats, count: int) -> Ints:
    """Return the best sets by linear programs over whole components, and integer ones where those are not enough."""
    component = _components(members, count)
    order = np.argsort(component, kind="stable")
    piece = (np.cumsum(np.bincount(component)) // _SETS)[component[order]]
    chosen: list[Ints] = []
    for some in np.split(order, np.flatnonzero(np.diff(piece)) + 1):
        amount = _solve(members[some], gain[some], whole=False)
        broken = np.zeros(int(component.max()) + 1, dtype=bool)
        broken[component[some[np.abs(amount - np.rint(amount)) > 1e-6]]] = True
        sound = ~broken[component[some]]
        chosen.append(some[sound & (amount > 0.5)])
        rest = some[~sound]
        for one in np.split(rest, np.flatnonzero(np.diff(component[rest])) + 1):
            if len(one):
                chosen.append(one[_solve(members[one], gain[one], whole=True) > 0.5])
    return np.concatenate(chosen)


def _solve(members: Ints, gain: Floats, *, whole: bool) -> Floats:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    owner, place = np.nonzero(members >= 0)
    units, unit = np.unique(members[owner, place], return_inverse=True)
    once = csr_array((np.ones(len(owner)), (unit, owner)), shape=(len(units), len(gain)))
    result = milp(
        -_SCALE * gain,
        integrality=np.full(len(gain), int(whole)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(once, -np.inf, 1),
        options={"mip_rel_gap": 0.0},
    )
    if result.x is None:  # it has a solution (none of the sets), so this is the solver's failure
        raise ArithmeticError(f"HiGHS found no alignment: {result.message}")
    return np.asarray(result.x, dtype=np.float64)
