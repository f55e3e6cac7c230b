import { AlertDialog } from 'radix-ui';
import { useEffect, useState } from 'react';
import { common } from '../strings/common.ts';
import { Button } from './Button.tsx';
import { setAsker, type Question } from './confirm.ts';
import css from './Dialog.module.css';
import { returnFocus } from './return-focus.ts';

interface Asked {
  readonly question: Question;
  readonly answer: (yes: boolean) => void;
}

/** Shows the questions of `confirm`, one at a time. Rendered once. */
export function ConfirmHost() {
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    setAsker(
      (question) =>
        new Promise((resolve) => {
          setAsked({ question, answer: resolve });
        }),
    );
    return () => {
      setAsker(null);
    };
  }, []);
  const finish = (yes: boolean) => {
    asked?.answer(yes);
    setAsked(null);
  };
  return (
    <AlertDialog.Root
      open={asked !== null}
      onOpenChange={(open) => {
        if (!open) finish(false);
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={css['scrim']} />
        <AlertDialog.Content
          className={[css['dialog'], css['narrow']].join(' ')}
          onCloseAutoFocus={returnFocus}
          onKeyDown={(event) => {
            // As in every dialog.
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            finish(true);
          }}
        >
          <AlertDialog.Title className={css['title']}>{asked?.question.title}</AlertDialog.Title>
          <AlertDialog.Description className={css['question']}>{asked?.question.body}</AlertDialog.Description>
          <div className={css['footer']}>
            <AlertDialog.Cancel asChild>
              <Button>{common.cancel}</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button
                variant="danger"
                onClick={() => {
                  finish(true);
                }}
              >
                {asked?.question.action}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
