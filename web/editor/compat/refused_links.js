// Links that a script of one of their two nodes does not want: they go as they come.
import { say } from "../texts/texts.js";
/** @import {PackApp} from "./app.js" */
/** @import {PackNode} from "./node.js" */

/**
 * Ask both nodes of a new link; one that is refused is taken away in the same step of the history.
 * @param {PackApp} app
 * @param {PackNode} target
 * @param {number} id
 */
export function refusesLink(app, target, id) {
  const { graph } = target;
  const link = graph.link(id);
  const source = link && graph.getNodeById(link.origin_id);
  if (!link || !source) return false;
  const [output, input] = [source.outputs[link.origin_slot], target.inputs[link.target_slot]];
  const takes = app.callNode(target, "onConnectInput", link.target_slot, link.type, output, source, link.origin_slot) !== false;
  const gives = app.callNode(source, "onConnectOutput", link.origin_slot, link.type, input, target, link.target_slot) !== false;
  if (takes && gives) return false;
  graph.world.settle(() => graph.removeLink(id));
  app.editor.notices.show(say("packs.refused", { name: (takes ? source : target).title }), "info");
  return true;
}
