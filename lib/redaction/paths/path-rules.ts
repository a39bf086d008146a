import { InvalidRedactionOptionError } from '../invalid-redaction-option.error.js';
import type { RedactionRule } from '../redaction-rule.js';

interface PathNode {
  readonly exact: Map<string, PathNode>;
  any?: PathNode;
  /** Reached by `**`: stays active however deep the walk goes. */
  deep?: PathNode;
  readonly isDeep: boolean;
  rule?: RedactionRule;
  /** Position of the rule in the options; the first one wins. */
  order: number;
}

/** Where a walk stands in all path rules at once. An empty list: no rule can match below. */
export type PathState = readonly PathNode[];

/** Path rules as a tree, walked in step with the value. */
export class PathRules {
  private readonly root: PathNode = makeNode(false);
  private count = 0;

  /** @throws InvalidRedactionOptionError for an empty path or an empty name in it */
  add(path: string, rule: RedactionRule): void {
    let node = this.root;
    const segments = parsePath(path);
    // `a.**` means everything below `a`, not `a` itself.
    if (segments.at(-1)?.kind === 'deep') segments.push({ kind: 'any' });
    for (const segment of segments) node = childOf(node, segment);
    if (node.rule !== undefined) return;
    node.rule = rule;
    node.order = this.count++;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  start(): PathState {
    return withDeep([this.root]);
  }

  step(state: PathState, name: string): PathState {
    const next: PathNode[] = [];
    for (const node of state) {
      if (node.isDeep) next.push(node);
      const exact = node.exact.get(name);
      if (exact !== undefined) next.push(exact);
      if (node.any !== undefined) next.push(node.any);
    }
    return withDeep(next);
  }

  ruleOf(state: PathState): RedactionRule | undefined {
    let found: PathNode | undefined;
    for (const node of state) {
      if (node.rule !== undefined && (found === undefined || node.order < found.order)) found = node;
    }
    return found?.rule;
  }
}

type Segment = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'any' } | { readonly kind: 'deep' };

/** Splits at dots; a backslash takes the next character as it is. */
function parsePath(path: string): Segment[] {
  const segments: Segment[] = [];
  let name = '';
  let escaped = false;
  const end = () => {
    if (name === '') {
      throw new InvalidRedactionOptionError(
        `redaction.paths.${path}`,
        'it has an empty name. Write names joined by single dots, e.g. request.body.user.email.',
      );
    }
    if (!escaped && name === '*') segments.push({ kind: 'any' });
    else if (!escaped && name === '**') segments.push({ kind: 'deep' });
    else segments.push({ kind: 'name', name });
    name = '';
    escaped = false;
  };
  for (let index = 0; index < path.length; index++) {
    if (path[index] === '\\' && index + 1 < path.length) {
      name += path[++index];
      escaped = true;
    } else if (path[index] === '.') {
      end();
    } else {
      name += path[index];
    }
  }
  end();
  return segments;
}

function childOf(node: PathNode, segment: Segment): PathNode {
  if (segment.kind === 'any') return (node.any ??= makeNode(false));
  if (segment.kind === 'deep') return (node.deep ??= makeNode(true));
  const known = node.exact.get(segment.name);
  if (known !== undefined) return known;
  const made = makeNode(false);
  node.exact.set(segment.name, made);
  return made;
}

function makeNode(isDeep: boolean): PathNode {
  return { exact: new Map(), isDeep, order: 0 };
}

/** `**` also stands for no name at all, so what follows it may match at once. */
function withDeep(nodes: PathNode[]): PathState {
  for (const node of nodes) {
    if (node.deep !== undefined && !nodes.includes(node.deep)) nodes.push(node.deep);
  }
  return nodes;
}
