import {
  Copy,
  Info,
  Keyboard,
  Languages,
  Palette,
  PanelLeft,
  Search,
  ServerCog,
  Sparkles,
  SunMoon,
  Trash2,
} from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { openDialog } from '../data/dialogs.ts';
import { drop } from '../data/drop.ts';
import { speak } from '../data/kept-settings.ts';
import { effectiveTheme, updateSettings, useSettings } from '../data/settings.ts';
import { buildCommands } from '../features/builds/commands.tsx';
import { composeCommands } from '../features/compose/commands.tsx';
import { diskCommands } from '../features/disk/commands.tsx';
import { engineCommands } from '../features/engine/commands.tsx';
import { copyDockerHost } from '../features/engine/copy-host.ts';
import { imageCommands } from '../features/images/commands.tsx';
import { logCommands } from '../features/logs/commands.tsx';
import { networkCommands } from '../features/networks/commands.tsx';
import { registryCommands } from '../features/registries/commands.tsx';
import { runCommands } from '../features/run/commands.tsx';
import { volumeCommands } from '../features/volumes/commands.tsx';
import { LANGUAGE_NAMES, LANGUAGES } from '../strings/language.ts';
import { release } from '../strings/release.ts';
import { settings } from '../strings/settings.ts';
import { screens as names, shell } from '../strings/shell.ts';
import { systemCommands } from '../strings/system-commands.ts';
import { trash } from '../strings/trash.ts';
import type { Command } from '../ui/command.ts';
import { SCREENS } from './screens.tsx';

const SIZE = 16;

const goCommands = SCREENS.map(({ id, path, icon, keys }): Command => ({
  id: `go.${id}`,
  label: names[id],
  group: 'go',
  icon,
  ...(keys === undefined ? {} : { keys }),
  run: () => {
    navigate(path);
  },
}));

const windowCommands: readonly Command[] = [
  { id: 'copy-host', label: shell.copyHost, group: 'do', icon: <Copy size={SIZE} />, run: copyDockerHost },
  {
    id: 'trash',
    label: trash.command,
    group: 'do',
    icon: <Trash2 size={SIZE} />,
    keys: 'g t',
    run: () => {
      navigate('/containers/trash');
    },
  },
  {
    id: 'theme',
    label: shell.switchTheme,
    group: 'do',
    icon: <SunMoon size={SIZE} />,
    run: () => {
      const dark = matchMedia('(prefers-color-scheme: dark)').matches;
      const now = effectiveTheme(useSettings.getState().theme, dark);
      updateSettings({ theme: now === 'dark' ? 'light' : 'dark' });
    },
  },
  ...LANGUAGES.map((id): Command => ({
    id: `language-${id}`,
    label: shell.speak(LANGUAGE_NAMES[id]),
    group: 'do',
    icon: <Languages size={SIZE} />,
    run: () => {
      drop(speak(id));
    },
  })),
  {
    id: 'engine-add',
    label: systemCommands.addEngine,
    group: 'do',
    icon: <ServerCog size={SIZE} />,
    run: () => {
      navigate('/engine');
      openDialog({ kind: 'engine-add' });
    },
  },
  {
    id: 'rail',
    label: shell.toggleRail,
    group: 'do',
    icon: <PanelLeft size={SIZE} />,
    keys: 'Ctrl+B',
    run: () => {
      updateSettings({ railCollapsed: !useSettings.getState().railCollapsed });
    },
  },
  {
    id: 'shortcuts',
    label: shell.shortcuts,
    group: 'do',
    icon: <Keyboard size={SIZE} />,
    keys: '?',
    run: () => {
      openDialog({ kind: 'shortcuts' });
    },
  },
  {
    id: 'about',
    label: shell.about,
    group: 'do',
    icon: <Info size={SIZE} />,
    run: () => {
      navigate('/settings/about');
    },
  },
  {
    id: 'whats-new',
    label: release.whatIsNew,
    group: 'do',
    icon: <Sparkles size={SIZE} />,
    run: () => {
      navigate('/settings/about');
    },
  },
  {
    id: 'gallery',
    label: settings.gallery,
    group: 'do',
    icon: <Palette size={SIZE} />,
    run: () => {
      navigate('/settings/gallery');
    },
  },
  {
    id: 'palette',
    label: shell.palette,
    group: 'do',
    icon: <Search size={SIZE} />,
    keys: 'Ctrl+K',
    run: () => {
      openDialog({ kind: 'palette' });
    },
  },
];

/** Every global command, in the order of the palette. Features bring theirs in a file of their own. */
export const commands: readonly Command[] = [
  ...goCommands,
  ...runCommands,
  ...imageCommands,
  ...volumeCommands,
  ...networkCommands,
  ...composeCommands,
  ...buildCommands,
  ...logCommands,
  ...diskCommands,
  ...engineCommands,
  ...registryCommands,
  ...windowCommands,
];
