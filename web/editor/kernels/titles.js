// What node classes are called on cards and in lists. Many built-in classes come under nothing but their class's name,
// here and in ComfyUI; those are shown as words. Files and prompts keep the declared name.
/** @import {NodeDefinition} from "../document/types.js" */

const BUILT_IN = "nodes.";

/** Where the words of the class's name are not what one would say. @type {Record<string, string>} */
const NAMES = {
  CLIPTextEncodeControlnet: "CLIP Text Encode (ControlNet)",
  DiffusersLoader: "Load Diffusers Folder",
  DualCLIPLoader: "Load CLIP (Two Files)",
  EasyCache: "EasyCache",
  FreeU: "FreeU",
  FreeU_V2: "FreeU V2",
  FreSca: "FreSca",
  GLIGENLoader: "Load GLIGEN Model",
  HyperTile: "HyperTile",
  HypernetworkLoader: "Load Hypernetwork",
  ImageColorToMask: "Image Color to Mask",
  ImageRGBToYUV: "Image RGB to YUV",
  ImageScaleToMaxDimension: "Scale Image to Max Dimension",
  ImageScaleToTotalPixels: "Scale Image to Total Pixels",
  ImageYUVToRGB: "Image YUV to RGB",
  InstructPixToPixConditioning: "InstructPix2Pix Conditioning",
  LazyCache: "LazyCache",
  LoraLoaderModelOnly: "Load LoRA (Model Only)",
  PerpNegGuider: "Perp-Neg Guider",
  PhotoMakerEncode: "PhotoMaker Encode",
  PhotoMakerLoader: "Load PhotoMaker",
  SamplingPercentToSigma: "Sampling Percent to Sigma",
  SetUnionControlNetType: "Set Union ControlNet Type",
  SD_4XUpscale_Conditioning: "SD 4x Upscale Conditioning",
  unCLIPCheckpointLoader: "Load unCLIP Checkpoint",
  unCLIPConditioning: "unCLIP Conditioning",
};

/** @param {NodeDefinition} definition */
export function classTitle({ name, display_name: declared, python_module: module }) {
  if (declared && declared !== name) return declared;
  return module?.startsWith(BUILT_IN) ? (NAMES[name] ?? spaced(name)) : name;
}

/** The words of a name in which each begins with a capital, or is all capitals. @param {string} name */
function spaced(name) {
  return name.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2").replace(/([A-Z]{2})([A-Z][a-z])/g, "$1 $2");
}
