/** What the build dialog asks for, and what that means. All pure. */
import type { BuildSettings } from '../../../runtime/contract/builds.ts';
import { builds as texts } from '../../strings/builds.ts';

export interface BuildForm {
  readonly directory: string;
  /** Several are parted by commas. */
  readonly names: string;
  readonly file: string;
  readonly target: string;
  readonly args: readonly { readonly name: string; readonly value: string }[];
  readonly platform: string;
  readonly noCache: boolean;
  readonly pull: boolean;
}

/** What is wrong, by field; `args.0` is the first argument. */
export type BuildErrors = Readonly<Record<string, string>>;

/** A name of an image as `docker build -t` takes it. */
const NAME = /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::\w[\w.-]{0,127})?$/;

/** The form that settings fill. */
export function formOf({ tags, ...settings }: BuildSettings): BuildForm {
  return { ...settings, names: tags.join(', ') };
}

/** The settings that a filled form means, or what is wrong with it. */
export function toBuildSettings(
  form: BuildForm,
): { readonly settings: BuildSettings } | { readonly errors: BuildErrors } {
  const errors: Record<string, string> = {};
  const directory = form.directory.trim().replace(/(.)\/+$/, '$1');
  if (!directory.startsWith('/')) errors['directory'] = texts.folderRule;
  const tags = form.names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (tags.some((name) => !NAME.test(name))) errors['names'] = texts.nameRule;
  const args = form.args
    .map(({ name, value }) => ({ name: name.trim(), value }))
    .filter(({ name, value }) => name !== '' || value !== '');
  for (const [index, { name }] of args.entries())
    if (name === '' || name.includes('=')) errors[`args.${String(index)}`] = texts.argRule;
  if (Object.keys(errors).length > 0) return { errors };
  const { noCache, pull } = form;
  const [file, target, platform] = [form.file.trim(), form.target.trim(), form.platform.trim()];
  return { settings: { directory, file, target, args, tags, platform, noCache, pull } };
}
