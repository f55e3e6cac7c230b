import type { ContainerDetails } from '../../../runtime/contract/contract.ts';
import { details as texts } from '../../strings/details.ts';
import { formatDuration, formatTime } from '../../ui/format.ts';
import { Facts, Section } from '../../ui/Section.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { describeState } from '../containers/model.ts';
import css from './Overview.module.css';

/** What the health check is, how it went the last times, and what it printed; nothing where there is none. */
export function HealthSection({ details }: { readonly details: ContainerDetails }) {
  const { healthCheck: check } = details;
  if (check === null) return null;
  const { tone, text } = describeState(details, undefined);
  return (
    <Section title={texts.health}>
      <Facts
        facts={[
          [texts.state, details.health === 'none' ? '' : <StateDot key="state" tone={tone} text={text} />],
          [texts.healthFailing, check.failingStreak === 0 ? '' : texts.inARow(check.failingStreak)],
          [texts.healthCommand, <code key="command">{check.command}</code>],
          [
            texts.healthEvery,
            texts.healthTimes(formatDuration(check.intervalMs), formatDuration(check.timeoutMs), check.retries),
          ],
        ]}
      />
      {check.runs.length > 0 && (
        <ol className={css['runs']} aria-label={texts.healthRuns}>
          {check.runs.map((run, index) => (
            <li key={`${String(run.at)} ${String(index)}`}>
              <StateDot tone={run.exitCode === 0 ? 'good' : 'bad'} text={texts.healthRun(run.exitCode)} />
              {run.at !== null && <time>{formatTime(run.at)}</time>}
              {run.output !== '' && <pre>{run.output}</pre>}
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
