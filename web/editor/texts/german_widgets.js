// The texts in German of the controls on cards.

export const GERMAN_WIDGETS = {
  "widget.linked": "Von der Verbindung bestimmt",
  "widget.choose-picture": "Bild wählen…",
  "widget.nothing-to-choose": "Dieser Server hat hier nichts zur Auswahl.",
  "widget.not-here": "„{value}“ gibt es auf diesem Server nicht.",
  "widget.no-number": "„{value}“ ist weder eine Zahl noch eine Rechnung.",
  "widget.not-whole": "Nur ganze Zahlen sind erlaubt.",
  "widget.below": "Der kleinste Wert ist {limit}.",
  "widget.above": "Der größte Wert ist {limit}.",
  "widget.after-queueing": "nach dem Einreihen",
  "widget.only-names-with": "nur Namen mit",
  "widget.note": "Notiz",
  "widget.less": "{name} verkleinern",
  "widget.more": "{name} vergrößern",
  "widget.random": "Zufallswert für {name}",
  "widget.last": "Wert des letzten Laufs für {name}",
  "widget.no-last": "Dieser Arbeitsablauf hat keinen fertigen Lauf, dessen Wert man wiederhaben könnte.",
  "run.refused-here": "Nicht eingereiht. {card}: {problem}",
  "run.refused-more": "Nicht eingereiht. {card}: {problem} ({count} weitere Karten sind markiert.)",
  "run.refused-more.one": "Nicht eingereiht. {card}: {problem} (Eine weitere Karte ist markiert.)",
};
