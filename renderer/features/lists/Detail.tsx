import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Page } from '../../ui/Page.tsx';

/** The way from one thing back to the list of all. */
export function BackButton({ label, to }: { readonly label: string; readonly to: string }) {
  return (
    <IconButton
      label={label}
      icon={<ArrowLeft size={17} />}
      onClick={() => {
        navigate(to);
      }}
    />
  );
}

interface GonePageProps {
  readonly title: string;
  /** Where all others are. */
  readonly list: string;
  readonly texts: { readonly back: string; readonly gone: string; readonly goneText: string; readonly all: string };
  /** False until the list is known: then nothing is said. */
  readonly known: boolean;
  /** What else can be done about it. */
  readonly action?: ReactNode;
}

/** What stands at the address of something that is not there, or not there any more. */
export function GonePage({ title, list, texts, known, action }: GonePageProps) {
  return (
    <Page title={title} before={<BackButton label={texts.back} to={list} />}>
      {known && (
        <EmptyState
          title={texts.gone}
          actions={
            <>
              {action}
              <Button
                variant={action === undefined ? 'primary' : 'secondary'}
                onClick={() => {
                  navigate(list);
                }}
              >
                {texts.all}
              </Button>
            </>
          }
        >
          {texts.goneText}
        </EmptyState>
      )}
    </Page>
  );
}
