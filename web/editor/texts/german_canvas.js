// The texts in German of the canvas: links, groups, subgraphs and what cards say.

export const GERMAN_CANVAS = {
  "command.make-subgraph": "Teilgraph bilden",
  "command.open-subgraph": "Teilgraph öffnen",
  "command.unpack-subgraph": "Teilgraph auflösen",
  "command.leave-subgraph": "Teilgraph verlassen",

  "subgraph.new": "Neuer Teilgraph",
  "subgraph.way": "Geöffnete Teilgraphen",
  "subgraph.rename": "Name des Teilgraphen",
  "subgraph.open": "Teilgraph {name} öffnen",
  "subgraph.promote": "{name} am Knoten des Teilgraphen zeigen",
  "subgraph.demote": "{name} nicht mehr am Knoten des Teilgraphen zeigen",
  "subgraph.remove-slot": "{name} entfernen",
  "subgraph.label-slot": "Name von {name}",
  "subgraph.inside-itself": "Ein Teilgraph kann sich nicht selbst enthalten.",
};
