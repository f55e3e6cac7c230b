import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StaticFiles } from '../../runtime/common/static-files.ts';
import configuration from '../packaging/electron-builder.ts';
import { openableUrl } from './external.ts';
import { answerPage, pagePath } from './page-protocol.ts';
import { isPermitted } from './permissions.ts';
import { Lifecycle } from './phases.ts';
import { isNonce, isOurPage, type SenderLike } from './sender.ts';
import { windowOptions } from './window-options.ts';

describe('windowOptions', () => {
  it('gives the page nothing of the machine', () => {
    expect(windowOptions('/p', '#000').webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    });
  });
});

describe('openableUrl', () => {
  it.each([
    'http://localhost:8080/',
    'https://example.com/a?b#c',
    'vscode://file/home/me/a%20shop',
    'vscodium://vscode-remote/attached-container+7b22/srv',
  ])('opens %s', (url) => {
    expect(openableUrl(url)).toBe(url);
  });
  it.each([
    'file:///etc/passwd',
    'vscode://publisher.extension/run?command=x',
    'vscode://vscode-remote/ssh-remote+host/etc',
    'vscode://file/etc?windowId=_blank',
    'javascript:alert(1)',
    'smb://host/share',
    'app://-/index.html',
    'data:text/html,x',
    'https://user:pass@example.com',
    'https://example.com/ --flag',
    'https://example.com\\@evil',
    'https://',
    `https://example.com/${'a'.repeat(3000)}`,
    '',
    42,
    null,
  ])('refuses %s', (url) => {
    expect(openableUrl(url)).toBeNull();
  });
});

describe('isOurPage', () => {
  const event = (frame: SenderLike['senderFrame'], id = 1, destroyed = false): SenderLike => ({
    senderFrame: frame,
    sender: { id, isDestroyed: () => destroyed },
  });
  const ours = { origin: 'app://-', parent: null };
  const ids = new Set([1]);

  it('takes the main frame of our window only', () => {
    expect(isOurPage(event(ours), ids)).toBe(true);
    expect(isOurPage(event(null), ids)).toBe(false);
    expect(isOurPage(event({ origin: 'https://evil.example', parent: null }), ids)).toBe(false);
    expect(isOurPage(event({ origin: 'app://-', parent: {} }), ids)).toBe(false);
    expect(isOurPage(event(ours, 2), ids)).toBe(false);
    expect(isOurPage(event(ours, 1, true), ids)).toBe(false);
  });

  it('takes a UUID as nonce and nothing else', () => {
    expect(isNonce(crypto.randomUUID())).toBe(true);
    expect(isNonce('')).toBe(false);
    expect(isNonce({})).toBe(false);
  });
});

describe('the page protocol', () => {
  let directory = '';
  let files: StaticFiles;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-page-'));
    await mkdir(join(directory, 'page/assets'), { recursive: true });
    await writeFile(join(directory, 'page/index.html'), '<meta content="__BERTH_NONCE__">');
    await writeFile(join(directory, 'page/assets/a.js'), '1');
    await writeFile(join(directory, 'page/assets/a.js.map'), '{}');
    await writeFile(join(directory, 'main.js'), 'secret');
    files = await StaticFiles.load(join(directory, 'page'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it('serves the page with a nonce of its own each time', async () => {
    const [one, two] = [answerPage(files, 'GET', 'app://-/'), answerPage(files, 'GET', 'app://-/index.html')];
    const text = await one.text();
    expect(text).not.toContain('__BERTH_NONCE__');
    expect(text).not.toBe(await two.text());
    const nonce = /content="([\w-]+)"/.exec(text)?.[1] ?? '?';
    expect(one.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
    expect(answerPage(files, 'GET', 'app://-/assets/a.js').status).toBe(200);
  });

  it.each([
    'app://-/../main.js',
    'app://-/%2e%2e/main.js',
    'app://-/..%2fmain.js',
    'app://-/assets/%00',
    'app://-/%',
    'app://-//etc/passwd',
    'app://-/assets/a.js.map',
    'app://other/index.html',
    'file:///etc/passwd',
    'nonsense',
  ])('does not serve %s', (address) => {
    expect(answerPage(files, 'GET', address).status).toBe(404);
  });

  it('answers GET only', () => {
    expect(pagePath('POST', 'app://-/')).toBeNull();
  });
});

describe('permissions', () => {
  it.each(['media', 'geolocation', 'openExternal', 'usb', 'display-capture', 'fileSystem'])('refuse %s', (name) => {
    expect(isPermitted(name)).toBe(false);
  });
});

describe('Lifecycle', () => {
  it('only goes forward', () => {
    const lifecycle = new Lifecycle();
    lifecycle.enter('window-open');
    lifecycle.enter('ready');
    expect(lifecycle.phase).toBe('window-open');
  });

  it('quits when all work has ended, failed or taken too long', async () => {
    const lifecycle = new Lifecycle();
    const done: string[] = [];
    lifecycle.joinQuit(() => Promise.reject(new Error('x')));
    lifecycle.joinQuit(() => {
      done.push('a');
      return Promise.resolve();
    });
    await lifecycle.quit(1000);
    lifecycle.joinQuit(() => new Promise(() => {}));
    await lifecycle.quit(10);
    expect(done).toEqual(['a', 'a']);
  });
});

describe('the package', () => {
  it('has its fuses set', () => {
    expect(configuration.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
    });
  });
});
