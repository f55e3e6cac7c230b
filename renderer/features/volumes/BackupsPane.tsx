import { DatabaseBackup, Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { BackupPlan, BackupPlanState, BackupRhythm } from '../../../runtime/contract/backups.ts';
import { useBackups } from '../../data/backups.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { useQuery } from '../../data/use-query.ts';
import { backups as texts } from '../../strings/backups.ts';
import { inLanguage } from '../../strings/bridge-errors.ts';
import { common } from '../../strings/common.ts';
import { locale } from '../../strings/language.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
import { formatBytes, formatTime } from '../../ui/format.ts';
import { Section } from '../../ui/Section.tsx';
import css from './BackupsPane.module.css';

const RHYTHMS = ['hours', 'daily', 'weekly'] as const;
/** Names of the days, as the person's language has them; the 4th of January 1970 was a Sunday. */
const DAYS = Array.from({ length: 7 }, (_, day) =>
  new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(1970, 0, 4 + day)),
);

/** When a volume is backed up, where to, and the backups that there are. */
export function BackupsPane({ volume }: { readonly volume: string }) {
  const plans = useBackups((state) => state.plans);
  if (plans === null) return <p className={css['pane']}>{common.loading}</p>;
  const plan = plans.get(volume);
  return (
    <div className={css['pane']}>
      <PlanForm key={`${volume} ${String(plan === undefined)}`} volume={volume} plan={plan} />
      {plan === undefined ? (
        <Section title={texts.files}>
          <p className={css['hint']}>{texts.noPlan}</p>
        </Section>
      ) : (
        <Files plan={plan} />
      )}
    </div>
  );
}

/** The form, with numbers as they are typed. */
interface Draft {
  readonly enabled: boolean;
  readonly directory: string;
  readonly kind: BackupRhythm['kind'];
  readonly hours: string;
  readonly at: string;
  readonly day: string;
  readonly keep: string;
}

function draftOf(plan: BackupPlan | undefined): Draft {
  const rhythm = plan?.rhythm;
  return {
    enabled: plan?.enabled ?? true,
    directory: plan?.directory ?? '',
    kind: rhythm?.kind ?? 'daily',
    hours: rhythm?.kind === 'hours' ? String(rhythm.hours) : '6',
    at: rhythm === undefined || rhythm.kind === 'hours' ? '03:00' : rhythm.at,
    day: rhythm?.kind === 'weekly' ? String(rhythm.day) : '1',
    keep: String(plan?.keep ?? 7),
  };
}

function rhythmOf({ kind, hours, at, day }: Draft): BackupRhythm {
  if (kind === 'hours') return { kind, hours: Number(hours) };
  return kind === 'daily' ? { kind, at } : { kind, at, day: Number(day) };
}

const isNumber = (text: string, most: number) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most;

function PlanForm({ volume, plan }: { readonly volume: string; readonly plan: BackupPlanState | undefined }) {
  const [draft, setDraft] = useState(() => draftOf(plan));
  const change = (patch: Partial<Draft>) => {
    setDraft({ ...draft, ...patch });
  };
  const hasHours = draft.kind !== 'hours' || isNumber(draft.hours, 720);
  const hasKeep = isNumber(draft.keep, 1000);
  const hasDirectory = draft.directory.startsWith('/');
  const isUsable = hasHours && hasKeep && hasDirectory && (draft.kind === 'hours' || draft.at !== '');
  const attempt = (work: Promise<unknown>, done: string) => {
    drop(
      work.then(
        () => {
          showToast({ tone: 'good', title: done, lifetimeMs: 3000 });
        },
        (error: unknown) => {
          showError(texts.notSaved, error);
        },
      ),
    );
  };
  const save = () => {
    if (!isUsable) return;
    const { enabled, directory, keep } = draft;
    attempt(
      call('backups.plan', { volume, enabled, directory, rhythm: rhythmOf(draft), keep: Number(keep) }),
      texts.saved,
    );
  };
  return (
    <Section title={texts.plan}>
      <div className={css['form']}>
        <p className={css['hint']}>{texts.planText}</p>
        {plan !== undefined && <Standing plan={plan} />}
        <Checkbox
          label={texts.enabled}
          checked={draft.enabled}
          onChange={(enabled) => {
            change({ enabled });
          }}
        />
        <TextField
          mono
          label={texts.directory}
          placeholder="/home/me/backups"
          value={draft.directory}
          hint={texts.directoryHint}
          error={draft.directory === '' || hasDirectory ? undefined : texts.directoryError}
          onChange={(directory) => {
            change({ directory });
          }}
          onEnter={save}
        />
        <div className={css['two']}>
          <Select
            label={texts.rhythm}
            value={draft.kind}
            options={RHYTHMS.map((value) => ({ value, label: texts.rhythms[value] }))}
            onChange={(value) => {
              change({ kind: RHYTHMS.find((one) => one === value) ?? 'daily' });
            }}
          />
          {draft.kind === 'hours' && (
            <TextField
              label={texts.hours}
              value={draft.hours}
              error={hasHours ? undefined : texts.wrongNumber}
              onChange={(hours) => {
                change({ hours });
              }}
              onEnter={save}
            />
          )}
          {draft.kind === 'weekly' && (
            <Select
              label={texts.day}
              value={draft.day}
              options={DAYS.map((label, day) => ({ value: String(day), label }))}
              onChange={(day) => {
                change({ day });
              }}
            />
          )}
          {draft.kind !== 'hours' && (
            <TextField
              type="time"
              label={texts.at}
              value={draft.at}
              onChange={(at) => {
                change({ at });
              }}
              onEnter={save}
            />
          )}
          <TextField
            label={texts.keep}
            value={draft.keep}
            hint={texts.keepHint}
            error={hasKeep ? undefined : texts.wrongNumber}
            onChange={(keep) => {
              change({ keep });
            }}
            onEnter={save}
          />
        </div>
        <div className={css['buttons']}>
          <Button variant="primary" disabled={!isUsable} onClick={save}>
            {common.save}
          </Button>
          {plan !== undefined && (
            <Button
              onClick={() => {
                attempt(call('backups.forget', { volume }), texts.forgotten);
              }}
            >
              {texts.forget}
            </Button>
          )}
        </div>
      </div>
    </Section>
  );
}

/** How a plan goes. */
function Standing({ plan: { lastAt, nextAt, problem, running } }: { readonly plan: BackupPlanState }) {
  return (
    <p className={css['standing']} role="status">
      {running ? (
        <strong>{texts.running}</strong>
      ) : (
        <span>{nextAt === null ? texts.off : texts.next(formatTime(nextAt))}</span>
      )}
      {lastAt !== null && <span>{texts.last(formatTime(lastAt))}</span>}
      {problem !== '' && <span className={css['problem']}>{inLanguage(problem)}</span>}
    </p>
  );
}

function Files({ plan }: { readonly plan: BackupPlanState }) {
  const { volume, running } = plan;
  const version = useBackups((state) => state.version);
  const { data, error } = useQuery('backups.files', { volume }, version);
  return (
    <Section
      title={texts.files}
      tools={
        <Button
          size="small"
          icon={<DatabaseBackup size={14} />}
          disabled={running}
          onClick={() => {
            drop(call('backups.run', { volume }));
          }}
        >
          {running ? texts.running : texts.now}
        </Button>
      }
    >
      {error !== null && (
        <p role="alert" className={css['problem']}>
          {error.message}
        </p>
      )}
      {data?.length === 0 && <p className={css['hint']}>{texts.none}</p>}
      <ul className={css['files']}>
        {(data ?? []).map(({ name, at, bytes }) => (
          <li key={name}>
            <div>
              <strong>{formatTime(at)}</strong> <span>{formatBytes(bytes)}</span>
              <code>{name}</code>
            </div>
            <Button
              size="small"
              icon={<Undo2 size={14} />}
              aria-label={texts.restoreOf(formatTime(at))}
              onClick={() => {
                openDialog({ kind: 'backup-restore', volume, file: name, bytes });
              }}
            >
              {texts.restore}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
