import type { ReactNode } from 'react';
import { openDialog, type DialogRequest } from '../../data/dialogs.ts';
import { Button } from '../../ui/Button.tsx';

interface DialogButtonProps {
  readonly icon: ReactNode;
  readonly request: DialogRequest;
  readonly children: ReactNode;
}

/** What a screen is mostly there for: the button that opens the dialog for it. */
export function DialogButton({ icon, request, children }: DialogButtonProps) {
  return (
    <Button
      variant="primary"
      icon={icon}
      onClick={() => {
        openDialog(request);
      }}
    >
      {children}
    </Button>
  );
}
