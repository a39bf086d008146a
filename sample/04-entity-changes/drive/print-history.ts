import type { RowChange } from 'nestjs-audit-trail';

/** The history of a row as people read changes: line by line, with `-` and `+`. */
export function formatHistory(steps: readonly RowChange[]): string {
  return steps.map(formatStep).join('\n\n');
}

function formatStep({ kind, occurredAt, actor, reason, context, changes, logIndex, metadata }: RowChange): string {
  const stranger = `${actor.type} (${String(metadata.databaseRole)}, ${String(metadata.applicationName)})`;
  const who = actor.id ?? (actor.type === 'anonymous' ? stranger : actor.type);
  const why = reason ? `, because: ${reason.text ?? reason.code}` : '';
  const head = `#${logIndex}  ${occurredAt.slice(11, 23)}  ${kind} by ${who}${why}  (request ${context.requestId ?? '-'})`;
  if (changes === null) return `${head}\n    the values have been erased`;
  return [
    head,
    ...changes.flatMap(({ path, ...sides }) => [
      ...('old' in sides ? [`  - ${path}: ${show(sides.old)}`] : []),
      ...('new' in sides ? [`  + ${path}: ${show(sides.new)}`] : []),
    ]),
  ].join('\n');
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
