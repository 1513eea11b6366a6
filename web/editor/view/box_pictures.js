// The pictures that painted boxes show: small copies, decoded beside the page and kept as long as they are looked at.

const MOST_KEPT = 200;
const KEPT_MS = 10_000;
const MOST_PIXELS = 384;

/** @typedef {{urls: string, wanted: readonly string[], images: ImageBitmap[], isLoading: boolean, askedAt: number}} Kept */

/** Loads what boxes show and tells when it has come; until then a box shows what it showed before. */
export class BoxPictures {
  /** @type {Map<string, Kept>} */
  #kept = new Map();

  /** @param {(key: string) => void} onArrival */
  constructor(onArrival) {
    this.onArrival = onArrival;
  }

  /**
   * What there is to show of a node now.
   * @param {string} key names the node among those of all workflows
   * @param {readonly string[]} wanted addresses of its pictures
   * @returns {readonly ImageBitmap[]}
   */
  of(key, wanted) {
    const urls = wanted.join("\n");
    const kept = this.#kept.get(key) ?? { urls: "", wanted, images: [], isLoading: false, askedAt: 0 };
    this.#kept.set(key, kept);
    kept.askedAt = performance.now();
    kept.wanted = wanted;
    if (urls !== kept.urls && !kept.isLoading) void this.#load(key, kept);
    return kept.images;
  }

  /** One at a time: of previews that come faster than they are decoded, those between are left out. @param {string} key @param {Kept} kept */
  async #load(key, kept) {
    kept.isLoading = true;
    while (kept.urls !== kept.wanted.join("\n")) {
      const { wanted } = kept;
      const images = await Promise.all(wanted.map(decode));
      kept.images = images.filter((image) => image !== null);
      kept.urls = wanted.join("\n");
      this.onArrival(key);
    }
    kept.isLoading = false;
    this.#forget();
  }

  #forget() {
    if (this.#kept.size <= MOST_KEPT) return;
    const before = performance.now() - KEPT_MS;
    for (const [key, { askedAt, isLoading }] of this.#kept) if (askedAt < before && !isLoading) this.#kept.delete(key);
  }
}

/** @param {string} url @returns {Promise<ImageBitmap | null>} null for what is gone or no picture */
async function decode(url) {
  try {
    // An element, for the page may show previews' addresses but not fetch them.
    const whole = new Image();
    whole.src = url;
    await whole.decode();
    const { naturalWidth: width, naturalHeight: height } = whole;
    const scale = Math.min(1, MOST_PIXELS / Math.max(width, height));
    return await createImageBitmap(whole, { resizeWidth: Math.ceil(width * scale), resizeHeight: Math.ceil(height * scale), resizeQuality: "medium" });
  } catch {
    return null;
  }
}
