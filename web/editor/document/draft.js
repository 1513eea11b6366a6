// The draft: the open workflow kept in the browser, so that a reload or a crash loses nothing.
import { findDamage } from "./damage.js";
import { parseJson, writeJson } from "./json.js";
import { isWorkflow } from "./workflow.js";
import { resultsOf } from "../kernels/run_cards.js";
/** @import {WorkflowDocument} from "./document.js" */
/** @import {Workflow} from "./types.js" */
/** @import {Observable} from "./observable.js" */
/** @import {Results} from "../kernels/run_cards.js" */
/** @import {RunState} from "../kernels/run_state.js" */

const KEY = "skein.draft";
const DELAY_MS = 300;

/** @typedef {{workflow: Workflow, name: string, isModified: boolean, results?: Results}} Draft */

/** @returns {Draft | null} */
export function readDraft() {
  try {
    const draft = parseJson(localStorage.getItem(KEY) ?? "null");
    return draft && isWorkflow(draft.workflow) && !findDamage(draft.workflow) ? draft : null;
  } catch {
    return null;
  }
}

/**
 * Keep the draft in step with the document and with what runs leave on its cards.
 * @param {WorkflowDocument} open
 * @param {Observable<RunState>} runs
 * @param {(problem: string) => void} onProblem told once when the browser's storage is full
 */
export function keepDraft(open, runs, onProblem) {
  let timer = 0;
  let wasTold = false;
  const write = () => {
    clearTimeout(timer);
    timer = 0;
    try {
      const draft = { workflow: open.workflow, name: open.name.value, isModified: open.modified.value, results: resultsOf(runs.value.nodes) };
      localStorage.setItem(KEY, writeJson(draft));
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
