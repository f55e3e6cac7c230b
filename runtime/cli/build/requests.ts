import { attestation } from '../../common/build-requests.ts';
import { FlagError, UsageError } from '../flags/flags.ts';
import { commaFields, pair } from '../../common/fields.ts';

const ANNOTATED: readonly string[] = ['manifest', 'index', 'manifest-descriptor', 'index-descriptor'];

/** `--annotation [TYPE[PLATFORM],...:]NAME=VALUE` as attributes of BuildKit's exporters. Throws UsageError. */
export function annotationAttributes(annotations: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const text of annotations) {
    const [written, value] = pair(text);
    if (!text.includes('=')) throw new UsageError(`invalid annotation ${JSON.stringify(text)}, expected key=value`);
    const [, types = '', name = written] =
      /^([a-z,-]+(?:\[[^\]]*\])?(?:,[a-z-]+(?:\[[^\]]*\])?)*):(.+)$/.exec(written) ?? [];
    const all = types === '' ? ['manifest'] : types.split(',');
    for (const one of all) {
      const [, kind = '', platform = ''] = /^([a-z-]+)(\[[^\]]*\])?$/.exec(one) ?? [];
      if (!ANNOTATED.includes(kind)) throw new UsageError(`unknown annotation type ${JSON.stringify(one)}`);
      attributes[`annotation-${kind}${platform}.${name}`] = value;
    }
  }
  return attributes;
}

/** What `--attest`, `--provenance` and `--sbom` ask for, as `type=...` texts. Throws UsageError. */
export function attestations(
  attest: readonly string[],
  provenance: string | undefined,
  sbom: string | undefined,
): string[] {
  const all = [...attest];
  for (const text of attest)
    if (!/(?:^|,)type=(?:sbom|provenance)(?:,|$)/.test(text))
      throw new UsageError(`invalid attestation ${JSON.stringify(text)}: it needs type=sbom or type=provenance`);
  if (provenance !== undefined) all.push(switched('provenance', provenance));
  if (sbom !== undefined) all.push(switched('sbom', sbom));
  return all;
}

function switched(type: 'provenance' | 'sbom', value: string): string {
  const text = attestation(type, value);
  if (text === null) throw new UsageError(`invalid value ${JSON.stringify(value)} of --${type}`);
  return text;
}

/** What is asked of a build instead of building, and in which form the answer is printed. */
export interface Call {
  readonly question: string;
  readonly isJson: boolean;
}

/** Reads `--call`: `check`, `outline,format=json` and the like. Throws UsageError. */
export function parseCall(text: string): Call {
  const [question = '', ...fields] = commaFields(text);
  if (!['build', 'check', 'outline', 'targets'].includes(question))
    throw new UsageError(`invalid call ${JSON.stringify(question)}: use build, check, outline or targets`);
  let format = 'text';
  for (const field of fields) {
    const [name, value] = pair(field);
    if (name !== 'format' || !['json', 'text'].includes(value))
      throw new UsageError(`invalid field ${JSON.stringify(field)} of --call: use format=json or format=text`);
    format = value;
  }
  return { question, isJson: format === 'json' && question !== 'build' };
}

/** Names of images as registries have them, with a tag or none; a host may stand before the first slash. */
const PATH = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const HOST = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9.-]*[a-zA-Z0-9]|\[[a-fA-F0-9:]+\])(?::\d+)?$/;

/** Refuses what cannot be the name of an image before anything is sent. Throws FlagError. */
export function checkTags(tags: readonly string[]): void {
  for (const text of tags) {
    const [, name = '', tag] = /^(.*?)(?::([^:/]*))?$/.exec(text) ?? [];
    const [first = '', ...rest] = name.split('/');
    const hasHost = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
    const path = hasHost ? rest : [first, ...rest];
    const isName = path.every((part) => PATH.test(part)) && (!hasHost || HOST.test(first)) && name.length <= 255;
    if (!isName || (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)))
      throw new FlagError(
        `invalid argument "${text}" for "-t, --tag" flag: invalid reference format${isLowercase(path) ? '' : ': repository name must be lowercase'}`,
      );
  }
}

function isLowercase(path: readonly string[]): boolean {
  return path.every((part) => part === part.toLowerCase());
}
