// The texts in German of running, of the queue and of looking at results.

export const GERMAN_RUNS = {
  "command.queue-selected": "Nur die ausgewählten Ausgaben einreihen",

  "run.options": "Optionen für das Ausführen",
  "run.times": "Anzahl",
  "run.times-at-each-press": "Anzahl je Klick",
  "run.repeat": "Wiederholen",
  "run.repeat-never": "Nur auf Wunsch",
  "run.repeat-never-tip": "Jeder Klick auf den Knopf reiht ein",
  "run.repeat-always": "Immer wieder",
  "run.repeat-always-tip": "Ein neuer Lauf, sobald der letzte zu Ende ist, bis du abbrichst oder einer scheitert",
  "run.repeat-changes": "Nach jeder Änderung",
  "run.repeat-changes-tip": "Ein neuer Lauf, sobald der Workflow geändert wurde",
  "run.left": "noch {time}",
  "run.another-workflow": "Ein anderer Workflow",
  "run.no-output-selected": "Keine der ausgewählten Karten ist eine Ausgabe. Wähle Karten, die etwas speichern oder zeigen.",
  "run.failed": "{title} ist gescheitert: {problem}",
  "run.show": "Zeigen",
};
