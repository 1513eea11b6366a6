// What the parts of the editor share: the open document, the node classes, the selection, the runs.
import { keptOptions } from "./commands/repeating.js";
import { WorkflowDocument } from "./document/document.js";
import { Observable } from "./document/observable.js";
import { bendsOf } from "./document/reroutes.js";
import { emptyWorkflow, nodesById } from "./document/workflow.js";
import { Tabs } from "./document/tabs.js";
import { isFlat, toPrompt } from "./kernels/conversion.js";
import { NOT_TOLD_YET } from "./kernels/faces.js";
import { openedHost, shownGraph } from "./kernels/host_values.js";
import { Runs } from "./client/runs.js";
import { ModelFetches } from "./client/model_fetches.js";
import { TokenCounts } from "./client/token_counts.js";
import { Server } from "./client/server.js";
import { WorkflowStore } from "./client/workflow_store.js";
import { Settings } from "./preferences/settings.js";
import { say } from "./texts/texts.js";
/** @import {RunOptions} from "./commands/repeating.js" */
/** @import {NodeDefinitions, Prompt, Workflow} from "./document/types.js" */
/** @import {Notices} from "./panels/notices.js" */

/** The state that commands, gestures and panels are given. */
export class Editor {
  /** How many groups there were when one was chosen. */
  #groups = 0;

  /** @param {Notices} notices */
  constructor(notices) {
    this.notices = notices;
    this.server = new Server();
    this.tokenCounts = new TokenCounts(this.server);
    this.store = new WorkflowStore(this.server);
    this.settings = new Settings(this.server, (problem) => notices.show(problem, "error"));
    this.runs = new Runs(this.server);
    this.fetches = new ModelFetches(this.server, this.runs);
    /** @type {Observable<RunOptions>} */
    this.runOptions = new Observable(keptOptions());
    this.document = new WorkflowDocument(emptyWorkflow(), say("page.untitled"));
    this.tabs = new Tabs(this.document, say("page.untitled"));
    /** The workflow as it was queued last, with its seeds moved on: another one has been changed since. @type {Workflow} */
    this.queued = this.document.workflow;
    /** @type {Observable<NodeDefinitions>} */
    this.definitions = new Observable(NOT_TOLD_YET);
    /** Done once the server's node classes are known; opening and queueing wait for it. @type {Promise<void>} */
    this.ready = new Promise((resolve) => {
      const stop = this.definitions.subscribe(() => {
        stop();
        resolve();
      });
    });
    /** @type {Observable<ReadonlySet<string>>} */
    this.selection = new Observable(/** @type {ReadonlySet<string>} */ (new Set()));
    /** @type {Observable<number | null>} */
    this.selectedLink = new Observable(/** @type {number | null} */ (null));
    /** The place of the group that is chosen among the graph's groups; its members are selected with it. @type {Observable<number | null>} */
    this.selectedGroup = new Observable(/** @type {number | null} */ (null));
    /** The bend of a link that is chosen. @type {Observable<number | null>} */
    this.selectedBend = new Observable(/** @type {number | null} */ (null));
    /** Called before the workflow is sent or saved: what is kept elsewhere on the page comes into it. @type {(() => void)[]} */
    this.gatherers = [];
    /** What packs' scripts add to the menu of the right button, on a card or on the empty canvas. @type {((id: string | null) => import("./panels/context_menu.js").Own[])[]} */
    this.menuAdders = [];
    /**
     * What is sent to be run: a prompt, or a workflow with subgraphs whole. Packs' scripts may make it in its place.
     * @type {(workflow: Workflow) => Promise<Prompt | Workflow>}
     */
    this.promptOf = async (workflow) => (isFlat(workflow) ? toPrompt(workflow, this.definitions.value) : workflow);
    /** Selects a card of the graph that is shown and brings it into view; the page gives it. @type {(id: string) => void} */
    this.showCard = () => {};
    this.definitions.subscribe(() => this.tokenCounts.forget());
    /**
     * The same with the workflow that goes with it, at the moment of sending; packs' scripts may see to both.
     * @type {(workflow: Workflow, order: {front?: boolean, promptId: string}) => Promise<{prompt: Prompt | Workflow, workflow: Workflow}>}
     */
    this.toSend = async (workflow) => ({ prompt: await this.promptOf(workflow), workflow });
    this.document.current.subscribe(() => this.#forgetGone());
    this.document.scope.subscribe(() => this.select([]));
  }

  /** What is shown: the opened graph with the values of the nodes through which it was opened. */
  get shownGraph() {
    return shownGraph(this.document.workflow, this.document.scope.value, this.definitions.value);
  }

  /** The node that was opened last. */
  get openedHost() {
    return openedHost(this.document.workflow, this.document.scope.value, this.definitions.value);
  }

  /** Have in the workflow what is kept elsewhere on the page. */
  gather() {
    for (const gather of this.gatherers) gather();
  }

  /** @param {Iterable<string>} ids */
  select(ids) {
    this.selectedLink.value = null;
    this.selectedBend.value = null;
    this.selectedGroup.value = null;
    this.selection.value = new Set(ids);
  }

  /** @param {number} id */
  selectLink(id) {
    this.select([]);
    this.selectedLink.value = id;
  }

  /** @param {number} id */
  selectBend(id) {
    this.select([]);
    this.selectedBend.value = id;
  }

  /** @param {number} index its place among the graph's groups @param {Iterable<string>} members */
  selectGroup(index, members) {
    this.select(members);
    this.#groups = this.document.graph.groups?.length ?? 0;
    this.selectedGroup.value = index;
  }

  /** A selection never names what an undo or a deletion took away. */
  #forgetGone() {
    const nodes = nodesById(this.document.graph);
    const kept = [...this.selection.value].filter((id) => nodes.has(id));
    if (kept.length !== this.selection.value.size) this.selection.value = new Set(kept);
    const bend = this.selectedBend.value;
    if (bend !== null && !bendsOf(this.document.graph).reroutes.some(({ id }) => id === bend)) this.selectedBend.value = null;
    // Among others than before its place may be another's.
    if ((this.document.graph.groups?.length ?? 0) !== this.#groups) this.selectedGroup.value = null;
  }
}
