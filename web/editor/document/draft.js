// The draft: the open workflow kept in the browser, so that a reload or a crash loses nothing.
import { parseJson, writeJson } from "./json.js";
import { isWorkflow } from "./workflow.js";
/** @import {WorkflowDocument} from "./document.js" */
/** @import {Workflow} from "./types.js" */

const KEY = "skein.draft";
const DELAY_MS = 300;

/** @typedef {{workflow: Workflow, name: string, isModified: boolean}} Draft */

/** @returns {Draft | null} */
export function readDraft() {
  try {
    const draft = parseJson(localStorage.getItem(KEY) ?? "null");
    return draft && isWorkflow(draft.workflow) ? draft : null;
  } catch {
    return null;
  }
}

/**
 * Keep the draft in step with the document.
 * @param {WorkflowDocument} open
 * @param {(problem: string) => void} onProblem told once when the browser's storage is full
 */
export function keepDraft(open, onProblem) {
  let timer = 0;
  let wasTold = false;
  const write = () => {
    clearTimeout(timer);
    timer = 0;
    try {
      localStorage.setItem(KEY, writeJson({ workflow: open.workflow, name: open.name.value, isModified: open.isModified }));
    } catch {
      if (!wasTold) onProblem("The browser has no room for a draft of this workflow. Save it to a file.");
      wasTold = true;
    }
  };
  open.current.subscribe(() => {
    timer ||= window.setTimeout(write, DELAY_MS);
  });
  window.addEventListener("pagehide", write);
}
