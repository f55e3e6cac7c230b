import { Play } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { openDialog } from '../../data/dialogs.ts';
import { images as imageList } from '../../data/images.ts';
import { containers as texts } from '../../strings/containers.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Logo } from '../../ui/Logo.tsx';
import { FirstRun } from '../start/FirstRun.tsx';
import { useFirstContainer } from '../start/first-container.ts';

const noSubscription = () => () => {};

/** The list before the first container: how to begin when there is no image either. */
export function NoContainers() {
  const { rows, status } = imageList.use();
  const starting = useFirstContainer(({ phase }) => phase === 'making' || phase === 'starting');
  const mac = useSyncExternalStore(noSubscription, () => navigator.userAgent.includes('Mac'));
  if (status === 'loading') return null;
  if (starting || (status === 'ready' && rows.length === 0)) return <FirstRun />;
  return (
    <EmptyState
      picture={<Logo size={56} />}
      title={texts.emptyTitle}
      actions={
        <Button
          variant="primary"
          icon={<Play size={15} />}
          onClick={() => {
            openDialog({ kind: 'run', image: '' });
          }}
        >
          {texts.runOne}
        </Button>
      }
    >
      {texts.emptyText} <code>docker run</code> {texts.emptyText2(mac ? '⌘K' : 'Ctrl+K')}
    </EmptyState>
  );
}
