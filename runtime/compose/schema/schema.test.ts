import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { ComposeError } from '../errors.ts';
import { plain } from '../load/node.ts';
import { parseYaml } from '../load/parse.ts';
import { EXAMPLES, FAULTS } from './schema-examples.ts';
import { validateModel } from './validate.ts';

/** The Compose specification's own schema, where it is beside the checkout. */
const SCHEMA = fileURLToPath(new URL('../../../../shared/reference/compose-spec.schema.json', import.meta.url));

function ours(text: string): string | null {
  const [root] = parseYaml(text, 'compose.yaml');
  try {
    validateModel(root!);
    return null;
  } catch (error) {
    if (error instanceof ComposeError) return error.message;
    throw error;
  }
}

describe('our reading of the Compose specification', () => {
  it.each(EXAMPLES)('takes %s', (_, text) => {
    expect(ours(text)).toBeNull();
  });

  it.each(FAULTS)('refuses %s', (_, text) => {
    expect(ours(text)).not.toBeNull();
  });
});

it('takes the earlier name of initial_sync', () => {
  const text =
    'services: {a: {image: x, develop: {watch: [{path: a, action: sync, target: /a, x-initialSync: true}]}}}';
  const [root] = parseYaml(text, 'compose.yaml');
  expect(validateModel(root!).services?.['a']?.develop?.watch).toMatchObject([{ initial_sync: true }]);
});

describe.skipIf(!existsSync(SCHEMA))("agrees with the specification's schema (skipped where it is not at hand)", () => {
  const validate = existsSync(SCHEMA)
    ? new Ajv2020({ strict: false, validateFormats: false }).compile(
        JSON.parse(readFileSync(SCHEMA, 'utf8').replace(/"\$schema": *"[^"]*",?/, '')) as object,
      )
    : () => true;
  const theirs = (text: string): boolean => validate(plain(parseYaml(text, 'compose.yaml')[0]!));

  it.each(EXAMPLES)('on %s', (_, text) => {
    expect(theirs(text)).toBe(true);
  });

  it.each(FAULTS)('on the fault in %s', (_, text) => {
    expect(theirs(text)).toBe(false);
  });

  it('knows every attribute of a service', async () => {
    const { service } = await import('./service.ts');
    const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as {
      definitions: { service: { properties: Record<string, unknown> } };
    };
    expect(Object.keys(schema.definitions.service.properties).filter((key) => !(key in service.shape))).toEqual([]);
  });
});
