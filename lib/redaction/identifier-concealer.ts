import { Concealer } from './concealer.js';
import type { RedactionRule } from './redaction-rule.js';

/**
 * Identifiers have to tell things apart, and one long number in ten that looks like a card is not one. So a number is
 * truncated as card rules allow, to its first six and last four digits, instead of vanishing.
 */
export class IdentifierConcealer extends Concealer {
  override inline(rule: RedactionRule, text: string): string {
    if (rule.label !== 'pattern:pan' || rule.mode !== 'mask') return super.inline(rule, text);
    const digits = text.replace(/\D/g, '');
    return `${digits.slice(0, 6)}[REDACTED:pan]${digits.slice(-4)}`;
  }
}
