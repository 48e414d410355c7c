"""Graphs of steps: the part that is series-parallel as a plan, the rest by dynamic programming."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import networkx as nx

from tasklaws.spec.plan import AnyOrder, Graph, InOrder, Plan
from tasklaws.spec.structure import needs, topological
from tasklaws.theory.cost_laws import CostLaw
from tasklaws.theory.masses import Grid, Mass, at_no_cost, nothing

if TYPE_CHECKING:
    from collections.abc import Mapping


def simplified(graph: Graph) -> Plan:
    """Return `graph` as orders of orders; what is not series-parallel stays a graph inside them.

    Parts that are independent of all others stand side by side; parts that all come before all others stand
    in front. A set of parts that can be cut in neither way contains an N (a before c, b before c and d) and
    is left as it is.

    Source: Valdes, Tarjan and Lawler, "The recognition of series parallel digraphs", 1982.
    """
    order = nx.DiGraph()
    order.add_nodes_from(name for name, _ in graph.parts)
    order.add_edges_from(graph.edges)
    return _decomposed(graph, nx.transitive_closure_dag(order))


def _decomposed(graph: Graph, order: nx.DiGraph) -> Plan:
    parts = dict(graph.parts)
    if len(order) == 1:
        return parts[next(iter(order))]
    related = order.to_undirected()
    beside = _components(related, graph)
    if len(beside) > 1:
        return AnyOrder(tuple(_decomposed(graph, order.subgraph(names)) for names in beside))
    behind = _components(nx.complement(related), graph)
    if len(behind) > 1:
        behind.sort(key=lambda names: order.in_degree(names[0]) - order.subgraph(names).in_degree(names[0]))
        return InOrder(
            tuple(_decomposed(graph, order.subgraph(names)) for names in behind), stop_on_failure=True
        )
    reduced = nx.transitive_reduction(order)
    kept = tuple((name, part) for name, part in graph.parts if name in order)
    return Graph(kept, tuple(sorted(reduced.edges)))


def _components(undirected: nx.Graph, graph: Graph) -> list[list[str]]:
    """Return the connected components, their names and themselves in the order of the graph's parts."""
    place = {name: i for i, (name, _) in enumerate(graph.parts)}
    found = [sorted(names, key=place.__getitem__) for names in nx.connected_components(undirected)]
    return sorted(found, key=lambda names: place[names[0]])


def graph_law(graph: Graph, laws: Mapping[str, CostLaw], grid: Grid) -> CostLaw:
    """Return the law of `graph`: parts are tried where all that they need succeeded, and all must succeed.

    A dynamic program over order ideals: a state is the set of parts that have succeeded, of which only those
    matter that a later part still needs. There are at most (n + 1) ^ width of them.
    """
    needed, last_use = needs(graph), _last_uses(graph)
    Border = tuple[frozenset[str], bool]  # succeeded parts that are still needed, and whether all succeeded
    states: dict[Border, Mass] = {(frozenset(), True): at_no_cost(grid)}
    for turn, name in enumerate(topological(graph)):
        onward: defaultdict[Border, Mass] = defaultdict(lambda: nothing(grid))
        for (border, whole), mass in states.items():
            open_ = frozenset(before for before in border if last_use[before] > turn)
            if not needed[name] <= border:
                onward[open_, False] += mass
                continue
            with_it = open_ | {name} if last_use[name] > turn else open_
            onward[with_it, whole] += mass * laws[name].ok
            onward[open_, False] += mass * laws[name].fail
        states = dict(onward)
    ok = states.pop((frozenset(), True), nothing(grid))
    return CostLaw(ok, sum(states.values(), start=nothing(grid)))


def _last_uses(graph: Graph) -> dict[str, int]:
    """Return each part -> the turn of the last part that needs it; -1 where none does."""
    turn = {name: i for i, name in enumerate(topological(graph))}
    last = dict.fromkeys(turn, -1)
    for earlier, later in graph.edges:
        last[earlier] = max(last[earlier], turn[later])
    return last
