import { Boxes, Copy, Download, FolderInput, SquareTerminal } from 'lucide-react';
import type { ReactNode } from 'react';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { start as texts } from '../../strings/start.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Logo } from '../../ui/Logo.tsx';
import { copyDockerHost } from '../engine/copy-host.ts';
import { chooseArchive } from '../images/actions.tsx';
import { Bar } from '../tasks/Progress.tsx';
import { startFirstContainer, useFirstContainer } from './first-container.ts';
import css from './FirstRun.module.css';

/** Small images that show what a container is good for. */
const POPULAR = ['nginx', 'postgres', 'redis', 'alpine'];

interface ChoiceProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly onClick: () => void;
}

function Choice({ icon, title, text, onClick }: ChoiceProps) {
  return (
    <button type="button" className={css['choice']} onClick={onClick}>
      <span className={css['icon']}>{icon}</span>
      <span>
        <strong>{title}</strong>
        <span className={css['text']}>{text}</span>
      </span>
    </button>
  );
}

/** What there is before the first image and container: one click leads to a shell in a container, without a network. */
export function FirstRun() {
  const dockerHost = useEngine((state) => state.info?.dockerHost);
  return (
    <div className={css['page']}>
      <header className={css['head']}>
        <Logo size={52} />
        <h2>{texts.welcome}</h2>
        <p>{texts.text}</p>
      </header>
      <section aria-label={texts.choices} className={css['choices']}>
        <ShellChoice />
        <Choice
          icon={<Download size={20} />}
          title={texts.pull}
          text={texts.pullText}
          onClick={() => {
            openDialog({ kind: 'pull', reference: '' });
          }}
        />
        <Choice
          icon={<Boxes size={20} />}
          title={texts.compose}
          text={texts.composeText}
          onClick={() => {
            openDialog({ kind: 'compose-open' });
          }}
        />
        <Choice
          icon={<FolderInput size={20} />}
          title={texts.load}
          text={texts.loadText}
          onClick={() => {
            drop(chooseArchive());
          }}
        />
        <div className={css['popular']}>
          <span>{texts.popular}</span>
          {POPULAR.map((reference) => (
            <button
              key={reference}
              type="button"
              className={css['chip']}
              onClick={() => {
                openDialog({ kind: 'pull', reference, start: true });
              }}
            >
              {reference}
            </button>
          ))}
        </div>
      </section>
      {dockerHost !== undefined && (
        <footer className={css['foot']}>
          <span>{texts.tools}</span>
          <code>export DOCKER_HOST={dockerHost}</code>
          <IconButton label={texts.copy} icon={<Copy size={14} />} onClick={copyDockerHost} />
        </footer>
      )}
    </div>
  );
}

function ShellChoice() {
  const { phase, error } = useFirstContainer();
  const busy = phase === 'making' || phase === 'starting';
  return (
    <div className={css['first']}>
      <button
        type="button"
        className={[css['choice'], css['main']].join(' ')}
        aria-disabled={busy}
        onClick={() => {
          drop(startFirstContainer());
        }}
      >
        <span className={css['icon']}>
          <SquareTerminal size={22} />
        </span>
        <span aria-live="polite">
          <strong>{phase === 'making' ? texts.making : phase === 'starting' ? texts.starting : texts.shell}</strong>
          <span className={css['text']}>
            {phase === 'making' ? texts.makingText : phase === 'starting' ? texts.startingText : texts.shellText}
          </span>
        </span>
      </button>
      {busy && <Bar value={null} label={texts.making} />}
      {error !== null && (
        <p role="alert" className={css['failed']}>
          <strong>{texts.failed}:</strong> {error.message} {error.hint}
        </p>
      )}
    </div>
  );
}
