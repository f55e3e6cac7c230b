import { ArrowRightLeft } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import type { BuildDetails } from '../../../runtime/contract/builds.ts';
import { buildName, buildPath } from '../../data/builds.ts';
import { useQuery } from '../../data/use-query.ts';
import { builds as texts } from '../../strings/builds.ts';
import { imageComparison as imageTexts } from '../../strings/image-comparison.ts';
import { Button } from '../../ui/Button.tsx';
import { CompareTable, DifferenceRow } from '../../ui/CompareTable.tsx';
import css from '../../ui/CompareTable.module.css';
import { formatBytes, formatTime } from '../../ui/format.ts';
import { Page } from '../../ui/Page.tsx';
import { Section } from '../../ui/Section.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { compareConfig } from '../images/compare.ts';
import { instructionOf } from '../images/layer-model.ts';
import { BackButton } from '../lists/Detail.tsx';
import { buildState } from './actions.tsx';
import { compareLayers, compareSteps, tookOf } from './compare.ts';
import { formatSpan } from './model.ts';

/** Two builds side by side: what came from the cache, what ran again, and how what they made differs. */
export default function CompareView() {
  const { earlier, later } = useParams<{ earlier: string; later: string }>();
  const [, setLocation] = useLocation();
  const first = useQuery('builds.inspect', { ref: earlier }, null);
  const second = useQuery('builds.inspect', { ref: later }, null);
  const error = first.error ?? second.error;
  return (
    <Page
      title={texts.compareTitle}
      before={<BackButton label={texts.back} to="/builds" />}
      note={
        first.data === null || second.data === null
          ? undefined
          : first.data.title === second.data.title
            ? buildName(first.data)
            : texts.comparison(buildName(first.data), buildName(second.data))
      }
      actions={
        <Button
          icon={<ArrowRightLeft size={15} />}
          onClick={() => {
            setLocation(`/builds/compare/${later}/${earlier}`);
          }}
        >
          {texts.swap}
        </Button>
      }
    >
      {first.data === null || second.data === null ? (
        error !== null && (
          <ErrorState
            error={error}
            onRetry={() => {
              first.retry();
              second.retry();
            }}
          />
        )
      ) : (
        <div className={css['content']} tabIndex={-1}>
          <Whole earlier={first.data} later={second.data} />
          <Steps earlier={first.data} later={second.data} />
          <Results earlier={first.data} later={second.data} />
        </div>
      )}
    </Page>
  );
}

interface PairProps {
  readonly earlier: BuildDetails;
  readonly later: BuildDetails;
}

function tookText(build: BuildDetails): string {
  return build.completedAt === null ? '' : formatSpan(build.completedAt - build.createdAt);
}

function EarlierAndLater({ children }: { readonly children: React.ReactNode }) {
  return (
    <CompareTable left={texts.earlier} right={texts.later}>
      {children}
    </CompareTable>
  );
}

function Whole({ earlier, later }: PairProps) {
  const row = (name: string, of: (build: BuildDetails) => React.ReactNode) => (
    <tr>
      <th scope="row">{name}</th>
      <td>{of(earlier)}</td>
      <td>{of(later)}</td>
    </tr>
  );
  return (
    <Section title={texts.whole}>
      <EarlierAndLater>
        {row(texts.paletteKind, (build) => (
          <Link href={buildPath(build.ref)} className={css['link']}>
            {buildName(build)}
          </Link>
        ))}
        {row(texts.started, ({ createdAt }) => formatTime(createdAt))}
        {row(texts.status, (build) => (
          <StateDot {...buildState(build)} />
        ))}
        {row(texts.duration, tookText)}
        {row(texts.cached, ({ cached, total }) => texts.cachedOf(cached, total))}
      </EarlierAndLater>
    </Section>
  );
}

function Steps({ earlier, later }: PairProps) {
  const [shown, setShown] = useState<'different' | 'all'>('different');
  const all = useMemo(() => compareSteps(earlier.steps, later.steps), [earlier.steps, later.steps]);
  const different = all.filter(({ isDifferent }) => isDifferent);
  const rows = shown === 'all' ? all : different;
  return (
    <Section
      title={texts.steps}
      tools={
        <Segmented
          label={texts.shown}
          value={shown}
          onChange={setShown}
          options={[
            { value: 'different', label: texts.onlyDifferent, count: different.length },
            { value: 'all', label: texts.everything, count: all.length },
          ]}
        />
      }
    >
      {rows.length === 0 ? (
        <p className={css['dim']}>{texts.nothingDifferent}</p>
      ) : (
        <table className={css['table']}>
          <thead>
            <tr>
              <th scope="col">{texts.step}</th>
              <th scope="col">{texts.verdict}</th>
              <th scope="col" className={css['end']}>
                {texts.earlier}
              </th>
              <th scope="col" className={css['end']}>
                {texts.later}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={`${row.stage} ${row.text} ${String(index)}`} data-verdict={row.verdict}>
                <th scope="row">
                  <span className={css['dim']}>{row.stage}</span> <code title={row.text}>{row.text}</code>
                </th>
                <td className={css['verdict']}>{texts.verdicts[row.verdict]}</td>
                <td className={css['end']}>{spanText(tookOf(row.earlier))}</td>
                <td className={css['end']}>{spanText(tookOf(row.later))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function spanText(took: number | null): string {
  return took === null ? '–' : formatSpan(took);
}

function Results({ earlier, later }: PairProps) {
  if (earlier.image === '' || later.image === '')
    return (
      <Section title={texts.results}>
        <p className={css['dim']}>{texts.noImages}</p>
      </Section>
    );
  if (earlier.image === later.image)
    return (
      <Section title={texts.results}>
        <p className={css['dim']}>{texts.sameImage}</p>
      </Section>
    );
  return <Images earlier={earlier.image} later={later.image} />;
}

function Images({ earlier, later }: { readonly earlier: string; readonly later: string }) {
  const a = useQuery('images.inspect', { reference: earlier }, null);
  const b = useQuery('images.inspect', { reference: later }, null);
  const historyA = useQuery('images.history', { reference: earlier }, null).data;
  const historyB = useQuery('images.history', { reference: later }, null).data;
  const isGone = a.error !== null || b.error !== null;
  if (isGone || a.data === null || b.data === null || historyA === null || historyB === null)
    return <Section title={texts.results}>{isGone && <p className={css['dim']}>{texts.noImages}</p>}</Section>;
  const layers = compareLayers(historyA, historyB);
  const config = compareConfig(a.data, b.data);
  const bytes = (size: number | null) => (size === null ? '–' : formatBytes(size));
  return (
    <Section title={texts.results}>
      <EarlierAndLater>
        <tr>
          <th scope="row">{texts.size}</th>
          <td>{bytes(a.data.size)}</td>
          <td>{bytes(b.data.size)}</td>
        </tr>
        <tr>
          <th scope="row">{texts.layers}</th>
          <td>{a.data.layers.length}</td>
          <td>{b.data.layers.length}</td>
        </tr>
        {layers.length > 0 && (
          <tr>
            <th scope="colgroup" colSpan={3} className={css['head']}>
              {texts.layersChanged}
            </th>
          </tr>
        )}
        {layers.map((layer, index) => (
          <tr key={`${layer.createdBy} ${String(index)}`}>
            <th scope="row">
              <code title={layer.createdBy}>{instructionOf(layer.createdBy)}</code>
            </th>
            <td>{bytes(layer.earlier)}</td>
            <td>{bytes(layer.later)}</td>
          </tr>
        ))}
        <tr>
          <th scope="colgroup" colSpan={3} className={css['head']}>
            {config.length === 0 ? texts.sameConfig : texts.configChanged}
          </th>
        </tr>
        {config.map((one) => (
          <DifferenceRow key={one.field} name={imageTexts.config[one.field]} left={one.earlier} right={one.later} />
        ))}
      </EarlierAndLater>
    </Section>
  );
}
