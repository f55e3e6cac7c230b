import { useMemo } from 'react';
import type { ComposeKeys } from '../../../runtime/contract/compose-keys.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { styleNonce } from '../../platform/nonce.ts';
import TextEditor from '../../ui/TextEditor.tsx';
import { composeFile } from './compose-language.ts';

interface ComposeEditorProps {
  readonly value: string;
  readonly name: string;
  readonly label: string;
  readonly onChange: (value: string) => void;
  readonly onSave: () => void;
}

/** They are the same as long as the page is. */
let keys: ComposeKeys | null = null;

/** The editor of a Compose file, which completes what may be written in one. */
export default function ComposeEditor(props: ComposeEditorProps) {
  const extensions = useMemo(() => {
    if (keys === null)
      drop(
        call('compose.keys', {}).then(
          (known) => {
            keys = known;
          },
          () => undefined, // Without it the file can be written all the same.
        ),
      );
    return composeFile(() => keys);
  }, []);
  return <TextEditor {...props} nonce={styleNonce} extensions={extensions} />;
}
