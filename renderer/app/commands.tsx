import {
  Container,
  Copy,
  Download,
  Keyboard,
  Layers,
  PanelLeft,
  Play,
  Settings,
  SquareTerminal,
  SunMoon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { openDialog } from '../data/dialogs.ts';
import { effectiveTheme, updateSettings, useSettings } from '../data/settings.ts';
import { copyDockerHost } from '../features/engine/EngineChip.tsx';

/** Something that can be done from anywhere: one object feeds the palette, the keys and the shortcut sheet. */
export interface Command {
  readonly id: string;
  readonly label: string;
  readonly group: 'Go to' | 'Do';
  readonly icon: ReactNode;
  /** As shown: "g c", "Ctrl+K". Two letters are typed one after the other. */
  readonly keys?: string;
  readonly run: () => void;
}

const SIZE = 16;
const go = (path: string) => () => {
  navigate(path);
};

/** Every global command, in the order of the palette. */
export const commands: readonly Command[] = [
  {
    id: 'go.containers',
    label: 'Containers',
    group: 'Go to',
    icon: <Container size={SIZE} />,
    keys: 'g c',
    run: go('/containers'),
  },
  { id: 'go.images', label: 'Images', group: 'Go to', icon: <Layers size={SIZE} />, keys: 'g i', run: go('/images') },
  {
    id: 'go.shell',
    label: 'Host shell',
    group: 'Go to',
    icon: <SquareTerminal size={SIZE} />,
    keys: 'Ctrl+`',
    run: go('/shell'),
  },
  {
    id: 'go.settings',
    label: 'Settings',
    group: 'Go to',
    icon: <Settings size={SIZE} />,
    keys: 'Ctrl+,',
    run: go('/settings'),
  },
  {
    id: 'run',
    label: 'Run a container…',
    group: 'Do',
    icon: <Play size={SIZE} />,
    run: () => {
      openDialog({ kind: 'run', image: '' });
    },
  },
  {
    id: 'pull',
    label: 'Pull an image…',
    group: 'Do',
    icon: <Download size={SIZE} />,
    run: () => {
      openDialog({ kind: 'pull', reference: '' });
    },
  },
  { id: 'copy-host', label: 'Copy DOCKER_HOST', group: 'Do', icon: <Copy size={SIZE} />, run: copyDockerHost },
  {
    id: 'theme',
    label: 'Switch between light and dark',
    group: 'Do',
    icon: <SunMoon size={SIZE} />,
    run: () => {
      const dark = matchMedia('(prefers-color-scheme: dark)').matches;
      const now = effectiveTheme(useSettings.getState().theme, dark);
      updateSettings({ theme: now === 'dark' ? 'light' : 'dark' });
    },
  },
  {
    id: 'rail',
    label: 'Show or hide the labels of the side bar',
    group: 'Do',
    icon: <PanelLeft size={SIZE} />,
    keys: 'Ctrl+B',
    run: () => {
      updateSettings({ railCollapsed: !useSettings.getState().railCollapsed });
    },
  },
  {
    id: 'shortcuts',
    label: 'Keyboard shortcuts',
    group: 'Do',
    icon: <Keyboard size={SIZE} />,
    keys: '?',
    run: () => {
      openDialog({ kind: 'shortcuts' });
    },
  },
  {
    id: 'palette',
    label: 'Find anything',
    group: 'Do',
    icon: <Keyboard size={SIZE} />,
    keys: 'Ctrl+K',
    run: () => {
      openDialog({ kind: 'palette' });
    },
  },
];
