// The settings that packs' scripts bring, among the page's own.
/** @import {Settings} from "../preferences/settings.js" */
/** @import {Setting} from "../preferences/table.js" */

/**
 * @typedef {object} PackSetting
 * @property {string} id
 * @property {string} [name]
 * @property {any} [type]
 * @property {any} [defaultValue]
 * @property {string} [tooltip]
 * @property {any} [options]
 * @property {{min?: number, max?: number, step?: number}} [attrs]
 * @property {(value: any, before?: any) => void} [onChange]
 */

const KINDS = /** @type {Record<string, Setting["kind"]>} */ ({
  boolean: "toggle",
  number: "number",
  slider: "slider",
  combo: "choice",
  text: "text",
  color: "colour",
  url: "text",
});

/** Declares them and answers their values. */
export class PackSettings {
  /**
   * @param {Settings} settings
   * @param {(call: () => void) => void} guard calls code of a pack
   */
  constructor(settings, guard) {
    this.settings = settings;
    this.guard = guard;
  }

  /** @param {PackSetting} setting */
  add(setting) {
    const { id, type, onChange } = setting;
    const initial = typeof setting.defaultValue === "function" ? setting.defaultValue() : setting.defaultValue;
    const kind = KINDS[type];
    const value = this.settings.of(id);
    // One that draws itself, or is hidden, has a value all the same.
    if (kind) this.settings.declare({ id, section: "packs", kind, initial, name: setting.name ?? id, hint: setting.tooltip ?? "", ...limits(setting) });
    else value.value ??= initial;
    let before = value.value;
    if (onChange) {
      this.guard(() => onChange(before, undefined));
      value.subscribe((now) => {
        this.guard(() => onChange(now, before));
        before = now;
      });
    }
    return {
      get value() {
        return value.value;
      },
      set: (/** @type {any} */ next) => this.settings.set(id, next),
    };
  }

  /** Tell of one that changes: an event `ID.change`. @param {string} event @param {Function} listener */
  listen(event, listener) {
    const id = event.replace(/\.change$/, "");
    this.settings.of(id).subscribe((value) => this.guard(() => listener(new CustomEvent(event, { detail: { value } }))));
  }

  /** @param {string} id @param {any} [otherwise] */
  get(id, otherwise) {
    return this.settings.get(id) ?? otherwise;
  }

  /** @param {string} id @param {any} value */
  set(id, value) {
    return this.settings.set(id, value);
  }
}

/** @param {PackSetting} setting */
function limits({ attrs, options }) {
  const offered = typeof options === "function" ? options() : options;
  const choices = Array.isArray(offered) ? offered.map((choice) => String(choice?.value ?? choice)) : undefined;
  return { ...(choices ? { choices } : {}), ...(attrs?.min === undefined ? {} : { min: attrs.min }), ...(attrs?.max === undefined ? {} : { max: attrs.max }), step: attrs?.step ?? /** @type {"any"} */ ("any") };
}
