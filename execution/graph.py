"""Walks over a prompt's links, without recursion and in linear time."""

from collections.abc import Container, Iterable, Iterator, Mapping

from execution.prompt import PromptNode

# A prompt made to hurt can hold as many long circles as links; later ones are told short.
MOST_NAMES_TOLD = 20_000


Nodes = Mapping[str, PromptNode]


def ancestors_first(nodes: Nodes, wanted: Iterable[str], known: Container[str] = ()) -> list[str]:
    """The wanted nodes and all that they depend on, inputs before what needs them; links to nowhere are skipped.

    Nodes that are `known` are left out, and what only they depend on. In a circle, which has no such order, each node
    still comes once.
    """
    order: list[str] = []
    begun: set[str] = set()
    for start in wanted:
        if start in begun or start in known:
            continue
        begun.add(start)
        path = [(start, iter(nodes[start].sources))]
        while path:
            node_id, upstream = path[-1]
            for other in upstream:
                if other not in begun and other not in known and other in nodes:
                    begun.add(other)
                    path.append((other, iter(nodes[other].sources)))
                    break
            else:
                order.append(node_id)
                path.pop()
    return order


def circles(nodes: Nodes, order: Iterable[str]) -> list[tuple[str, ...]]:
    """Circles among these nodes, each once, closed: `("a", "b", "a")` where b needs a and a needs b."""
    found: list[tuple[str, ...]] = []
    told = 0
    state: dict[str, int] = {}  # 1 while on the path, 2 when left behind
    for start in order:
        if start in state:
            continue
        state[start] = 1
        path = [(start, iter(_upstream(nodes, start)))]
        while path:
            node_id, upstream = path[-1]
            other = next(upstream, None)
            if other is None:
                state[node_id] = 2
                path.pop()
            elif other not in state:
                state[other] = 1
                path.append((other, iter(_upstream(nodes, other))))
            elif state[other] == 1:
                found.append(_circle(path, other) if told < MOST_NAMES_TOLD else (other, "…", node_id, other))
                told += len(found[-1])
    return found


def _circle(path: list[tuple[str, Iterator[str]]], repeated: str) -> tuple[str, ...]:
    names = [name for name, _ in path]
    return (repeated, *reversed(names[names.index(repeated) :]))


def _upstream(nodes: Nodes, node_id: str) -> list[str]:
    return [other for other in nodes[node_id].sources if other in nodes]
