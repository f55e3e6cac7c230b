import { Play } from 'lucide-react';
import { useLocation, useParams } from 'wouter';
import { imageReference, images } from '../../data/images.ts';
import { useResource } from '../../data/resource.ts';
import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { Button } from '../../ui/Button.tsx';
import { formatBytes, shortId } from '../../ui/format.ts';
import { ScreenMenu } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useNumberKeys } from '../../ui/use-number-keys.ts';
import { InspectPane } from '../details/InspectPane.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { BackButton, GonePage } from '../lists/Detail.tsx';
import { imageMenu, imagePath, nameOf, runImage } from './actions.tsx';
import { HistoryPane } from './HistoryPane.tsx';
import { ImageOverview } from './ImageOverview.tsx';
import css from './ImageView.module.css';
import { LayersPane } from './LayersPane.tsx';

const TABS = ['overview', 'layers', 'history', 'inspect'] as const;

/** One image: what it starts, what its layers hold, how it came to be. */
export default function ImageView() {
  const { reference: written, tab } = useParams<{ reference: string; tab?: string }>();
  // The router leaves the slashes of a name as they are in an address.
  const reference = decodeURIComponent(written);
  const current = TABS.find((one) => one === tab) ?? 'overview';
  const [, setLocation] = useLocation();
  const { rows, status } = useResource(images);
  const image = rows.find((row) => imageReference(row) === reference || row.id === reference);
  const { data, error, retry } = useQuery('images.inspect', { reference }, image?.id);
  const href = (one: string) => `/images/${encodeURIComponent(reference)}/${one}`;
  useNumberKeys((index) => {
    const wanted = TABS[index];
    if (wanted !== undefined) setLocation(href(wanted));
  });
  if (image === undefined)
    return <GonePage title={texts.one} list="/images" texts={texts} known={status === 'ready'} />;
  const name = nameOf(image);
  return (
    <Page
      title={name}
      before={<BackButton label={texts.back} to="/images" />}
      note={
        <>
          <span>{image.usedBy.length === 0 ? common.unused : common.containers(image.usedBy.length)}</span>
          <span>{formatBytes(image.size)}</span>
          <code className={css['id']}>{shortId(image.id)}</code>
        </>
      }
      actions={
        <>
          <Button
            variant="primary"
            icon={<Play size={15} />}
            onClick={() => {
              runImage(image);
            }}
          >
            {texts.run}
          </Button>
          <ScreenMenu
            entries={() => imageMenu(image).filter((entry) => entry === 'separator' || entry.id !== 'open')}
          />
        </>
      }
    >
      <Tabs
        label={texts.viewsOf(name)}
        current={current}
        tabs={TABS.map((one) => ({ id: one, label: texts.tabs[one], href: href(one) }))}
      />
      {current === 'layers' ? (
        <LayersPane key={image.id} image={image} />
      ) : current === 'history' ? (
        <HistoryPane reference={imageReference(image)} name={name} />
      ) : data === null ? (
        error !== null && <ErrorState error={error} onRetry={retry} />
      ) : current === 'inspect' ? (
        <InspectPane name={name} value={data.raw} />
      ) : (
        <ImageOverview
          details={data}
          others={rows.filter(({ id }) => id === image.id).map((row) => [nameOf(row), imagePath(row)])}
          usedBy={image.usedBy}
        />
      )}
    </Page>
  );
}
