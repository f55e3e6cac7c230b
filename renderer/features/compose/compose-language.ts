import { autocompletion, completionKeymap, startCompletion, type CompletionResult } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { keymap, type EditorView } from '@codemirror/view';
import type { ComposeKeys } from '../../../runtime/contract/compose-keys.ts';
import { compose as texts } from '../../strings/compose.ts';
import { wordsAt, written, type Word } from './compose-words.ts';

const TYPES: Readonly<Record<Word['kind'], string>> = {
  mapping: 'property',
  list: 'property',
  text: 'property',
  value: 'enum',
  name: 'class',
};

/** What completes the words of a Compose file, by what the engine's reader takes. */
export function composeFile(keys: () => ComposeKeys | null): Extension[] {
  return [
    autocompletion({
      icons: false,
      override: [
        (context): CompletionResult | null => {
          const known = keys();
          const found = known === null ? null : wordsAt(context.state.doc.toString(), context.pos, known);
          if (found === null) return null;
          const isValue = found.options.some(({ kind }) => kind === 'value' || kind === 'name');
          // An empty line is not asked for a key.
          if (!context.explicit && found.from === context.pos && !isValue) return null;
          const isEntry = /^ *- /.test(context.state.doc.lineAt(context.pos).text);
          return {
            from: found.from,
            options: found.options.map((word) => ({
              label: word.label,
              type: TYPES[word.kind],
              detail: texts.words[word.kind],
              apply: (view: EditorView, _: unknown, from: number, to: number) => {
                put(view, written(word, !isEntry), from, to);
              },
            })),
            validFor: /^[\w.+-]*$/,
          };
        },
      ],
    }),
    keymap.of(completionKeymap),
  ];
}

function put(view: EditorView, insert: string, from: number, to: number): void {
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } });
  // Of what has a few values those are shown at once.
  if (insert.endsWith(' ')) startCompletion(view);
}
