import {
  Boxes,
  ChartPie,
  Container,
  Hammer,
  HardDrive,
  KeyRound,
  Layers,
  Network,
  Radio,
  ScrollText,
  ServerCog,
  Settings,
  SquareTerminal,
} from 'lucide-react';
import { lazy, type ComponentType, type ReactNode } from 'react';
import type { screens as names } from '../strings/shell.ts';
import { retried } from '../data/retried.ts';

/** One entry of the rail, with the addresses under it. */
export interface Screen {
  readonly id: keyof typeof names;
  readonly path: string;
  readonly icon: ReactNode;
  readonly keys?: string;
  /** `main` is the upper part of the rail, `tools` the middle, `foot` the lower. */
  readonly place: 'main' | 'tools' | 'foot';
  /** Addresses (patterns of the router) and what shows there, each in a chunk of its own. */
  readonly routes: readonly { readonly path: string; readonly view: ComponentType }[];
}

const SIZE = 17;
const ContainersView = lazy(retried(() => import('../features/containers/ContainersView.tsx')));
const ContainerView = lazy(retried(() => import('../features/details/ContainerView.tsx')));
const TrashView = lazy(retried(() => import('../features/containers/TrashView.tsx')));
const ImagesView = lazy(retried(() => import('../features/images/ImagesView.tsx')));
const ImageView = lazy(retried(() => import('../features/images/ImageView.tsx')));
const ImageCompareView = lazy(retried(() => import('../features/images/CompareView.tsx')));
const VolumesView = lazy(retried(() => import('../features/volumes/VolumesView.tsx')));
const VolumeView = lazy(retried(() => import('../features/volumes/VolumeView.tsx')));
const NetworksView = lazy(retried(() => import('../features/networks/NetworksView.tsx')));
const NetworkView = lazy(retried(() => import('../features/networks/NetworkView.tsx')));
const PortsView = lazy(retried(() => import('../features/networks/PortsView.tsx')));
const ComposeView = lazy(retried(() => import('../features/compose/ComposeView.tsx')));
const ProjectView = lazy(retried(() => import('../features/compose/ProjectView.tsx')));
const BuildsView = lazy(retried(() => import('../features/builds/BuildsView.tsx')));
const BuildView = lazy(retried(() => import('../features/builds/BuildView.tsx')));
const CompareView = lazy(retried(() => import('../features/builds/CompareView.tsx')));
const DockerfileView = lazy(retried(() => import('../features/builds/DockerfileView.tsx')));
const MergedLogsView = lazy(retried(() => import('../features/logs/MergedLogsView.tsx')));
const AlertsView = lazy(retried(() => import('../features/logs/AlertsView.tsx')));
const SearchLogsView = lazy(retried(() => import('../features/logs/SearchLogsView.tsx')));
const EventsView = lazy(retried(() => import('../features/events/EventsView.tsx')));
const DiskView = lazy(retried(() => import('../features/disk/DiskView.tsx')));
const EngineView = lazy(retried(() => import('../features/engine/EngineView.tsx')));
const EngineSettingsView = lazy(retried(() => import('../features/engine/EngineSettingsView.tsx')));
const BringView = lazy(retried(() => import('../features/migrate/BringView.tsx')));
const RegistriesView = lazy(retried(() => import('../features/registries/RegistriesView.tsx')));
const BrowseView = lazy(retried(() => import('../features/registries/BrowseView.tsx')));
const HostShellView = lazy(retried(() => import('../features/terminal/HostShellView.tsx')));
const SettingsView = lazy(retried(() => import('../features/settings/SettingsView.tsx')));
const GalleryView = lazy(retried(() => import('../features/gallery/GalleryView.tsx')));
const AboutView = lazy(retried(() => import('../features/settings/AboutView.tsx')));

/** Every screen, in the order of the rail. A new one is a line here and a name in `strings/shell.ts`. */
export const SCREENS: readonly Screen[] = [
  {
    id: 'containers',
    path: '/containers',
    icon: <Container size={SIZE} />,
    keys: 'g c',
    place: 'main',
    routes: [
      { path: '/containers', view: ContainersView },
      { path: '/containers/trash', view: TrashView },
      { path: '/containers/:id/:tab?/:at?', view: ContainerView },
    ],
  },
  {
    id: 'images',
    path: '/images',
    icon: <Layers size={SIZE} />,
    keys: 'g i',
    place: 'main',
    routes: [
      { path: '/images', view: ImagesView },
      { path: '/images/compare/:earlier/:later/:tab?', view: ImageCompareView },
      { path: '/images/:reference/:tab?', view: ImageView },
    ],
  },
  {
    id: 'volumes',
    path: '/volumes',
    icon: <HardDrive size={SIZE} />,
    keys: 'g v',
    place: 'main',
    routes: [
      { path: '/volumes', view: VolumesView },
      { path: '/volumes/:name/:tab?', view: VolumeView },
    ],
  },
  {
    id: 'networks',
    path: '/networks',
    icon: <Network size={SIZE} />,
    keys: 'g n',
    place: 'main',
    routes: [
      { path: '/networks', view: NetworksView },
      { path: '/networks/picture', view: NetworksView },
      { path: '/networks/ports', view: PortsView },
      { path: '/networks/:id', view: NetworkView },
    ],
  },
  {
    id: 'compose',
    path: '/compose',
    icon: <Boxes size={SIZE} />,
    keys: 'g p',
    place: 'main',
    routes: [
      { path: '/compose', view: ComposeView },
      { path: '/compose/:name/:tab?', view: ProjectView },
    ],
  },
  {
    id: 'builds',
    path: '/builds',
    icon: <Hammer size={SIZE} />,
    keys: 'g b',
    place: 'main',
    routes: [
      { path: '/builds', view: BuildsView },
      { path: '/builds/compare/:earlier/:later', view: CompareView },
      { path: '/builds/edit/:directory/:file?', view: DockerfileView },
      { path: '/builds/:ref/:tab?', view: BuildView },
    ],
  },
  {
    id: 'logs',
    path: '/logs',
    icon: <ScrollText size={SIZE} />,
    keys: 'g l',
    place: 'tools',
    routes: [
      { path: '/logs/alerts', view: AlertsView },
      { path: '/logs/search/:ids?', view: SearchLogsView },
      { path: '/logs/:ids?', view: MergedLogsView },
    ],
  },
  {
    id: 'events',
    path: '/events',
    icon: <Radio size={SIZE} />,
    keys: 'g e',
    place: 'tools',
    routes: [{ path: '/events', view: EventsView }],
  },
  {
    id: 'disk',
    path: '/disk',
    icon: <ChartPie size={SIZE} />,
    keys: 'g d',
    place: 'tools',
    routes: [{ path: '/disk', view: DiskView }],
  },
  {
    id: 'shell',
    path: '/shell',
    icon: <SquareTerminal size={SIZE} />,
    keys: 'Ctrl+`',
    place: 'foot',
    routes: [{ path: '/shell', view: HostShellView }],
  },
  {
    id: 'registries',
    path: '/registries',
    icon: <KeyRound size={SIZE} />,
    keys: 'g r',
    place: 'foot',
    routes: [
      { path: '/registries', view: RegistriesView },
      { path: '/registries/browse/:place?', view: BrowseView },
    ],
  },
  {
    id: 'engine',
    path: '/engine',
    icon: <ServerCog size={SIZE} />,
    keys: 'g o',
    place: 'foot',
    routes: [
      { path: '/engine', view: EngineView },
      { path: '/engine/settings', view: EngineSettingsView },
      { path: '/engine/bring', view: BringView },
    ],
  },
  {
    id: 'settings',
    path: '/settings',
    icon: <Settings size={SIZE} />,
    keys: 'Ctrl+,',
    place: 'foot',
    routes: [
      { path: '/settings', view: SettingsView },
      { path: '/settings/about', view: AboutView },
      { path: '/settings/gallery', view: GalleryView },
    ],
  },
];
