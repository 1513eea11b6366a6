// The texts in English of running, of the queue and of looking at results.

export const ENGLISH_RUNS = {
  "command.queue-selected": "Queue only the selected outputs",

  "run.options": "Run options",
  "run.times": "Times",
  "run.times-at-each-press": "Times at each press",
  "run.repeat": "Repeat",
  "run.repeat-never": "Only when asked",
  "run.repeat-never-tip": "Each press of the button queues it",
  "run.repeat-always": "Again and again",
  "run.repeat-always-tip": "A new one as soon as the last has ended, until you cancel or one fails",
  "run.repeat-changes": "After every change",
  "run.repeat-changes-tip": "A new one whenever the workflow was changed",
  "run.left": "{time} left",
  "run.another-workflow": "Another workflow",
  "run.no-output-selected": "None of the selected cards is an output. Select cards that save or show something.",
  "run.failed": "{title} failed: {problem}",
  "run.show": "Show",
};
