/** Upper bound of the bytes of a number with its comma. */
export const NUMBER_BYTES = 26;
/** Brackets and comma. */
export const CONTAINER_BYTES = 3;

/** From this size on, numbers print with an exponent, so nobody takes their digits for an exact integer. */
const EXPONENT_FROM = 1e21;
/** The smallest number that can be a card number: 13 digits, prefix 2221. */
const LEAST_CARD_NUMBER = 2_221_000_000_000;

export function isCardSized(value: number): boolean {
  return value >= LEAST_CARD_NUMBER && Number.isInteger(value);
}

/** Whether a number means in JSON what it means here, and is read back as itself. */
export function isPlainNumber(value: number): boolean {
  if (Number.isSafeInteger(value)) return !Object.is(value, -0);
  return Number.isFinite(value) && (!Number.isInteger(value) || Math.abs(value) >= EXPONENT_FROM);
}
