import { describe, expect, it, vi } from 'vitest';
import type { MenuItemConstructorOptions } from 'electron';
import { trayStrings } from './strings.ts';
import { trayMenu, type TrayState } from './tray-menu.ts';

const commands = { open: vi.fn(), act: vi.fn(), control: vi.fn(), quit: vi.fn() };
const menu = (state: Partial<TrayState>): MenuItemConstructorOptions[] =>
  trayMenu({ containers: [], engineRuns: true, ...state }, trayStrings('en-US'), commands);
const labels = (items: readonly MenuItemConstructorOptions[]): string[] =>
  items.flatMap(({ label }) => (label === undefined ? [] : [label]));
const click = (items: readonly MenuItemConstructorOptions[], label: string): void => {
  // What is called does not look at what Electron hands over.
  Reflect.apply(items.find((entry) => entry.label === label)?.click ?? (() => undefined), null, []);
};
const containers = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `id${index}`, name: `c${String(index).padStart(2, '0')}` }));

describe('trayMenu', () => {
  it('says that nothing runs', () => {
    expect(labels(menu({}))).toEqual([
      'Open Berth',
      'No container is running',
      'Restart the engine',
      'Stop the engine (containers go on)',
      'Quit (containers go on)',
    ]);
  });

  it('names what runs by name, and the rest by number', () => {
    const items = labels(menu({ containers: containers(15).reverse() }));
    expect(items.slice(1, 4)).toEqual(['15 containers are running', 'c00', 'c01']);
    expect(items).toContain('3 more …');
  });

  it('shows, restarts and stops a container', () => {
    const [container = { id: '', name: '' }] = containers(1);
    const entry = menu({ containers: [container] }).find(({ label }) => label === 'c00');
    const items = entry?.submenu as MenuItemConstructorOptions[];
    for (const label of labels(items)) click(items, label);
    expect(commands.open).toHaveBeenCalledWith('berth://containers/id0');
    expect(commands.act.mock.calls).toEqual([
      ['restart', container],
      ['stop', container],
    ]);
  });

  it('starts an engine that is stopped, and leaves alone one that is not the app’s', () => {
    expect(labels(menu({ engineRuns: false }))).toContain('Start the engine');
    expect(labels(menu({ engineRuns: null })).filter((label) => label.includes('engine'))).toEqual([]);
    click(menu({ engineRuns: false }), 'Start the engine');
    expect(commands.control).toHaveBeenCalledWith('start');
  });

  it('speaks German', () => {
    const items = trayMenu({ containers: containers(1), engineRuns: false }, trayStrings('de_AT'), commands);
    expect(labels(items)).toContain('1 Container läuft');
  });
});
