const ENCODED = /(?:%[0-9a-fA-F]{2})+/g;

/** Decodes what can be decoded and leaves the rest as it stands, unlike `decodeURIComponent`, which gives up. */
export function percentDecode(text: string): string {
  return text.includes('%') ? text.replace(ENCODED, decodeRun) : text;
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1');
  }
}
