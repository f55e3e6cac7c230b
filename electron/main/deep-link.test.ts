import { describe, expect, it } from 'vitest';
import { linkedPage, linkIn } from './deep-link.ts';

describe('linkedPage', () => {
  it.each([
    ['berth://containers', 'app://-/#/containers'],
    ['berth://containers/', 'app://-/#/containers'],
    ['berth://containers/web-1', 'app://-/#/containers/web-1'],
    ['berth://images/docker.io%2Flibrary%2Fnginx:1.27', 'app://-/#/images/docker.io%2Flibrary%2Fnginx%3A1.27'],
    ['berth://images/localhost/host-tools', 'app://-/#/images/localhost%2Fhost-tools'],
    ['berth://settings', 'app://-/#/settings'],
  ])('shows %s', (link, page) => {
    expect(linkedPage(link)).toBe(page);
  });

  it.each([
    'berth://settings/x',
    'berth://__proto__',
    'berth://constructor/x',
    'berth://run/nginx',
    'berth://containers/../settings',
    'berth://containers/%2e%2e%2fx',
    'berth://containers/a?b',
    'berth://containers/a#b',
    'berth://containers/%',
    'berth://containers/-x',
    'berth://containers/a b',
    'berth:containers/a',
    'BERTH://containers',
    'https://containers/a',
    `berth://containers/${'a'.repeat(1100)}`,
    '',
    null,
    7,
  ])('refuses %s', (link) => {
    expect(linkedPage(link)).toBeNull();
  });
});

describe('linkIn', () => {
  it('finds the link among the words of a second start', () => {
    expect(linkIn(['/opt/Berth/berth-app', '--flag', 'berth://images'])).toBe('berth://images');
    expect(linkIn(['/opt/Berth/berth-app', 'https://x'])).toBeNull();
  });
});
