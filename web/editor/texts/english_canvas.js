// The texts in English of the canvas: links, groups, subgraphs and what cards say.

export const ENGLISH_CANVAS = {
  "command.make-subgraph": "Make a subgraph",
  "command.open-subgraph": "Open the subgraph",
  "command.unpack-subgraph": "Unpack the subgraph",
  "command.leave-subgraph": "Leave the subgraph",

  "subgraph.new": "New subgraph",
  "subgraph.way": "Opened subgraphs",
  "subgraph.rename": "Name of the subgraph",
  "subgraph.open": "Open the subgraph {name}",
  "subgraph.promote": "Show {name} on the subgraph's node",
  "subgraph.demote": "Show {name} no longer on the subgraph's node",
  "subgraph.remove-slot": "Remove {name}",
  "subgraph.label-slot": "Name of {name}",
  "subgraph.inside-itself": "A subgraph cannot hold itself.",
};
