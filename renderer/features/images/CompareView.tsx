import { ArrowRightLeft } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { imageComparison as texts } from '../../strings/image-comparison.ts';
import { images as imageTexts } from '../../strings/images.ts';
import { Button } from '../../ui/Button.tsx';
import { CompareTable, DifferenceRow } from '../../ui/CompareTable.tsx';
import css from '../../ui/CompareTable.module.css';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes, formatTime, shortId } from '../../ui/format.ts';
import { Page } from '../../ui/Page.tsx';
import { Section } from '../../ui/Section.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useNumberKeys } from '../../ui/use-number-keys.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { BackButton } from '../lists/Detail.tsx';
import { comparisonPath } from './actions.tsx';
import { compareConfig, compareImageLayers, type ComparedLayer, type KnownImage } from './compare.ts';
import { ComparedFiles } from './ComparedFiles.tsx';
import { instructionOf } from './layer-model.ts';

const TABS = ['overview', 'files'] as const;

/** A reference as a person reads it. */
const shown = (reference: string) => (reference.startsWith('sha256:') ? shortId(reference) : reference);

/** Two images side by side: how they start, which layers they share, and every file that is not the same in both. */
export default function CompareView() {
  const { earlier, later, tab } = useParams<{ earlier: string; later: string; tab?: string }>();
  // What is known of one pair must not stand for another, of which an image may be gone.
  return (
    <Comparison
      key={`${earlier} ${later}`}
      earlier={decodeURIComponent(earlier)}
      later={decodeURIComponent(later)}
      current={TABS.find((one) => one === tab) ?? 'overview'}
    />
  );
}

interface ComparisonProps {
  readonly earlier: string;
  readonly later: string;
  readonly current: (typeof TABS)[number];
}

function Comparison({ earlier, later, current }: ComparisonProps) {
  const [, setLocation] = useLocation();
  const first = useImage(earlier);
  const second = useImage(later);
  const error = first.error ?? second.error;
  const href = (tab: string) => `${comparisonPath(earlier, later)}/${tab}`;
  useNumberKeys((index) => {
    const wanted = TABS[index];
    if (wanted !== undefined) setLocation(href(wanted));
  });
  return (
    <Page
      title={texts.title}
      before={<BackButton label={imageTexts.back} to="/images" />}
      note={texts.comparison(shown(earlier), shown(later))}
      actions={
        <Button
          icon={<ArrowRightLeft size={15} />}
          onClick={() => {
            setLocation(`${comparisonPath(later, earlier)}/${current}`);
          }}
        >
          {texts.swap}
        </Button>
      }
    >
      <Tabs
        label={texts.viewsOf}
        current={current}
        tabs={TABS.map((one) => ({ id: one, label: texts.tabs[one], href: href(one) }))}
      />
      {first.image === null || second.image === null ? (
        error !== null && (
          <ErrorState
            error={error}
            onRetry={() => {
              first.retry();
              second.retry();
            }}
          />
        )
      ) : first.image.details.id === second.image.details.id ? (
        <EmptyState title={texts.sameImage} />
      ) : current === 'files' ? (
        <ComparedFiles earlier={first.image.details} later={second.image.details} />
      ) : (
        <div className={css['content']} tabIndex={-1}>
          <Whole earlier={first.image} later={second.image} names={[earlier, later]} />
          <Layers earlier={first.image} later={second.image} names={[shown(earlier), shown(later)]} />
        </div>
      )}
    </Page>
  );
}

function useImage(reference: string) {
  const details = useQuery('images.inspect', { reference }, null);
  const history = useQuery('images.history', { reference }, null);
  const image: KnownImage | null =
    details.data === null || history.data === null ? null : { details: details.data, history: history.data };
  return {
    image,
    error: details.error ?? history.error,
    retry: () => {
      details.retry();
      history.retry();
    },
  };
}

interface PairProps {
  readonly earlier: KnownImage;
  readonly later: KnownImage;
  readonly names: readonly [earlier: string, later: string];
}

function Whole({ earlier, later, names: [nameA, nameB] }: PairProps) {
  const [a, b] = [earlier.details, later.details];
  const config = compareConfig(a, b);
  const link = (reference: string) => (
    <Link href={`/images/${encodeURIComponent(reference)}`} className={css['link']} title={reference}>
      {shown(reference)}
    </Link>
  );
  const row = (name: string, of: (image: KnownImage) => React.ReactNode) => (
    <tr>
      <th scope="row">{name}</th>
      <td>{of(earlier)}</td>
      <td>{of(later)}</td>
    </tr>
  );
  return (
    <>
      <Section title={texts.whole}>
        <CompareTable left={link(nameA)} right={link(nameB)}>
          {row(imageTexts.id, ({ details }) => (
            <code>{shortId(details.id)}</code>
          ))}
          {row(common.created, ({ details }) => (details.createdAt === null ? '–' : formatTime(details.createdAt)))}
          {row(texts.platform, ({ details }) => details.platform)}
          {row(common.size, ({ details }) => formatBytes(details.size))}
        </CompareTable>
      </Section>
      <Section title={texts.configuration}>
        {config.length === 0 ? (
          <p className={css['dim']}>{texts.sameConfig}</p>
        ) : (
          <CompareTable left={shown(nameA)} right={shown(nameB)}>
            {config.map((one) => (
              <DifferenceRow key={one.field} name={texts.config[one.field]} left={one.earlier} right={one.later} />
            ))}
          </CompareTable>
        )}
      </Section>
    </>
  );
}

function Layers({ earlier, later, names }: PairProps) {
  const [choice, setChoice] = useState<'different' | 'all'>('all');
  const all = useMemo(() => compareImageLayers(earlier, later), [earlier, later]);
  const different = all.filter(({ of }) => of !== 'both');
  const rows = choice === 'all' ? all : different;
  const of = (which: ComparedLayer['of']) => {
    const layers = all.filter((layer) => layer.of === which);
    return [common.layers(layers.length), formatBytes(layers.reduce((sum, { size }) => sum + size, 0))] as const;
  };
  const where = { both: texts.inBoth, earlier: texts.onlyIn(names[0]), later: texts.onlyIn(names[1]) };
  return (
    <Section
      title={texts.layers}
      tools={
        <Segmented
          label={texts.shownLayers}
          value={choice}
          onChange={setChoice}
          options={[
            { value: 'all', label: texts.everything, count: all.length },
            { value: 'different', label: texts.onlyDifferent, count: different.length },
          ]}
        />
      }
    >
      <ul className={css['totals']}>
        <li>{texts.shared(...of('both'))}</li>
        <li>
          {names[0]}: {texts.own(...of('earlier'))}
        </li>
        <li>
          {names[1]}: {texts.own(...of('later'))}
        </li>
      </ul>
      {rows.length === 0 ? (
        <p className={css['dim']}>{texts.sameLayers}</p>
      ) : (
        <table className={css['table']}>
          <thead>
            <tr>
              <th scope="col">{texts.layer}</th>
              <th scope="col">{texts.where}</th>
              <th scope="col" className={css['end']}>
                {texts.size}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((layer, index) => (
              <tr key={`${layer.digest} ${String(index)}`} data-verdict={layer.of === 'both' ? 'same' : layer.of}>
                <th scope="row">
                  {layer.createdBy === '' ? (
                    <span className={css['dim']}>{imageTexts.noInstruction}</span>
                  ) : (
                    <code title={layer.createdBy}>{instructionOf(layer.createdBy)}</code>
                  )}
                </th>
                <td className={css['verdict']} title={where[layer.of]}>
                  {where[layer.of]}
                </td>
                <td className={css['end']}>{formatBytes(layer.size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
