import { autocompletion, completionKeymap, type CompletionResult } from '@codemirror/autocomplete';
import { StreamLanguage, type StreamParser } from '@codemirror/language';
import { linter, lintGutter, lintKeymap, type Diagnostic } from '@codemirror/lint';
import type { Extension, Text } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import type { BuildWarning, DockerfileCheck } from '../../../runtime/contract/builds.ts';
import { builds as texts } from '../../strings/builds.ts';
import { completionsAt, INSTRUCTIONS, type Completion } from './dockerfile-words.ts';

interface State {
  /** Whether the line is the first of a statement. */
  isStart: boolean;
  instruction: string;
  /** Names of heredocs that have begun and not ended, with whether tabs may stand before the end. */
  heredocs: { readonly name: string; readonly tabs: boolean }[];
  /** Heredocs of the statement whose lines come next. */
  pending: { readonly name: string; readonly tabs: boolean }[];
}

/** Colours of a Dockerfile: instructions, flags, variables, strings, comments, heredocs. */
const parser: StreamParser<State> = {
  name: 'dockerfile',
  startState: () => ({ isStart: true, instruction: '', heredocs: [], pending: [] }),
  copyState: (state) => ({ ...state, heredocs: [...state.heredocs], pending: [...state.pending] }),
  languageData: { commentTokens: { line: '#' } },
  token: (stream, state) => {
    if (stream.sol() && state.pending.length > 0) {
      state.heredocs = state.pending;
      state.pending = [];
    }
    const [heredoc] = state.heredocs;
    if (heredoc !== undefined && stream.sol()) {
      const line = heredoc.tabs ? stream.string.trimStart() : stream.string;
      stream.skipToEnd();
      if (line !== heredoc.name) return 'string';
      state.heredocs = state.heredocs.slice(1);
      state.isStart = state.heredocs.length === 0;
      return 'keyword';
    }
    if (stream.eatSpace()) return end(null);
    if (stream.peek() === '#' && /^\s*$/.test(stream.string.slice(0, stream.pos))) {
      stream.skipToEnd();
      return 'comment';
    }
    if (state.isStart) {
      state.isStart = false;
      const word = stream.match(/^[A-Za-z]+/);
      state.instruction = Array.isArray(word) ? word[0].toUpperCase() : '';
      if (Object.hasOwn(INSTRUCTIONS, state.instruction) || state.instruction === 'MAINTAINER') return end('keyword');
      stream.skipToEnd();
      return end('invalid');
    }
    if (stream.match(/^\\\s*$/)) return 'operator';
    if (stream.match(/^--[\w-]+=?/)) return end('propertyName');
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'[^']*'?/)) return end('string');
    if (stream.match(/^\$(?:\w+|\{[^}]*\}?)/)) return end('number');
    const begun = stream.match(/^<<(-?)(["']?)([A-Za-z_]\w*)\2/);
    if (Array.isArray(begun)) {
      state.pending.push({ name: begun[3] ?? '', tabs: begun[1] === '-' });
      return end('keyword');
    }
    if (state.instruction === 'FROM' && stream.match(/^as(?=\s|$)/i)) return end('keyword');
    if (!stream.match(/^[\w./:@-]+/)) stream.next();
    return end(null);

    /** At the end of a line without a continuation the next one begins a statement. */
    function end(token: string | null): string | null {
      if (stream.eol()) state.isStart = true;
      return token;
    }
  },
  blankLine: (state) => {
    if (state.pending.length > 0) state.heredocs = state.pending.splice(0);
    if (state.heredocs.length === 0) state.isStart = true;
  },
};

const TYPES: Readonly<Record<Completion['kind'], string>> = {
  instruction: 'keyword',
  flag: 'property',
  stage: 'class',
  image: 'constant',
  variable: 'variable',
  value: 'enum',
};

function detailOf({ label, kind }: Completion): string {
  if (kind === 'stage') return texts.stageWord;
  if (kind === 'image') return texts.imageWord;
  const name = label.toUpperCase();
  return kind === 'instruction' && Object.hasOwn(texts.words, name)
    ? texts.words[name as keyof typeof texts.words]
    : '';
}

/** Whole lines of a finding, from the first letter to the last. */
function rangeOf(doc: Text, { start, end }: BuildWarning): { from: number; to: number } {
  const at = (line: number) => doc.line(Math.min(Math.max(1, line), doc.lines));
  const first = at(start);
  return { from: first.from + (/^\s*/.exec(first.text)?.[0].length ?? 0), to: Math.max(first.from, at(end).to) };
}

interface DockerfileOptions {
  /** Asks the engine; null when it cannot tell. */
  readonly check: (text: string) => Promise<DockerfileCheck | null>;
  readonly images: () => readonly string[];
}

/** What makes a text editor one for Dockerfiles: colours, completion, and what the engine has to say of each line. */
export function dockerfile({ check, images }: DockerfileOptions): Extension[] {
  return [
    StreamLanguage.define(parser),
    autocompletion({
      icons: false,
      override: [
        (context): CompletionResult | null => {
          const found = completionsAt(context.state.doc.toString(), context.pos, images());
          // An empty line is not asked for an instruction.
          const isAsked =
            context.explicit || (found?.from ?? 0) < context.pos || found?.options[0]?.kind !== 'instruction';
          if (found === null || !isAsked) return null;
          return {
            from: found.from,
            options: found.options.map((one) => ({
              label: one.label,
              type: TYPES[one.kind],
              detail: detailOf(one),
              apply: one.kind === 'instruction' ? `${one.label} ` : one.label,
            })),
            validFor: /^[\w./:@=-]*$/,
          };
        },
      ],
    }),
    linter(
      async (view): Promise<Diagnostic[]> => {
        const { doc } = view.state;
        const found = await check(doc.toString());
        if (found === null) return [];
        const { problem, warnings } = found;
        return [
          ...(problem === null
            ? []
            : [{ ...rangeOf(doc, problem), severity: 'error' as const, message: problem.message }]),
          ...warnings.map((one) => ({
            ...rangeOf(doc, one),
            severity: 'warning' as const,
            message: one.message,
            source: one.rule,
          })),
        ];
      },
      { delay: CHECK_AFTER_MS },
    ),
    lintGutter(),
    keymap.of([...completionKeymap, ...lintKeymap]),
  ];
}

/** The engine is asked once the person pauses, in milliseconds. */
const CHECK_AFTER_MS = 300;
