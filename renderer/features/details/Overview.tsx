import { Copy, Eye, EyeOff, ExternalLink } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ContainerDetails } from '../../../runtime/contract/contract.ts';
import { drop } from '../../data/drop.ts';
import { showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { formatBytes, formatDuration, formatTime } from '../../ui/format.ts';
import { useTimeText } from '../../ui/use-now.ts';
import { explainExit, portUrl } from '../containers/model.ts';
import css from './Overview.module.css';
import { asRunCommand } from './run-command.ts';

function Section({
  title,
  tools,
  children,
}: {
  readonly title: string;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={css['section']}>
      <header className={css['sectionHead']}>
        <h2>{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={css['facts']}>
      {facts
        .filter(([, value]) => value !== '' && value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Names whose values are nobody's business on a shared screen. */
const SECRET = /pass|secret|token|key|credential|auth/i;

function Environment({ details }: { readonly details: ContainerDetails }) {
  const [shown, setShown] = useState(false);
  if (details.env.length === 0) return <p className={css['none']}>None set.</p>;
  return (
    <>
      <table className={css['table']}>
        <tbody>
          {details.env.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <code>{shown || !SECRET.test(name) ? value : '••••••••'}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {details.env.some(({ name }) => SECRET.test(name)) && (
        <Button
          size="small"
          variant="quiet"
          icon={shown ? <EyeOff size={14} /> : <Eye size={14} />}
          onClick={() => {
            setShown(!shown);
          }}
        >
          {shown ? 'Hide secrets' : 'Show secrets'}
        </Button>
      )}
    </>
  );
}

/** What a container is made of and how it is doing. */
export function Overview({ details }: { readonly details: ContainerDetails }) {
  const since = useTimeText((now) =>
    details.state === 'running' && details.startedAt !== null ? `for ${formatDuration(now - details.startedAt)}` : '',
  );
  const ended = details.exitCode !== null && details.finishedAt !== null;
  const copyRun = () => {
    drop(
      copyText(asRunCommand(details)).then(() => {
        showToast({ tone: 'good', title: 'Copied as docker run', lifetimeMs: 2500 });
      }),
    );
  };
  return (
    <div className={css['overview']}>
      {ended && (
        <div className={[css['exit'], details.exitCode === 0 ? '' : css['exitBad']].join(' ')}>
          <strong>{details.exitCode === 0 ? 'Finished' : `Exited with code ${String(details.exitCode)}`}</strong>
          <span>{explainExit(details.exitCode, details.oomKilled)}</span>
          {details.error !== '' && <span>{details.error}</span>}
          <time title={formatTime(details.finishedAt)}>{formatTime(details.finishedAt)}</time>
        </div>
      )}
      <div className={css['grid']}>
        <Section
          title="Process"
          tools={<IconButton label="Copy as docker run" icon={<Copy size={14} />} onClick={copyRun} />}
        >
          <Facts
            facts={[
              ['Command', <code key="command">{details.command}</code>],
              ['Directory', details.workingDir],
              ['User', details.user === '' ? 'root' : details.user],
              ['State', [details.state, since].join(' ').trim()],
              ['Process id', details.pid > 0 ? String(details.pid) : ''],
              ['Terminal', details.tty ? 'yes' : 'no'],
              ['Created', formatTime(details.createdAt)],
              ['Started', details.startedAt === null ? 'never' : formatTime(details.startedAt)],
              [
                'Restarts',
                `${details.restartPolicy}${details.restartCount > 0 ? `, ${String(details.restartCount)} so far` : ''}`,
              ],
              ['At exit', details.autoRemove ? 'removed' : ''],
            ]}
          />
        </Section>
        <Section title="Limits">
          <Facts
            facts={[
              ['Memory', details.limits.memoryBytes === 0 ? 'no limit' : formatBytes(details.limits.memoryBytes)],
              ['Processors', details.limits.cpus === 0 ? 'no limit' : String(details.limits.cpus)],
              ['Processes', details.limits.pids === 0 ? 'no limit' : String(details.limits.pids)],
              ['Privileged', details.privileged ? 'yes' : 'no'],
              ['Root filesystem', details.readonlyRoot ? 'read-only' : 'writable'],
            ]}
          />
        </Section>
        <Section title="Network">
          {details.ports.length > 0 && (
            <ul className={css['ports']}>
              {details.ports.map((port) => {
                const url = details.state === 'running' ? portUrl(port) : null;
                const inside = `${String(port.containerPort)}/${port.protocol}`;
                return (
                  <li key={`${inside}${port.hostIp}${String(port.hostPort)}`}>
                    <code>{inside}</code>
                    {port.hostPort === 0 ? (
                      <span className={css['none']}>not published</span>
                    ) : url === null ? (
                      <span>
                        {port.hostIp}:{port.hostPort}
                      </span>
                    ) : (
                      <a href={url} target="_blank" rel="noreferrer">
                        {url.replace('http://', '')}
                        <ExternalLink size={12} aria-hidden />
                      </a>
                    )}
                  </li>
                );
              })}
            </ul>
          )}
          <Facts
            facts={[
              ['Host name', details.hostname],
              ...details.networks.map(
                ({ name, address }) =>
                  [name, address === '' ? 'no address' : <code key={name}>{address}</code>] as const,
              ),
            ]}
          />
        </Section>
        <Section title="Mounts">
          {details.mounts.length === 0 ? (
            <p className={css['none']}>Nothing is mounted: what it writes goes when it is removed.</p>
          ) : (
            <table className={css['table']}>
              <tbody>
                {details.mounts.map((mount) => (
                  <tr key={mount.destination}>
                    <th scope="row">
                      <code>{mount.destination}</code>
                    </th>
                    <td>
                      <code>{mount.source}</code>{' '}
                      <span className={css['none']}>
                        {mount.type}
                        {mount.readWrite ? '' : ', read-only'}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Section>
        <Section title="Environment">
          <Environment details={details} />
        </Section>
        {Object.keys(details.labels).length > 0 && (
          <Section title="Labels">
            <table className={css['table']}>
              <tbody>
                {Object.entries(details.labels).map(([name, value]) => (
                  <tr key={name}>
                    <th scope="row">
                      <code>{name}</code>
                    </th>
                    <td>
                      <code>{value}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Section>
        )}
      </div>
    </div>
  );
}
