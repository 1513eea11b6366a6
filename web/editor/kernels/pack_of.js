// Which pack's script an error came from, by the addresses that its stack names.

const FROM_PACK = /\/extensions\/([^/?#]+)\//;

/** The pack whose script threw this, or "". @param {unknown} error */
export function packOf(error) {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const found = FROM_PACK.exec(stack);
  return found ? decodeURIComponent(found[1]) : "";
}
