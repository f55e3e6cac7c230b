import { Copy, Eye, EyeOff, ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { ContainerDetails } from '../../../runtime/contract/contract.ts';
import { drop } from '../../data/drop.ts';
import { networks } from '../../data/networks.ts';
import { useResource } from '../../data/resource.ts';
import { common } from '../../strings/common.ts';
import { inLanguage } from '../../strings/bridge-errors.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { details as texts } from '../../strings/details.ts';
import { number } from '../../strings/language.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { formatBytes, formatDuration, formatTime } from '../../ui/format.ts';
import { Facts, PairsSection, Section, type Fact } from '../../ui/Section.tsx';
import { useTimeText } from '../../ui/use-now.ts';
import { copyRunCommand } from '../containers/copy.ts';
import { explainExit, portUrl } from '../containers/model.ts';
import { volumePath } from '../volumes/actions.tsx';
import { HealthSection } from './HealthSection.tsx';
import css from './Overview.module.css';

/** Names whose values are nobody's business on a shared screen. */
const SECRET = /pass|secret|token|key|credential|auth/i;

function Environment({ details }: { readonly details: ContainerDetails }) {
  const [shown, setShown] = useState(false);
  if (details.env.length === 0) return <p className={css['none']}>{texts.noneSet}</p>;
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
          {shown ? texts.hideSecrets : texts.showSecrets}
        </Button>
      )}
    </>
  );
}

/** What a container is made of and how it is doing. */
export function Overview({ details }: { readonly details: ContainerDetails }) {
  const since = useTimeText((now) =>
    details.state === 'running' && details.startedAt !== null
      ? texts.forTime(formatDuration(now - details.startedAt))
      : '',
  );
  const ended = details.exitCode !== null && details.finishedAt !== null;
  const reason = explainExit(details.exitCode ?? 0, details.oomKilled);
  const networkRows = useResource(networks).rows;
  return (
    <div className={css['overview']}>
      {ended && (
        <div className={[css['exit'], details.exitCode === 0 ? '' : css['exitBad']].join(' ')}>
          <strong>{details.exitCode === 0 ? texts.finished : texts.exitedWith(details.exitCode)}</strong>
          {reason !== containerTexts.exit.code(details.exitCode) && <span>{reason}</span>}
          {details.error !== '' && <span>{inLanguage(details.error)}</span>}
          {details.exitCode !== 0 && <Link href={`/containers/${details.id}/logs`}>{texts.seeLog}</Link>}
          <time title={formatTime(details.finishedAt)}>{formatTime(details.finishedAt)}</time>
        </div>
      )}
      {!ended && details.error !== '' && (
        <div className={[css['exit'], css['exitBad']].join(' ')}>
          <strong>{texts.notStarted}</strong>
          <span>{inLanguage(details.error)}</span>
        </div>
      )}
      <div className={css['grid']}>
        <Section
          title={texts.process}
          tools={
            <IconButton
              label={containerTexts.words.copyRun}
              icon={<Copy size={14} />}
              onClick={() => {
                drop(copyRunCommand(details));
              }}
            />
          }
        >
          <Facts
            facts={[
              [texts.command, <code key="command">{details.command}</code>],
              [texts.directory, details.workingDir],
              [texts.user, details.user === '' ? 'root' : details.user],
              [texts.state, [containerTexts.states[details.state], since].join(' ').trim()],
              [texts.pid, details.pid > 0 ? String(details.pid) : ''],
              [texts.terminal, details.tty ? common.yes : common.no],
              [common.created, formatTime(details.createdAt)],
              [texts.started, details.startedAt === null ? texts.never : formatTime(details.startedAt)],
              [texts.restarts, texts.soFar(details.restartPolicy, details.restartCount)],
              [texts.atExit, details.autoRemove ? texts.removedAtExit : ''],
            ]}
          />
        </Section>
        <HealthSection details={details} />
        <Section title={texts.limits}>
          <Facts
            facts={[
              [
                texts.memory,
                details.limits.memoryBytes === 0 ? texts.noLimit : formatBytes(details.limits.memoryBytes),
              ],
              [texts.processors, details.limits.cpus === 0 ? texts.noLimit : number(details.limits.cpus)],
              [texts.processCount, details.limits.pids === 0 ? texts.noLimit : String(details.limits.pids)],
              [texts.privileged, details.privileged ? common.yes : common.no],
              [texts.rootfs, details.readonlyRoot ? texts.readOnly : texts.writable],
            ]}
          />
        </Section>
        <Section title={texts.network}>
          {details.ports.length > 0 && (
            <ul className={css['ports']}>
              {details.ports.map((port) => {
                const url = details.state === 'running' ? portUrl(port) : null;
                const inside = `${String(port.containerPort)}/${port.protocol}`;
                return (
                  <li key={`${inside}${port.hostIp}${String(port.hostPort)}`}>
                    <code>{inside}</code>
                    {port.hostPort === 0 ? (
                      <span className={css['none']}>{texts.notPublished}</span>
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
              [texts.hostName, details.hostname],
              ...details.networks.map(({ name, address }): Fact => {
                const known = networkRows.find((network) => network.name === name);
                return [
                  known === undefined ? (
                    name
                  ) : (
                    <Link key={name} href={`/networks/${known.id}`} className={css['link']}>
                      {name}
                    </Link>
                  ),
                  address === '' ? texts.noAddress : <code key={name}>{address}</code>,
                ];
              }),
            ]}
          />
        </Section>
        <Section title={texts.mounts}>
          {details.mounts.length === 0 ? (
            <p className={css['none']}>{texts.noMounts}</p>
          ) : (
            <table className={css['table']}>
              <tbody>
                {details.mounts.map((mount) => (
                  <tr key={mount.destination}>
                    <th scope="row">
                      <code>{mount.destination}</code>
                    </th>
                    <td>
                      {mount.type === 'volume' ? (
                        <Link href={volumePath(mount.source)} className={css['link']}>
                          <code>{mount.source}</code>
                        </Link>
                      ) : (
                        <code>{mount.source}</code>
                      )}{' '}
                      <span className={css['none']}>
                        {mount.type}
                        {mount.readWrite ? '' : `, ${texts.readOnly}`}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Section>
        <Section title={texts.environment}>
          <Environment details={details} />
        </Section>
        <PairsSection title={common.labels} pairs={details.labels} />
      </div>
    </div>
  );
}
