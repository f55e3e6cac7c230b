import { goStampText } from '../output/go-time.ts';
import { goList, goMap, GoScalar, goStruct, NIL } from '../template/go-value.ts';
import { goDuration } from '../../common/time.ts';
import { GO_TYPES } from './go-types.ts';

/** An object of the API as a template of docker's client sees it. `type`: `container`, `image`, `network`, `volume`, `version` or `event`. */
export function typedView(type: string, value: unknown): unknown {
  const isAbsent = value === undefined || value === null;
  if (type.startsWith('*')) return isAbsent ? NIL : typedView(type.slice(1), value);
  if (type.startsWith('[]')) {
    const items = Array.isArray(value) ? value : [];
    return goList(
      items.map((one) => typedView(type.slice(2), one)),
      value ?? null,
    );
  }
  if (type.startsWith('{}')) {
    const entries = Object.entries(isAbsent ? {} : value).map(([name, one]) => [name, typedView(type.slice(2), one)]);
    return goMap(
      Object.fromEntries(entries) as object as Record<string, unknown>,
      typedView(type.slice(2), null),
      value ?? null,
    );
  }
  const fields = GO_TYPES[type];
  return fields === undefined ? scalar(type, value) : struct(fields, value);
}

function struct(fields: string, value: unknown): object {
  const source = (value ?? {}) as Readonly<Record<string, unknown>>;
  const typed = fields
    .split(/\s+/)
    .filter((field) => field !== '')
    .map((field): [string, unknown] => {
      const [names = '', type = ''] = field.split(':');
      const [name = '', key = name] = names.split('=');
      return [name, typedView(type, source[key])];
    });
  return goStruct(Object.fromEntries(typed), source);
}

function scalar(type: string, value: unknown): unknown {
  switch (type) {
    case 'string':
      return value ?? '';
    case 'int':
      return value ?? 0;
    case 'bool':
      return value ?? false;
    case 'duration':
      return new GoScalar(goDuration(Number(value ?? 0)), value ?? 0);
    case 'time':
      return new GoScalar(goStampText(typeof value === 'string' ? value : '0001-01-01T00:00:00Z'), value);
    default:
      return value ?? NIL;
  }
}
