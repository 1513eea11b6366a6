// The `app` object that packs' scripts import, and the life of what they register.
import { runningPrompt } from "../kernels/run_state.js";
import { openText } from "../document/opening.js";
import { openInto } from "../commands/file.js";
import { nameOfFile, openWith } from "../commands/open_with.js";
import { packOf } from "../kernels/pack_of.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { Blame, NotOfferedError, onlyOffered, tellReplaced } from "./blame.js";
import { makePackMenu } from "./buttons.js";
import { makeCanvas } from "./canvas.js";
import { ComfyDialog } from "./elements.js";
import { Drawings } from "./drawing.js";
import { Extensions } from "./extensions.js";
import { giveBack, isReadable } from "./harm.js";
import { INPUT_SIDE } from "./changed_links.js";
import { PackGraph } from "./graph.js";
import { packMenu } from "./menus.js";
import { MadeWidgets } from "./made_widgets.js";
import { PackNode } from "./node.js";
import { OwnClasses } from "./own_classes.js";
import { followPointer, followSelection } from "./pointer.js";
import { isMadeByScripts, promptBy } from "./prompts.js";
import { refusesLink } from "./refused_links.js";
import { isOfPage, Sending } from "./sending.js";
import { PackSettings } from "./settings.js";
import { Unheard } from "./unheard.js";
import { World } from "./world.js";
/** @import {Commands} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {PackApi} from "./api.js" */

/** What of the page the surface is made of. @typedef {{editor: Editor, stage: Stage, commands: Commands}} Page */

/** Offers to scripts what Skein's page can do, under the names that they know. */
export class PackApp {
  /** @type {Map<string, typeof PackNode>} */
  #types = new Map();
  #unheard = new Unheard();
  hasBegun = false;
  /** The classes of the server, with what scripts do to them before the page knows them. @type {import("../document/types.js").NodeDefinitions} */
  declarations = {};
  /** The global names of scripts. @type {{LiteGraph: any} | undefined} */
  globals;
  /** The declarations as the server gave them. @type {import("../document/types.js").NodeDefinitions} */
  #given = {};

  /**
   * @param {Page} page
   * @param {PackApi} api
   */
  constructor({ editor, stage, commands }, api) {
    this.editor = editor;
    this.stage = stage;
    this.commands = commands;
    this.api = api;
    this.blame = new Blame((message) => editor.notices.show(message, "error", { label: say("packs.all"), run: () => void this.#showFailures() }));
    this.registered = new Extensions(this.blame);
    const world = new World(editor, (type) => this.#typeOf(type), this.#listeners(), (node, what, call) => this.blame.guard(node.comfyClass, what, call));
    this.graph = new PackGraph(world);
    this.rootGraph = this.graph;
    this.settings = new PackSettings(editor.settings, (call) => this.blame.guard("?", "a setting", call));
    this.canvas = makeCanvas(this);
    this.drawings = new Drawings(this);
    world.draw = (node, widget) => this.drawings.add(node, widget);
    world.spoil = () => this.drawings.spoil();
    this.madeWidgets = new MadeWidgets(this);
    this.sending = new Sending(this);
    this.ownClasses = new OwnClasses(this);
    this.menu = makePackMenu();
    this.ui = this.#ui();
    this.extensionManager = this.#manager();
    /** @type {Record<string, any>} the newest output of each node */
    this.nodeOutputs = {};
    window.addEventListener("error", (event) => this.#blameFor(event, event.error));
    window.addEventListener("unhandledrejection", (event) => this.#blameFor(event, event.reason));
    this.#makePrompts();
    tellReplaced(this, ["loadGraphData", "handleFile"], "app", this.blame);
    api.addEventListener("executed", (event) => this.#executed(/** @type {CustomEvent} */ (event).detail));
  }

  /** The graph that is shown: the workflow, or the subgraph that was opened. */
  get shownGraph() {
    const inner = this.editor.document.scope.value.at(-1);
    return (inner && this.graph.subgraphs.get(inner.definition)) ?? this.graph;
  }

  get extensions() {
    return this.registered.list;
  }

  get runningNodeId() {
    return runningPrompt(this.editor.runs.state.value)?.node ?? null;
  }

  /** The classes of nodes by their names. */
  get nodeTypes() {
    return Object.fromEntries(this.#types);
  }

  get clientId() {
    return this.api.clientId;
  }

  get canvasEl() {
    return this.stage.canvas;
  }

  /** What scripts put behind the address of a picture to get a smaller one: the page asks for pictures as they are. */
  getPreviewFormatParam() {
    return "";
  }

  /** Behind the address of a picture it keeps a browser from showing an older one. */
  getRandParam() {
    return `&rand=${Math.random()}`;
  }

  /** @param {Record<string, any>} extension */
  registerExtension(extension) {
    this.registered.add(extension);
    this.#unheard.look(/** @type {import("./extensions.js").Extension} */ (extension));
    this.commands.add(this.#newCommands(extension));
    for (const setting of extension.settings ?? []) this.settings.add(setting);
  }

  /**
   * Call the hooks that come before the page reads the declarations, and those that change them.
   * @param {import("../document/types.js").NodeDefinitions} definitions
   */
  async prepare(definitions) {
    await this.editor.settings.load();
    await this.registered.wait("init", this);
    this.#given = structuredClone(definitions);
    await this.registered.wait("addCustomNodeDefs", definitions, this);
    for (const type of Object.keys(definitions)) this.#keepReadable(definitions, type, this.#author("addCustomNodeDefs"), "addCustomNodeDefs");
    await this.madeWidgets.ask();
    this.madeWidgets.mark(definitions);
    this.declarations = definitions;
    for (const [type, definition] of Object.entries(definitions)) this.#register(type, definition);
    await this.registered.wait("registerCustomNodes", this);
    const { server } = this.editor;
    const plain = server.nodeDefinitions.bind(server);
    server.nodeDefinitions = async () => this.#completed(await plain());
    return this.#completed(definitions);
  }

  /** What the server declares, with what scripts do to it. @param {import("../document/types.js").NodeDefinitions} definitions */
  #completed(definitions) {
    this.madeWidgets.mark(definitions);
    return { ...definitions, ...this.ownClasses.definitions };
  }

  /** Call the hooks for the page, then follow the workflow. */
  async begin() {
    await this.registered.wait("setup", this);
    this.#unheard.tell(this.blame);
    this.hasBegun = true;
    this.graph.follow();
    this.drawings.follow();
    followPointer(this);
    followSelection(this);
  }

  /** @param {number} number -1 for the front @param {number} [count] */
  async queuePrompt(number, count = 1) {
    if (this.sending.isAsked) return this.sending.make(number);
    for (let index = 0; index < count; index += 1) await this.commands.get(number === -1 ? "queue-front" : "queue").run();
    return true;
  }

  async graphToPrompt() {
    this.graph.gather();
    const { workflow } = this.editor.document;
    return { workflow: structuredClone(workflow), output: await promptBy(this) };
  }

  /** Let the page send what scripts make of the workflow, where they do. */
  #makePrompts() {
    const { editor } = this;
    const plain = editor.promptOf;
    editor.toSend = (workflow, order) => this.sending.toSend(workflow, order);
    editor.gatherers.push(() => this.graph.gather());
    editor.menuAdders.push((id) => packMenu(this, id));
    editor.promptOf = async (workflow) => {
      if (workflow !== editor.document.workflow || !isMadeByScripts(this, workflow)) return plain(workflow);
      try {
        return (await this.graphToPrompt()).output;
      } catch (error) {
        if (isOfPage(error)) throw error;
        this.blame.tell("?", "graphToPrompt", error);
        return plain(workflow);
      }
    };
  }

  /** @param {any} workflow */
  async loadGraphData(workflow) {
    await openWith(this.editor, "Workflow", () => openText(JSON.stringify(workflow), "The workflow of a pack's script", this.editor.definitions.value));
  }

  /** @param {any} prompt @param {string} [name] */
  async loadApiJson(prompt, name = "Prompt") {
    await openWith(this.editor, nameOfFile(name), () => openText(JSON.stringify(prompt), name, this.editor.definitions.value));
  }

  /** @param {File} file */
  handleFile(file) {
    return openInto(this.editor, file);
  }

  async refreshComboInNodes() {
    this.editor.definitions.value = await this.editor.server.nodeDefinitions();
  }

  /** Make nodes of a type by a script's own class. @param {string} type @param {any} nodeClass */
  useClass(type, nodeClass) {
    nodeClass.comfyClass ??= type;
    this.#types.set(type, nodeClass);
  }

  /** @param {string} type */
  #typeOf(type) {
    return this.#types.get(type) ?? this.#register(type, this.editor.definitions.value[type]);
  }

  /** @param {string} type @param {any} nodeData */
  #register(type, nodeData) {
    const nodeType = class extends PackNode {};
    Object.assign(nodeType, { comfyClass: type, type, title: nodeData?.display_name ?? type, category: nodeData?.category ?? "", nodeData });
    this.#types.set(type, nodeType);
    const hook = "beforeRegisterNodeDef";
    const known = new Set();
    const look = (/** @type {import("./extensions.js").Extension} */ { pack }) => {
      this.#keepReadable(this.declarations, type, pack, hook);
      this.#unheard.lookAt(pack, nodeType.prototype, known);
    };
    if (nodeData) this.registered.callEach(hook, [nodeType, nodeData, this], look);
    // Scripts may put a class of theirs in its place as it is registered.
    if (nodeData) this.blame.guard("?", "registerNodeType", () => this.globals?.LiteGraph.registerNodeType(type, nodeType));
    return this.#types.get(type) ?? nodeType;
  }

  /** A declaration that a pack has made unreadable is given back; one that it has added itself goes. @param {import("../document/types.js").NodeDefinitions} definitions @param {string} type @param {string} pack @param {string} hook */
  #keepReadable(definitions, type, pack, hook) {
    if (isReadable(definitions[type])) return;
    this.blame.tell(pack, hook, giveBack(definitions, type, this.#given[type] ?? { name: type, input: {}, output: [] }));
  }

  /** The packs that have a hook, for what cannot be told of one. @param {string} hook */
  #author(hook) {
    return this.extensions.filter((extension) => typeof extension[hook] === "function").map(({ pack }) => pack).join(", ");
  }

  /** The commands of an extension but those that would take the place, or the keys, of others. @param {Record<string, any>} extension */
  #newCommands(extension) {
    const all = packCommands(extension, (call) => this.blame.guard(extension.pack, say("packs.command"), call));
    const refuse = (/** @type {string} */ problem) => this.blame.tell(extension.pack, "commands", new Error(problem));
    return all.flatMap((command) => {
      if (this.commands.has(command.id)) return refuse(say("packs.command-taken", { id: command.id })), [];
      const keys = (command.keys ?? []).filter((key) => {
        const owner = this.commands.ownerOf(key);
        if (owner) refuse(say("packs.key-taken", { id: command.id, key, owner: owner.label }));
        return !owner;
      });
      return [{ ...command, keys }];
    });
  }

  /** What fails in a listener or a timer of a pack comes from nobody's call. @param {Event} event @param {unknown} error */
  #blameFor(event, error) {
    if (!packOf(error)) return;
    event.preventDefault();
    this.blame.tell("", say("packs.at-work"), error);
  }

  async #showFailures() {
    const { openDialog } = await import("../panels/dialog.js");
    openDialog(say("packs.failures"), element("ul", { class: "told" }, ...this.blame.told.map((text) => element("li", {}, text))));
  }

  /** @returns {import("./world.js").NodeListeners} */
  #listeners() {
    return {
      onOpening: (workflow) => this.registered.call("beforeConfigureGraph", structuredClone(workflow), []),
      onMade: (node) => {
        this.madeWidgets.make(node);
        this.callNode(node, "onNodeCreated");
        this.registered.call("nodeCreated", node, this);
        this.callNode(node, "onAdded", node.graph);
      },
      onLoaded: (node) => this.registered.call("loadedGraphNode", node, this),
      onOpened: (nodes) => {
        for (const method of ["onGraphConfigured", "onAfterGraphConfigured"]) for (const node of nodes) this.callNode(node, method);
        this.registered.call("afterConfigureGraph", [], this);
      },
      onGone: (node) => this.callNode(node, "onRemoved"),
      onLinks: (node, slots) => {
        for (const { side, index, isConnected, link } of slots) {
          if (side === INPUT_SIDE && link !== null && refusesLink(this, node, link)) continue;
          const slot = (side === INPUT_SIDE ? node.inputs : node.outputs)[index];
          this.callNode(node, "onConnectionsChange", side, index, isConnected, link === null ? null : node.graph.link(link), slot);
        }
      },
    };
  }

  /** @param {PackNode} node @param {string} method @param {...any} values */
  callNode(node, method, ...values) {
    const call = /** @type {any} */ (node)[method];
    return typeof call === "function" ? this.blame.guard(node.comfyClass, method, () => call.apply(node, values)) : undefined;
  }

  /** @param {{node: string, display_node?: string, output: any}} detail */
  #executed({ node, display_node: shown, output }) {
    const id = shown ?? node;
    this.nodeOutputs[id] = output;
    const found = this.graph.nodeOfRun(id);
    if (found) this.callNode(found, "onExecuted", output);
  }

  #ui() {
    const { settings } = this;
    return onlyOffered("app.ui", {
      settings: {
        addSetting: (/** @type {any} */ setting) => settings.add(setting),
        getSettingValue: (/** @type {string} */ id, /** @type {any} */ otherwise) => settings.get(id, otherwise),
        setSettingValue: (/** @type {string} */ id, /** @type {any} */ value) => settings.set(id, value),
        setSettingValueAsync: async (/** @type {string} */ id, /** @type {any} */ value) => settings.set(id, value),
        addEventListener: (/** @type {string} */ event, /** @type {Function} */ listener) => settings.listen(event, listener),
      },
      dialog: new ComfyDialog(),
      menuContainer: element("div", {}),
    });
  }

  #manager() {
    const { settings, editor, commands } = this;
    return onlyOffered("app.extensionManager", {
      setting: { get: (/** @type {string} */ id) => settings.get(id), set: (/** @type {string} */ id, /** @type {any} */ value) => settings.set(id, value) },
      toast: {
        add: ({ summary = "", detail = "", severity = "info" }) =>
          editor.notices.show([summary, detail].filter(Boolean).join(": "), severity === "error" ? "error" : "info"),
        addAlert: (/** @type {string} */ message) => editor.notices.show(message, "error"),
      },
      command: { execute: (/** @type {string} */ id) => commands.run(id) },
      // What else the hook does that asks for it goes on.
      registerSidebarTab: ({ title = "", id = "" }) => this.blame.tell("?", "registerSidebarTab", new NotOfferedError(say("packs.no-side-bar", { name: title || id }))),
    });
  }
}

/**
 * The commands of an extension, with its key bindings, as commands of the page.
 * @param {Record<string, any>} extension
 * @param {(call: () => any) => any} guard
 * @returns {import("../commands/registry.js").Command[]}
 */
function packCommands(extension, guard) {
  const inMenus = new Map((extension.menuCommands ?? []).flatMap((/** @type {any} */ menu) => menu.commands.map((/** @type {string} */ id) => [id, menu.path[0]])));
  return (extension.commands ?? []).map((/** @type {any} */ command) => {
    const bindings = (extension.keybindings ?? []).filter((/** @type {any} */ binding) => binding.commandId === command.id);
    return {
      id: command.id,
      label: typeof command.label === "function" ? command.label() : (command.label ?? command.id),
      section: inMenus.get(command.id) ?? "Packs",
      keys: bindings.map(keyOf),
      run: () => guard(() => command.function()),
    };
  });
}

/** @param {{combo: {key: string, ctrl?: boolean, alt?: boolean, shift?: boolean}}} binding */
function keyOf({ combo }) {
  const parts = [combo.ctrl && "Ctrl", combo.alt && "Alt", combo.shift && "Shift", combo.key.length === 1 ? combo.key.toUpperCase() : combo.key];
  return parts.filter(Boolean).join("+");
}
