// The shapes of what the editor reads and writes: workflow files, node declarations, prompts. Types only.

/** @typedef {number | string} NodeId */

/**
 * @typedef {object} InputSlot
 * @property {string} name
 * @property {string} type
 * @property {number | null} [link]
 * @property {{name: string}} [widget] present when the slot feeds a widget
 * @property {string} [label]
 * @property {string} [slotId] on a box of a subgraph: the subgraph's slot that it shows
 */

/**
 * @typedef {object} OutputSlot
 * @property {string} name
 * @property {string} type
 * @property {number[] | null} [links]
 * @property {string} [label]
 * @property {string} [slotId] on a box of a subgraph: the subgraph's slot that it shows
 */

/**
 * A node of a workflow file (schema 0.4 and 1). Keys not listed here are kept as they are.
 * @typedef {object} WorkflowNode
 * @property {NodeId} id
 * @property {string} type
 * @property {[number, number] | {0: number, 1: number}} pos
 * @property {[number, number] | {0: number, 1: number}} [size]
 * @property {{collapsed?: boolean, pinned?: boolean}} [flags]
 * @property {number} [mode] 0 always, 2 mute, 4 bypass
 * @property {number} [order]
 * @property {InputSlot[]} [inputs]
 * @property {OutputSlot[]} [outputs]
 * @property {string} [title]
 * @property {string} [color]
 * @property {string} [bgcolor]
 * @property {Record<string, any>} [properties]
 * @property {any[] | Record<string, any>} [widgets_values]
 * @property {Record<string, any>} [widgets_values_named]
 */

/** @typedef {[number, NodeId, number, NodeId, number, string]} LinkTuple */

/**
 * @typedef {object} LinkObject
 * @property {number} id
 * @property {NodeId} origin_id
 * @property {number} origin_slot
 * @property {NodeId} target_id
 * @property {number} target_slot
 * @property {string} type
 */

/**
 * A link as the editor reads it, whichever of the two forms the file has.
 * @typedef {object} Link
 * @property {number} id
 * @property {NodeId} from
 * @property {number} fromSlot
 * @property {NodeId} to
 * @property {number} toSlot
 * @property {string} type
 */

/**
 * @typedef {object} Group
 * @property {number} [id]
 * @property {Record<string, any>} [flags]
 * @property {string} [title]
 * @property {[number, number, number, number]} bounding
 * @property {string} [color]
 */

/** @typedef {{id: string, name: string, type: string, linkIds?: number[], label?: string}} SubgraphSlot */

/**
 * A subgraph: a workflow used as a node. Its links start at node -10 (its inputs) and end at node -20 (its outputs).
 * @typedef {object} SubgraphDefinition
 * @property {string} id the `type` of the nodes that are this subgraph
 * @property {string} [name]
 * @property {WorkflowNode[]} [nodes]
 * @property {(LinkTuple | LinkObject)[]} [links]
 * @property {Group[]} [groups]
 * @property {SubgraphSlot[]} [inputs]
 * @property {SubgraphSlot[]} [outputs]
 * @property {{id?: number, bounding?: number[]}} [inputNode]
 * @property {{id?: number, bounding?: number[]}} [outputNode]
 * @property {{lastNodeId?: number, lastLinkId?: number}} [state]
 * @property {number} [version]
 */

/**
 * A workflow file. Values are never changed in place: an edit makes a new workflow that shares what it left alone.
 * @typedef {object} Workflow
 * @property {string} [id]
 * @property {number} [revision]
 * @property {Record<string, any>} [config]
 * @property {WorkflowNode[]} nodes
 * @property {(LinkTuple | LinkObject)[]} links
 * @property {Group[]} [groups]
 * @property {number} [last_node_id]
 * @property {number} [last_link_id]
 * @property {{lastNodeId?: number, lastLinkId?: number}} [state] schema 1
 * @property {{subgraphs?: SubgraphDefinition[]}} [definitions]
 * @property {Record<string, any>} [extra]
 * @property {number} [version]
 */

/** @typedef {[string | any[], Record<string, any>?]} InputDeclaration */

/**
 * A node class as `/object_info` describes it.
 * @typedef {object} NodeDefinition
 * @property {string} name
 * @property {string} [display_name]
 * @property {string} [python_module] "nodes." and more for a built-in class
 * @property {string} [description]
 * @property {string} [category]
 * @property {{required?: Record<string, InputDeclaration>, optional?: Record<string, InputDeclaration>}} input
 * @property {{required?: string[], optional?: string[]}} [input_order]
 * @property {string[]} [output]
 * @property {string[]} [output_name]
 * @property {string[]} [output_tooltips]
 * @property {boolean} [output_node]
 * @property {boolean} [deprecated]
 * @property {boolean} [experimental]
 * @property {string[]} [search_aliases]
 * @property {Map<string, import("../kernels/schema.js").Widget[]>} [added] widgets that packs' scripts gave to single nodes, by node id
 * @property {Map<string, Map<string, Partial<import("../kernels/schema.js").Widget>>>} [changed] what they changed of widgets of single nodes, by node id and widget
 */

/** @typedef {Record<string, NodeDefinition>} NodeDefinitions */

/**
 * @typedef {object} PromptNode
 * @property {string} [class_type]
 * @property {Record<string, any>} inputs
 * @property {{title?: string, models?: import("../kernels/missing.js").NamedModel[]}} [_meta]
 */

/** @typedef {Record<string, PromptNode>} Prompt */

/** @typedef {{filename: string, subfolder?: string, type?: string}} FileReference */

export {};
