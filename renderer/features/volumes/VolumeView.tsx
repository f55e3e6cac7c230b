import { Link, useLocation, useParams } from 'wouter';
import { useResource } from '../../data/resource.ts';
import { useVolumeSizes, volumes } from '../../data/volumes.ts';
import { common } from '../../strings/common.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { backups } from '../../strings/backups.ts';
import { volumes as texts } from '../../strings/volumes.ts';
import { formatBytes, formatTime } from '../../ui/format.ts';
import { ScreenMenu } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { Facts, PairsSection, Section } from '../../ui/Section.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useNumberKeys } from '../../ui/use-number-keys.ts';
import { FileBrowser } from '../files/FileBrowser.tsx';
import { BackButton, GonePage } from '../lists/Detail.tsx';
import { shownName, volumeMenu, volumePath } from './actions.tsx';
import { BackupsPane } from './BackupsPane.tsx';
import css from './VolumesView.module.css';

const TABS = ['files', 'overview', 'backups'] as const;
const TAB_NAMES = { ...texts.tabs, backups: backups.tab };

/** One volume: its files, and who has it. */
export default function VolumeView() {
  const { name, tab = 'files' } = useParams<{ name: string; tab?: string }>();
  const [, setLocation] = useLocation();
  const { rows, status } = useResource(volumes);
  const size = useVolumeSizes((state) => state.byName[name]);
  const volume = rows.find((one) => one.name === name);
  const current = TABS.find((one) => one === tab) ?? 'files';
  const href = (one: string) => `${volumePath(name)}/${one}`;
  useNumberKeys((index) => {
    const wanted = TABS[index];
    if (wanted !== undefined) setLocation(href(wanted));
  });
  if (volume === undefined)
    return <GonePage title={texts.one} list="/volumes" texts={texts} known={status === 'ready'} />;
  return (
    <Page
      title={shownName(volume)}
      before={<BackButton label={texts.back} to="/volumes" />}
      note={
        <>
          <span>{volume.usedBy.length === 0 ? common.unused : common.containers(volume.usedBy.length)}</span>
          {size !== undefined && <span>{formatBytes(size)}</span>}
        </>
      }
      actions={<ScreenMenu entries={() => volumeMenu(volume)} />}
    >
      <Tabs
        label={texts.viewsOf(shownName(volume))}
        current={current}
        tabs={TABS.map((one) => ({ id: one, label: TAB_NAMES[one], href: href(one) }))}
      />
      {current === 'backups' && <BackupsPane key={name} volume={name} />}
      {current === 'files' && <FileBrowser key={name} target={{ kind: 'volume', name }} name={shownName(volume)} />}
      {current === 'overview' && (
        <div className={css['overview']}>
          <Section title={texts.about}>
            <Facts
              facts={[
                [common.name, <code key="name">{volume.name}</code>],
                [texts.driver, volume.driver],
                [texts.mountpoint, <code key="mountpoint">{volume.mountpoint}</code>],
                [common.created, volume.createdAt === 0 ? '' : formatTime(volume.createdAt)],
                [common.size, size === undefined ? '' : formatBytes(size)],
              ]}
            />
          </Section>
          <Section title={texts.usedBy}>
            {volume.usedBy.length === 0 ? (
              <p>{texts.nobody}</p>
            ) : (
              <ul className={css['users']}>
                {volume.usedBy.map((user) => (
                  <li key={user.id}>
                    <StateDot
                      tone={user.running ? 'good' : 'idle'}
                      text={user.running ? containerTexts.states.running : containerTexts.states.exited}
                    />
                    <Link href={`/containers/${user.id}/overview`}>{user.name}</Link>
                  </li>
                ))}
              </ul>
            )}
          </Section>
          <PairsSection title={common.labels} pairs={volume.labels} />
          <PairsSection title={texts.options} pairs={volume.options} />
        </div>
      )}
    </Page>
  );
}
