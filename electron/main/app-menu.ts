import type { MenuItemConstructorOptions } from 'electron';

/**
 * The window's menu. It is never seen: the page has menus of its own. What it is for are its keys, which the page gets
 * first: a terminal keeps Ctrl and + for its own text.
 */
export function appMenu(): MenuItemConstructorOptions[] {
  return [
    {
      label: 'Berth',
      submenu: [
        { role: 'zoomIn' },
        // The same key where + needs Shift.
        { role: 'zoomIn', accelerator: 'CommandOrControl+=' },
        { role: 'zoomOut' },
        { role: 'resetZoom' },
        { role: 'togglefullscreen' },
        { role: 'quit' },
      ],
    },
  ];
}
