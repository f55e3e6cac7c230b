import { Link } from 'wouter';
import type { EngineInfo } from '../../../runtime/contract/contract.ts';
import { useEngine } from '../../data/engine.ts';
import { useLiveStats, useStats } from '../../data/stats.ts';
import { useQuery } from '../../data/use-query.ts';
import { number } from '../../strings/language.ts';
import { stats as statsTexts } from '../../strings/stats.ts';
import { system as texts } from '../../strings/system.ts';
import { decimal, formatBytes } from '../../ui/format.ts';
import { Section } from '../../ui/Section.tsx';
import { itemsOf, KINDS } from '../disk/model.ts';
import css from './Resources.module.css';

interface ShareProps {
  readonly name: string;
  readonly text: string;
  /** Of the machine's, 0 to 1. */
  readonly share: number;
}

function Share({ name, text, share }: ShareProps) {
  const percent = Math.min(100, Math.round(share * 100));
  return (
    <li>
      <span>{name}</span>
      <span className={css['text']}>{text}</span>
      <div
        role="meter"
        aria-label={name}
        aria-valuetext={text}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className={css['track']}
      >
        <div style={{ inlineSize: `${String(percent)}%` }} />
      </div>
    </li>
  );
}

/** What all running containers use of the machine right now, and how much room the engine takes. */
export function Resources({ info }: { readonly info: EngineInfo }) {
  useLiveStats();
  const generation = useEngine((state) => state.generation);
  const measured = useStats((state) => state.byId);
  const { data: usage } = useQuery('system.df', {}, generation);
  const all = [...measured.values()];
  const cpus = all.reduce((sum, { latest }) => sum + (latest.cpus ?? 0), 0);
  const memory = all.reduce((sum, { latest }) => sum + latest.memoryBytes, 0);
  const bytes =
    usage === null ? null : KINDS.flatMap((kind) => itemsOf(usage, kind)).reduce((sum, { size }) => sum + size, 0);
  return (
    <Section title={texts.resources}>
      <ul className={css['shares']}>
        <Share
          name={statsTexts.cpu}
          text={statsTexts.ofLimit(decimal(cpus, cpus < 1 ? 2 : 1), number(info.cpus))}
          share={cpus / Math.max(1, info.cpus)}
        />
        <Share
          name={statsTexts.memory}
          text={statsTexts.ofLimit(formatBytes(memory), formatBytes(info.memoryBytes))}
          share={memory / Math.max(1, info.memoryBytes)}
        />
        <li>
          <span>{statsTexts.disk}</span>
          <Link href="/disk" className={css['link']}>
            {bytes === null ? texts.counting : formatBytes(bytes)}
          </Link>
        </li>
      </ul>
      <p className={css['note']}>{texts.resourcesText(all.length)}</p>
    </Section>
  );
}
