import { csvFields } from './run-mounts.ts';
import { suggestion, SyntaxMistake } from './source.ts';

/** One `RUN --device`, read. */
export interface RunDevice {
  /** `vendor/class`, `vendor/class=name`, `vendor/class=*`, or the class that an annotation names. */
  readonly name: string;
  /** Whether the step fails without it. */
  readonly required: boolean;
}

/** Reads the value of a `--device` flag, its variables already expanded. Throws SyntaxMistake. */
export function parseRunDevice(text: string): RunDevice {
  let name = '';
  let required = false;
  for (const field of csvFields(text)) {
    const [, key = '', value] = /^([^=]*)(?:=([^]*))?$/.exec(field) ?? [];
    if (key.toLowerCase() === 'required') {
      if (value !== undefined && value !== 'true' && value !== 'false')
        throw new SyntaxMistake(`invalid value for required: ${value}`);
      required = value !== 'false';
    } else if (key.toLowerCase() === 'name' && value !== undefined) {
      if (name !== '') throw new SyntaxMistake(`device name already set to ${name}`);
      name = value;
    } else if (name === '') name = field;
    else throw new SyntaxMistake(`unexpected key '${key}' in '${field}'${suggestion(key, ['name', 'required'])}`);
  }
  if (name === '') throw new SyntaxMistake('a device needs a name');
  return { name, required };
}
