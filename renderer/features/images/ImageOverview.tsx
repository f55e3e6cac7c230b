import { Link } from 'wouter';
import type { ImageDetails } from '../../../runtime/contract/images.ts';
import { useContainers } from '../../data/containers.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { formatBytes, formatTime } from '../../ui/format.ts';
import { Facts, Pairs, PairsSection, Section } from '../../ui/Section.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { describeState } from '../containers/model.ts';
import css from './ImageView.module.css';

interface ImageOverviewProps {
  readonly details: ImageDetails;
  /** Every name of the image with the address of its page. */
  readonly others: readonly (readonly [name: string, path: string])[];
  /** Ids of the containers made from it. */
  readonly usedBy: readonly string[];
}

const words = (list: readonly string[]) =>
  list.map((word) => (/[\s"']/.test(word) ? JSON.stringify(word) : word)).join(' ');
const code = (text: string) => (text === '' ? '' : <code>{text}</code>);

/** What an image is, what it starts, and who uses it. */
export function ImageOverview({ details, others, usedBy }: ImageOverviewProps) {
  const byId = useContainers((state) => state.byId);
  const users = usedBy.flatMap((id) => byId.get(id) ?? []);
  const [digest] = details.digests;
  return (
    <div className={css['overview']}>
      <div className={css['columns']}>
        <Section title={texts.about}>
          <Facts
            facts={[
              [
                texts.names,
                others.length === 0 ? (
                  ''
                ) : (
                  <ul key="names">
                    {others.map(([name, path]) => (
                      <li key={path}>
                        <Link href={path}>{name}</Link>
                      </li>
                    ))}
                  </ul>
                ),
              ],
              [texts.id, code(details.id)],
              [texts.digest, digest === undefined ? '' : code(digest.slice(digest.indexOf('@') + 1))],
              [common.size, `${formatBytes(details.size)}, ${common.layers(details.layers.length)}`],
              [common.created, details.createdAt === null ? '' : formatTime(details.createdAt)],
              [texts.platform, details.platform],
              [texts.author, details.author],
            ]}
          />
        </Section>
        <Section title={texts.startsAs}>
          <Facts
            facts={[
              [texts.entrypoint, code(words(details.entrypoint))],
              [texts.command, code(words(details.command))],
              [texts.directory, code(details.workingDir === '' ? '/' : details.workingDir)],
              [texts.user, details.user === '' ? 'root' : details.user],
              [texts.ports, code(details.ports.join(' '))],
              [texts.volumes, code(details.volumes.join(' '))],
            ]}
          />
        </Section>
        <Section title={texts.usedBy}>
          {users.length === 0 ? (
            <p className={css['dim']}>{texts.nobody}</p>
          ) : (
            <ul className={css['users']}>
              {users.map((container) => (
                <li key={container.id}>
                  <StateDot {...describeState(container, undefined)} />
                  <Link href={`/containers/${container.id}/overview`}>{container.name}</Link>
                </li>
              ))}
            </ul>
          )}
        </Section>
        {details.env.length > 0 && (
          <Section title={texts.environment}>
            <Pairs pairs={Object.fromEntries(details.env.map(({ name, value }) => [name, value]))} />
          </Section>
        )}
        <PairsSection title={common.labels} pairs={details.labels} />
      </div>
    </div>
  );
}
