// The texts in English of the controls on cards.

export const ENGLISH_WIDGETS = {
  "widget.linked": "Set by the link",
  "widget.choose-picture": "Choose a picture…",
  "widget.nothing-to-choose": "This server has nothing to choose from here.",
  "widget.not-here": "“{value}” is not on this server.",
  "widget.no-number": "“{value}” is neither a number nor a sum.",
  "widget.not-whole": "Only whole numbers are taken.",
  "widget.below": "The least value is {limit}.",
  "widget.above": "The greatest value is {limit}.",
  "widget.after-queueing": "after queueing",
  "widget.only-names-with": "only names with",
  "widget.note": "note",
  "widget.less": "less {name}",
  "widget.more": "more {name}",
  "widget.random": "random value for {name}",
  "widget.last": "the value of the last run for {name}",
  "widget.no-last": "This workflow has no finished run whose value could be had again.",
  "run.refused-here": "Not queued. {card}: {problem}",
  "run.refused-more": "Not queued. {card}: {problem} ({count} further cards are marked.)",
  "run.refused-more.one": "Not queued. {card}: {problem} (One further card is marked.)",
};
