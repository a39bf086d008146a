const MAX_LENGTH = 200;

/** A value as a finding shows it: text as it is, everything else as JSON, long ones cut. */
export function display(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text =
    typeof value === 'string' ? value : Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : String(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
