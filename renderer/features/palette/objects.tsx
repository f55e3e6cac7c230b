import { Boxes, Container, Hammer, HardDrive, Layers, Network } from 'lucide-react';
import { useEffect, useMemo, type ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { buildName, buildPath } from '../../data/builds.ts';
import { projects } from '../../data/compose.ts';
import { useContainers } from '../../data/containers.ts';
import { useEngine } from '../../data/engine.ts';
import { imageKey, images } from '../../data/images.ts';
import { networks } from '../../data/networks.ts';
import { useResource } from '../../data/resource.ts';
import { useQuery } from '../../data/use-query.ts';
import { volumes } from '../../data/volumes.ts';
import { builds as buildTexts } from '../../strings/builds.ts';
import { common } from '../../strings/common.ts';
import { compose as composeTexts } from '../../strings/compose.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { engine as engineTexts } from '../../strings/engine.ts';
import { images as imageTexts } from '../../strings/images.ts';
import { networks as networkTexts } from '../../strings/networks.ts';
import { volumes as volumeTexts } from '../../strings/volumes.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { buildMenu } from '../builds/actions.tsx';
import { useBuilds } from '../builds/use-build.ts';
import { projectMenu } from '../compose/actions.tsx';
import { projectPath } from '../compose/path.ts';
import { containerCommands } from '../containers/commands.tsx';
import { engineMenu } from '../engine/actions.tsx';
import { imageMenu, imagePath, nameOf } from '../images/actions.tsx';
import { networkMenu } from '../networks/actions.tsx';
import { shownName, volumeMenu, volumePath } from '../volumes/actions.tsx';
import type { PaletteEntry } from './Palette.tsx';

const SIZE = 16;

interface Thing {
  readonly id: string;
  readonly name: string;
  /** What it is, for the right side of a line. */
  readonly kind: string;
  readonly note?: string;
  readonly icon: ReactNode;
  readonly path: string;
  /** Built only once something was typed: without that, the list would be nothing but actions. */
  readonly menu: () => readonly MenuEntry[];
}

function entriesOf(thing: Thing, withActions: boolean): PaletteEntry[] {
  const open: PaletteEntry = {
    id: `open ${thing.id}`,
    label: thing.name,
    note: thing.note ?? thing.kind,
    icon: thing.icon,
    run: () => {
      navigate(thing.path);
    },
  };
  if (!withActions) return [open];
  const actions = thing
    .menu()
    .flatMap((entry) =>
      // Opening it is the line above.
      entry === 'separator' || entry.disabled === true || entry.id === 'open' || entry.id === 'browse' ? [] : [entry],
    )
    .map((entry): PaletteEntry => ({
      id: `${entry.id} ${thing.id}`,
      label: common.actionOn(entry.label.replace(/…$/, ''), thing.name),
      note: thing.kind,
      icon: entry.icon,
      run: entry.run,
    }));
  return [open, ...actions];
}

interface PaletteObjectsProps {
  readonly withActions: boolean;
  readonly onChange: (entries: readonly PaletteEntry[]) => void;
}

/** Tells everything the engine has, and what can be done with it, as lines of the palette. Shows nothing itself. */
export default function PaletteObjects({ withActions, onChange }: PaletteObjectsProps) {
  const byId = useContainers((state) => state.byId);
  const imageRows = useResource(images).rows;
  const volumeRows = useResource(volumes).rows;
  const networkRows = useResource(networks).rows;
  const projectRows = useResource(projects).rows;
  const buildRows = useBuilds().rows;
  const { phase, info, generation } = useEngine();
  const { data: endpoints } = useQuery('engines.list', {}, generation);
  const entries = useMemo(() => {
    const things: Thing[] = [
      ...[...byId.values()].map((container): Thing => ({
        id: container.id,
        name: container.name,
        kind: containerTexts.paletteKind,
        note: containerTexts.paletteNote(containerTexts.states[container.state]),
        icon: <Container size={SIZE} />,
        path: `/containers/${container.id}/logs`,
        menu: () =>
          containerCommands
            .filter(({ appliesTo }) => appliesTo(container))
            .map(({ id, label, icon, run }) => ({
              id,
              label,
              icon,
              run: () => {
                run([container]);
              },
            })),
      })),
      ...imageRows.map((image): Thing => ({
        id: imageKey(image),
        name: nameOf(image),
        kind: imageTexts.paletteKind,
        icon: <Layers size={SIZE} />,
        path: imagePath(image),
        menu: () => imageMenu(image),
      })),
      ...projectRows.map((project): Thing => ({
        id: `project ${project.name}`,
        name: project.name,
        kind: composeTexts.paletteKind,
        icon: <Boxes size={SIZE} />,
        path: projectPath(project.name),
        menu: () => projectMenu(project),
      })),
      ...buildRows.map((build): Thing => ({
        id: `build ${build.ref}`,
        name: buildName(build),
        kind: buildTexts.paletteKind,
        note: `${buildTexts.paletteKind}, ${buildTexts.states[build.status]}`,
        icon: <Hammer size={SIZE} />,
        path: buildPath(build.ref),
        menu: () => buildMenu(build),
      })),
      ...volumeRows.map((volume): Thing => ({
        id: `volume ${volume.name}`,
        name: shownName(volume),
        kind: volumeTexts.paletteKind,
        icon: <HardDrive size={SIZE} />,
        path: volumePath(volume.name),
        menu: () => volumeMenu(volume),
      })),
      ...networkRows.map((network): Thing => ({
        id: `network ${network.id}`,
        name: network.name,
        kind: networkTexts.paletteKind,
        icon: <Network size={SIZE} />,
        path: `/networks/${network.id}`,
        menu: () => networkMenu(network),
      })),
    ];
    const engines = withActions ? engineMenu(phase, info?.controllable === true, endpoints ?? []) : [];
    return [
      ...engines.map((entry): PaletteEntry => ({ ...entry, note: engineTexts.engine, icon: entry.icon })),
      ...things.flatMap((thing) => entriesOf(thing, withActions)),
    ];
  }, [byId, imageRows, volumeRows, networkRows, projectRows, buildRows, phase, info, endpoints, withActions]);
  useEffect(() => {
    onChange(entries);
  }, [entries, onChange]);
  return null;
}
