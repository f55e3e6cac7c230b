import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { builtinsWithoutGetters } from './bundle-builtins.ts';

async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [builtinsWithoutGetters],
  });
  return outputFiles[0]?.text ?? '';
}

const program = (line: string): string => `${line}
  const isFetchLoaded = process.moduleLoadList.some((name) => name.includes('undici'));
  console.log(typeof http.createServer, typeof Agent, isFetchLoaded);`;
const IMPORT = "import http, { Agent } from 'node:http';";

it('takes what is used of http without loading fetch, which an import does', async () => {
  const run = (code: string): string =>
    execFileSync(process.execPath, ['--input-type=module', '-'], { input: code, encoding: 'utf8' }).trim();
  expect(run(program(IMPORT))).toBe('function function true');
  expect(run(await bundled(program(IMPORT)))).toBe('function function false');
});

it('fetches a function behind a getter when it is called', async () => {
  const code = await bundled(
    "import { parseArgs } from 'node:util'; console.log(parseArgs({ args: [] }).positionals);",
  );
  expect(execFileSync(process.execPath, ['--input-type=module', '-'], { input: code, encoding: 'utf8' })).toBe('[]\n');
});

it('refuses a bundle that names what was left out', async () => {
  await expect(bundled("import { WebSocket } from 'node:http'; new WebSocket('ws://x');")).rejects.toThrow(
    'No matching export',
  );
});
