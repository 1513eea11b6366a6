// The texts of what packs' scripts do, in the language that the page speaks.
import { ENGLISH_PACKS } from "../texts/english_packs.js";
import { currentLanguage, learn } from "../texts/texts.js";

/** Has the page know them. */
export async function learnPackTexts() {
  learn(ENGLISH_PACKS);
  if (currentLanguage() === "de") learn((await import("../texts/german_packs.js")).GERMAN_PACKS);
}
