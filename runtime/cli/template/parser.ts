import { PARSE_FAILURE, TemplateError } from './errors.ts';
import { isFunction } from './functions.ts';
import { lexTemplate, type Piece, type Token } from './lexer.ts';

/** One operand of a command: a path is the field names after it. */
export type Operand =
  | { readonly kind: 'dot'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] };

/** Commands joined by `|`, with the variables they are given to. */
export interface Pipeline {
  readonly variables: readonly string[];
  /** `:=` makes variables, `=` sets those that are. */
  readonly declares: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | null };

/** A template, and those that it defines by name. */
export interface ParsedTemplate {
  readonly nodes: readonly Node[];
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
}

/** Parses a template of Go's text/template. Throws TemplateError. */
export function parseTemplate(text: string): ParsedTemplate {
  const parser = new TemplateParser(lexTemplate(text));
  const { nodes, end } = parser.block(true);
  if (end !== null) throw failure(`unexpected {{${end.word}}}`);
  return { nodes, definitions: parser.definitions };
}

function failure(reason: string): TemplateError {
  return new TemplateError(`template parsing error: template: :1: ${reason}`, PARSE_FAILURE);
}

/** What closed a block. */
interface BlockEnd {
  readonly word: string;
  readonly rest: readonly Token[];
}

class TemplateParser {
  readonly #pieces: readonly Piece[];
  readonly definitions = new Map<string, readonly Node[]>();
  #at = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** What stands up to an `end` or `else`. Only at the top can templates be defined. */
  block(isTop = false): { nodes: Node[]; end: BlockEnd | null } {
    const nodes: Node[] = [];
    for (let piece = this.#pieces[this.#at]; piece !== undefined; piece = this.#pieces[this.#at]) {
      this.#at += 1;
      if (piece.kind === 'text') {
        if (piece.text !== '') nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const [first, ...rest] = piece.tokens;
      if (first === undefined) throw failure('missing value for command');
      const word = first.kind === 'word' ? first.text : '';
      if (word === 'end' || word === 'else') return { nodes, end: { word, rest } };
      if (word === 'if' || word === 'with' || word === 'range') nodes.push(this.#control(word, rest));
      else if (word === 'break' || word === 'continue') nodes.push({ kind: word });
      else if (word === 'define') this.#define(rest, isTop);
      else if (word === 'template') nodes.push(namedTemplate(word, rest));
      else if (word === 'block') nodes.push(this.#blockNode(rest));
      else nodes.push({ kind: 'output', pipeline: parsePipeline(piece.tokens) });
    }
    return { nodes, end: null };
  }

  #define([name, ...rest]: readonly Token[], isTop: boolean): void {
    if (!isTop) throw failure('unexpected {{define}}');
    if (name?.kind !== 'string' || rest.length > 0) throw failure('missing name in define clause');
    this.#body(name.text);
  }

  /** A template that is defined where it is used. */
  #blockNode(tokens: readonly Token[]): Node {
    const node = namedTemplate('block', tokens);
    if (node.pipeline === null) throw failure('missing value for block clause');
    this.#body(node.name);
    return node;
  }

  /** The text of a template up to its end. One that is defined again has its last text, unless that is blank. */
  #body(name: string): void {
    const { nodes, end } = this.block();
    if (end?.word !== 'end') throw failure(end === null ? 'unexpected EOF' : `unexpected {{${end.word}}}`);
    const isBlank = nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
    if (!isBlank || !this.definitions.has(name)) this.definitions.set(name, nodes);
  }

  #control(kind: 'if' | 'with' | 'range', tokens: readonly Token[]): Node {
    const pipeline = parsePipeline(tokens);
    const { nodes: body, end } = this.block();
    if (end === null) throw failure('unexpected EOF');
    if (end.word === 'end') return { kind, pipeline, body, otherwise: [] };
    const [chained, ...rest] = end.rest;
    if (chained?.kind === 'word' && chained.text === kind && kind !== 'range')
      return { kind, pipeline, body, otherwise: [this.#control(kind, rest)] };
    const other = this.block();
    if (other.end?.word !== 'end') throw failure('unexpected EOF');
    return { kind, pipeline, body, otherwise: other.nodes };
  }
}

function namedTemplate(clause: string, [name, ...rest]: readonly Token[]): Node & { readonly kind: 'template' } {
  if (name?.kind !== 'string') throw failure(`missing name in ${clause} clause`);
  return { kind: 'template', name: name.text, pipeline: rest.length === 0 ? null : parsePipeline(rest) };
}

function parsePipeline(tokens: readonly Token[]): Pipeline {
  const sign = tokens.findIndex(({ kind, text }) => kind === 'mark' && (text === ':=' || text === '='));
  const names = sign < 0 ? [] : tokens.slice(0, sign).filter(({ text }) => text !== ',');
  if (names.some(({ kind }) => kind !== 'variable') || names.length > 2) throw failure('bad variable declaration');
  const queue = tokens.slice(sign + 1);
  const commands = parseCommands(queue);
  if (queue.length > 0) throw failure(`unexpected ${JSON.stringify(queue[0]?.text ?? '')} in command`);
  return { variables: names.map(({ text }) => text), declares: tokens[sign]?.text === ':=', commands };
}

/** Takes tokens off the front until they end or a parenthesis closes. */
function parseCommands(queue: Token[]): Operand[][] {
  const commands: Operand[][] = [[]];
  for (let token = queue[0]; token !== undefined && token.text !== ')'; token = queue[0]) {
    queue.shift();
    if (token.kind === 'mark' && token.text === '|') commands.push([]);
    else commands.at(-1)?.push(parseOperand(token, queue));
  }
  if (commands.some((words) => words.length === 0)) throw failure('missing value for command');
  return commands;
}

function parseOperand(token: Token, queue: Token[]): Operand {
  switch (token.kind) {
    case 'field':
      return { kind: 'dot', path: fieldNames(token) };
    case 'variable':
      return { kind: 'variable', name: token.text, path: joinedPath(queue) };
    case 'string':
      return { kind: 'literal', value: token.text };
    case 'number':
      return { kind: 'literal', value: Number(token.text) };
    case 'word': {
      const constant = { true: true, false: false, nil: null }[token.text];
      if (constant !== undefined) return { kind: 'literal', value: constant };
      if (!isFunction(token.text)) throw failure(`function "${token.text}" not defined`);
      return { kind: 'function', name: token.text };
    }
    case 'mark': {
      if (token.text !== '(') throw failure(`unexpected ${JSON.stringify(token.text)} in command`);
      const commands = parseCommands(queue);
      if (queue.shift()?.text !== ')') throw failure('unclosed left paren');
      const pipeline = { variables: [], declares: false, commands };
      return { kind: 'pipeline', pipeline, path: joinedPath(queue) };
    }
  }
}

/** `$x.A` and `(...).A`: a field that touches what stands before it. */
function joinedPath(queue: Token[]): readonly string[] {
  const [next] = queue;
  if (next?.kind !== 'field' || next.spaced || next.text === '.') return [];
  queue.shift();
  return fieldNames(next);
}

function fieldNames({ text }: Token): readonly string[] {
  return text.split('.').filter((name) => name !== '');
}
