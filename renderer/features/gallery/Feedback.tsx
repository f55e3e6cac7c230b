import { useState } from 'react';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { drop } from '../../data/drop.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { gallery as texts } from '../../strings/gallery.ts';
import { Button } from '../../ui/Button.tsx';
import { confirm } from '../../ui/confirm.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import css from './Gallery.module.css';

export function Messages() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title={texts.messages}>
      <div className={css['line']}>
        <Button
          onClick={() => {
            showToast({ tone: 'good', title: texts.message });
          }}
        >
          {texts.message}
        </Button>
        <Button
          onClick={() => {
            showError(texts.failure, new BridgeError('timeout', texts.failureWhy));
          }}
        >
          {texts.failure}
        </Button>
        <Button
          onClick={() => {
            showToast({ tone: 'busy', title: texts.working });
          }}
        >
          {texts.working}
        </Button>
        <Button
          onClick={() => {
            drop(confirm({ title: texts.question, body: texts.questionText, action: texts.danger }));
          }}
        >
          {texts.ask}
        </Button>
        <Button
          onClick={() => {
            setOpen(true);
          }}
        >
          {texts.openDialog}
        </Button>
      </div>
      <ExampleDialog
        open={isOpen}
        onClose={() => {
          setOpen(false);
        }}
      />
    </Section>
  );
}

function ExampleDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={texts.openDialog}
      description={texts.dialogText}
      onPrimary={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button variant="primary" onClick={onClose}>
            {texts.primary}
          </Button>
        </>
      }
    >
      <TextField label={texts.field} autoFocus value={name} onChange={setName} hint={texts.fieldHint} />
    </Dialog>
  );
}

export function Nothing() {
  return (
    <Section title={texts.empty}>
      <EmptyState title={texts.nothing} actions={<Button variant="primary">{texts.primary}</Button>}>
        {texts.nothingText}
      </EmptyState>
    </Section>
  );
}
