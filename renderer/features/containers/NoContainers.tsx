import { Container as Box, Play } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { openDialog } from '../../data/dialogs.ts';
import { useImages } from '../../data/images.ts';
import { containers as texts } from '../../strings/containers.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Logo } from '../../ui/Logo.tsx';

const noSubscription = () => () => {};

/** The list before the first container. */
export function NoContainers() {
  const hasImages = useImages((state) => state.rows.length > 0);
  const mac = useSyncExternalStore(noSubscription, () => navigator.userAgent.includes('Mac'));
  return (
    <EmptyState
      picture={<Logo size={56} />}
      title={texts.emptyTitle}
      actions={
        hasImages ? (
          <Button
            variant="primary"
            icon={<Play size={15} />}
            onClick={() => {
              openDialog({ kind: 'run', image: '' });
            }}
          >
            {texts.runOne}
          </Button>
        ) : (
          <Button
            variant="primary"
            icon={<Box size={15} />}
            onClick={() => {
              navigate('/images');
            }}
          >
            {texts.getImage}
          </Button>
        )
      }
    >
      {texts.emptyText} <code>docker run</code> {texts.emptyText2(mac ? '⌘K' : 'Ctrl+K')}
    </EmptyState>
  );
}
