import { TemplateError } from './errors.ts';
import { FUNCTIONS, isTrue } from './functions.ts';
import { entriesInOrder, goText } from './go-text.ts';
import { isStruct, NIL } from './go-value.ts';
import { parseTemplate, type Node, type Operand, type ParsedTemplate, type Pipeline } from './parser.ts';

type Replacement = Readonly<Record<string, (...values: readonly unknown[]) => unknown>>;

export interface TemplateOptions {
  /** Further functions, or other ones of the same name. */
  readonly functions?: Replacement;
  /** A field that is not there is an error, as in `docker inspect`. */
  readonly strict?: boolean;
}

/** Compiles a template; the result prints one value. Throws TemplateError, now or when it is applied. */
export function compileTemplate(template: string, options: TemplateOptions = {}): (value: unknown) => string {
  const parsed = parseTemplate(template);
  return (value) => new Evaluation(options, value, parsed.definitions).run(parsed.nodes, value);
}

/** How deep templates may call one another: one that calls itself for ever ends with a sentence. */
const GREATEST_DEPTH = 1000;

/** Leaves the innermost `range`. */
class LoopExit extends Error {
  readonly ends: boolean;
  readonly printed: string;

  constructor(ends: boolean, printed: string) {
    super('break or continue outside of range');
    this.ends = ends;
    this.printed = printed;
  }
}

class Evaluation {
  readonly #functions: Replacement;
  readonly #strict: boolean;
  readonly #definitions: ParsedTemplate['definitions'];
  #depth = 0;
  /** Innermost scope last. */
  #scopes: Map<string, unknown>[];

  constructor(options: TemplateOptions, root: unknown, definitions: ParsedTemplate['definitions']) {
    this.#functions = { ...FUNCTIONS, ...options.functions };
    this.#strict = options.strict ?? false;
    this.#definitions = definitions;
    this.#scopes = [new Map([['$', root]])];
  }

  run(nodes: readonly Node[], dot: unknown): string {
    let out = '';
    for (const node of nodes) {
      try {
        out += this.#node(node, dot);
      } catch (error) {
        if (error instanceof LoopExit) throw new LoopExit(error.ends, out + error.printed);
        throw error;
      }
    }
    return out;
  }

  #node(node: Node, dot: unknown): string {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'break':
      case 'continue':
        throw new LoopExit(node.kind === 'break', '');
      case 'output': {
        const value = this.#pipeline(node.pipeline, dot);
        return node.pipeline.variables.length > 0 ? '' : goText(value);
      }
      case 'template':
        return this.#call(node.name, node.pipeline === null ? undefined : this.#pipeline(node.pipeline, dot));
      default:
        return this.#scoped(() => this.#control(node, dot));
    }
  }

  /** Another template, which sees nothing but the value it is given. */
  #call(name: string, value: unknown): string {
    const nodes = this.#definitions.get(name);
    if (nodes === undefined)
      throw new TemplateError(
        `template parsing error: template: :1: executing "" at <{{template ${JSON.stringify(name)}}}>: template ${JSON.stringify(name)} not defined`,
      );
    if (this.#depth === GREATEST_DEPTH)
      throw new TemplateError(
        `template parsing error: template: :1: exceeded maximum template depth (${GREATEST_DEPTH})`,
      );
    const outer = this.#scopes;
    this.#scopes = [new Map([['$', value]])];
    this.#depth += 1;
    try {
      return this.run(nodes, value);
    } finally {
      this.#scopes = outer;
      this.#depth -= 1;
    }
  }

  #control(node: Node & { kind: 'if' | 'with' | 'range' }, dot: unknown): string {
    const value = this.#pipeline(node.pipeline, dot);
    if (!isTrue(value)) return this.run(node.otherwise, dot);
    if (node.kind === 'if') return this.run(node.body, dot);
    return node.kind === 'with' ? this.run(node.body, value) : this.#range(node, value);
  }

  #range(node: Node & { kind: 'if' | 'with' | 'range' }, value: unknown): string {
    let out = '';
    for (const [key, item] of itemsOf(value)) {
      const [first, second] = node.pipeline.variables;
      const scope = new Map<string, unknown>();
      if (first !== undefined) scope.set(first, second === undefined ? item : key);
      if (second !== undefined) scope.set(second, item);
      try {
        out += this.#scoped(() => this.run(node.body, item), scope);
      } catch (error) {
        if (!(error instanceof LoopExit)) throw error;
        out += error.printed;
        if (error.ends) break;
      }
    }
    return out;
  }

  #scoped<T>(action: () => T, scope = new Map<string, unknown>()): T {
    this.#scopes.push(scope);
    try {
      return action();
    } finally {
      this.#scopes.pop();
    }
  }

  #pipeline({ variables, declares, commands }: Pipeline, dot: unknown): unknown {
    let piped: readonly unknown[] = [];
    for (const words of commands) piped = [this.#command(words, dot, piped)];
    const [value] = piped;
    for (const name of variables) {
      const scope = declares ? this.#scopes.at(-1) : this.#scopes.findLast((one) => one.has(name));
      if (scope === undefined)
        throw new TemplateError(`template parsing error: template: :1: undefined variable "${name}"`);
      scope.set(name, value);
    }
    return value;
  }

  #command(words: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    const [first, ...rest] = words;
    if (first === undefined) return undefined;
    if (first.kind === 'function') {
      if (first.name === 'and' || first.name === 'or') return this.#choose(first.name, rest, dot, piped);
      const call = this.#functions[first.name];
      if (call === undefined) {
        throw new TemplateError(`template parsing error: template: :1: function "${first.name}" not defined`);
      }
      return call(...rest.map((one) => this.#operand(one, dot)), ...piped);
    }
    const value = this.#operand(first, dot);
    if (typeof value === 'function')
      return (value as (...values: unknown[]) => unknown)(...rest.map((one) => this.#operand(one, dot)), ...piped);
    if (rest.length > 0 || piped.length > 0) throw new TemplateError("can't give argument to non-function");
    return value;
  }

  /** The first operand that decides; those after it are not looked at. */
  #choose(name: 'and' | 'or', words: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    let value: unknown;
    for (const one of [...words.map((word) => () => this.#operand(word, dot)), ...piped.map((last) => () => last)]) {
      value = one();
      if (isTrue(value) === (name === 'or')) return value;
    }
    return value;
  }

  #operand(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'function':
        return this.#command([operand], dot, []);
      case 'dot':
        return this.#walk(dot, operand.path);
      case 'pipeline':
        return this.#walk(this.#pipeline(operand.pipeline, dot), operand.path);
      case 'variable': {
        const scope = this.#scopes.findLast((one) => one.has(operand.name));
        if (scope === undefined)
          throw new TemplateError(`template parsing error: template: :1: undefined variable "${operand.name}"`);
        return this.#walk(scope.get(operand.name), operand.path);
      }
    }
  }

  #walk(start: unknown, path: readonly string[]): unknown {
    let value = start;
    for (const name of path) {
      const holder = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
      const isThere = holder !== null && Object.hasOwn(holder, name);
      const isOpen = holder === null ? value === undefined || value === null : value !== NIL && !isStruct(value);
      if (!isThere && (this.#strict || !isOpen))
        throw new TemplateError(
          `template parsing error: template: :1:2: executing "" at <.${path.join('.')}>: ${
            holder === null || value === NIL || isStruct(value)
              ? `can't evaluate field ${name}`
              : `map has no entry for key "${name}"`
          }`,
        );
      value = isThere ? (holder as Readonly<Record<string, unknown>>)[name] : undefined;
    }
    return value;
  }
}

function itemsOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((one, at) => [at, one as unknown]);
  if (typeof value === 'object' && value !== null) return entriesInOrder(value);
  if (typeof value === 'number') return Array.from({ length: value }, (_, at) => [at, at]);
  throw new TemplateError(`range can't iterate over ${goText(value)}`);
}
