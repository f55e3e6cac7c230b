import { Link } from 'wouter';
import type { BuildDetails, BuildSummary } from '../../../runtime/contract/builds.ts';
import { useQuery } from '../../data/use-query.ts';
import { builds as texts } from '../../strings/builds.ts';
import { formatBytes, formatTime, shortId } from '../../ui/format.ts';
import { Facts, Section } from '../../ui/Section.tsx';
import css from './BuildView.module.css';
import { formatSpan } from './model.ts';

interface BuildFactsProps {
  readonly build: BuildSummary;
  readonly details: BuildDetails | null;
}

/** What a build was asked for, what came of it, and what its Dockerfile should not do. */
export function BuildFacts({ build, details }: BuildFactsProps) {
  return (
    <div className={css['facts']}>
      <Section title={texts.result}>
        <Facts
          facts={[
            [texts.status, texts.states[build.status]],
            [texts.started, formatTime(build.createdAt)],
            [texts.duration, build.completedAt === null ? '' : formatSpan(build.completedAt - build.createdAt)],
            [texts.cached, texts.cachedOf(build.cached, build.total)],
          ]}
        />
        {build.image !== '' && <Result image={build.image} />}
      </Section>
      {details !== null && <Asked details={details} />}
      {details !== null && details.notes.length > 0 && (
        <Section title={texts.notes}>
          <ul className={css['notes']}>
            {details.notes.map(({ rule, message, start }) => (
              <li key={`${rule} ${String(start)} ${message}`}>
                <strong>{texts.line(start)}</strong> {message} <span className={css['dim']}>{rule}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

function Result({ image }: { readonly image: string }) {
  const { data, error } = useQuery('images.inspect', { reference: image }, null);
  if (data === null) return error === null ? null : <p className={css['dim']}>{texts.imageGone}</p>;
  return (
    <Facts
      facts={[
        [
          texts.imageId,
          <Link key="image" href={`/images/${encodeURIComponent(data.tags[0] ?? image)}`}>
            {data.tags[0] ?? shortId(image)}
          </Link>,
        ],
        [texts.size, formatBytes(data.size)],
        [texts.layers, String(data.layers)],
        [texts.platform, data.platform],
      ]}
    />
  );
}

/** Names of the frontend's options that are told in words of our own. */
const KNOWN = new Set(['target', 'filename', 'platform', 'no-cache', 'image-resolve-mode']);

function Asked({ details: { settings, attributes, edited } }: { readonly details: BuildDetails }) {
  const code = (text: string) => (text === '' ? '' : <code className={css['code']}>{text}</code>);
  return (
    <Section title={texts.asked}>
      <Facts
        facts={[
          [texts.folder, code(settings?.directory ?? '')],
          [texts.dockerfile, edited ? texts.edited : code(settings?.file ?? attributes['filename'] ?? '')],
          [texts.tags, code(settings?.tags.join(', ') ?? '')],
          [texts.target, code(settings?.target ?? attributes['target'] ?? '')],
          [texts.platform, code(settings?.platform ?? attributes['platform'] ?? '')],
          [texts.args, code(settings?.args.map(({ name, value }) => `${name}=${value}`).join(' ') ?? '')],
          [texts.noCache, settings?.noCache === true || attributes['no-cache'] !== undefined ? texts.yes : ''],
          [texts.pull, settings?.pull === true || attributes['image-resolve-mode'] === 'pull' ? texts.yes : ''],
          ...Object.entries(attributes)
            .filter(([name]) => !KNOWN.has(name))
            .map(([name, value]) => [name, code(value)] as const),
        ]}
      />
      {settings === null && <p className={css['dim']}>{texts.elsewhere}</p>}
    </Section>
  );
}
