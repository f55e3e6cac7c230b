import { useState } from 'react';
import type { ConfigurationProblem, EngineConfiguration } from '../../../runtime/contract/engine-configuration.ts';
import { engineSettings as texts } from '../../strings/engine-settings.ts';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import {
  CACHE_MAX,
  LIST,
  member,
  NUMBER,
  numberMember,
  PAIRS,
  POOLS,
  ULIMITS,
  withOption,
  type Document,
  type Shape,
} from './configuration-text.ts';
import css from './EngineSettingsView.module.css';

const TEXT: Shape = {
  show: (value) => (typeof value === 'string' ? value : ''),
  read: (line) => (line.trim() === '' ? undefined : line.trim()),
};

interface Option {
  readonly key: string;
  /** Where in the option it stands; without one it is the whole of it. */
  readonly path?: string;
  readonly name: keyof typeof texts.fields;
  readonly shape: Shape;
  readonly example: string;
}

const option = (key: string, name: Option['name'], shape: Shape, example: string): Option => ({
  key,
  name,
  shape,
  example,
});

const partOption = (
  key: string,
  path: string,
  name: Option['name'],
  example: string,
  shape: Shape = member(path),
): Option => ({ ...option(key, name, shape, example), path: `${key}.${path}` });

/** What can be set in one line each, by what it is about. */
const OPTIONS: readonly (readonly [group: keyof typeof texts.groups, options: readonly Option[]])[] = [
  [
    'registries',
    [
      option('registry-mirrors', 'mirrors', LIST, 'https://mirror.example'),
      option('insecure-registries', 'insecure', LIST, 'registry.example:5000 10.0.0.0/8'),
      option('max-concurrent-downloads', 'downloads', NUMBER, '3'),
      option('max-concurrent-uploads', 'uploads', NUMBER, '5'),
      option('max-download-attempts', 'attempts', NUMBER, '5'),
    ],
  ],
  [
    'proxies',
    [
      partOption('proxies', 'https-proxy', 'httpsProxy', 'http://proxy.example:3128'),
      partOption('proxies', 'http-proxy', 'httpProxy', 'http://proxy.example:3128'),
      partOption('proxies', 'no-proxy', 'noProxy', '.example,10.0.0.0/8'),
    ],
  ],
  [
    'networks',
    [
      option('default-address-pools', 'pools', POOLS, '10.10.0.0/16=24'),
      option('dns', 'dns', LIST, '9.9.9.9'),
      option('dns-search', 'dnsSearch', LIST, 'example.org'),
      option('dns-opts', 'dnsOptions', LIST, 'timeout:3'),
    ],
  ],
  [
    'containers',
    [
      option('log-opts', 'logOptions', PAIRS, 'max-size=10m max-file=3'),
      option('default-ulimits', 'ulimits', ULIMITS, 'nofile=1024:4096'),
    ],
  ],
  [
    'resources',
    [
      partOption('resources', 'memory', 'memory', '4g'),
      partOption('resources', 'cpus', 'cpus', '2', numberMember('cpus')),
      partOption('resources', 'pids', 'pids', '2000', numberMember('pids')),
      partOption('resources', 'disk', 'disk', '50GB'),
    ],
  ],
  [
    'engine',
    [
      option('builder', 'buildCache', CACHE_MAX, '20GB'),
      option('labels', 'labels', LIST, 'place=office'),
      option('default-runtime', 'runtime', TEXT, 'berth'),
    ],
  ],
];

const hints: Partial<Record<Option['name'], string>> = texts.hints;
const FOR_NEW: ReadonlySet<string> = new Set(['dns', 'dns-search', 'dns-opts', 'log-opts', 'default-ulimits']);

const KEYS = ['isolation', 'log-driver', 'debug', ...OPTIONS.flatMap(([, options]) => options.map(({ key }) => key))];

/** Whether the form has a field for what a path of an option leads to. */
export function hasField(path: string): boolean {
  return KEYS.some((key) => path === key || path.startsWith(`${key}.`));
}

interface ConfigurationFormProps {
  readonly text: string;
  readonly document: Document;
  /** What the administrator has set, instead of what the document says. */
  readonly managed: EngineConfiguration['managed'];
  /** Options that are read at start only. */
  readonly atStart: readonly string[];
  readonly problems: readonly ConfigurationProblem[];
  readonly onChange: (text: string) => void;
}

/** The engine's configuration, field by field. What has no field stays as it is. */
export function ConfigurationForm({ text, document, managed, atStart, problems, onChange }: ConfigurationFormProps) {
  const isLocked = (key: string) => key in managed.options;
  const valueOf = (key: string) => (isLocked(key) ? managed.options[key] : document[key]);
  const noteOf = (key: string, usual: string) => (isLocked(key) ? texts.managedHere(managed.path) : usual);
  const set = (key: string, value: unknown) => {
    onChange(withOption(text, key, value));
  };
  const problemOf = (key: string) =>
    problems.find(({ field }) => field === key || field.startsWith(`${key}.`))?.message;
  const driver = TEXT.show(valueOf('log-driver'));
  return (
    <div className={css['form']}>
      {OPTIONS.map(([group, options]) => (
        <Section key={group} title={texts.groups[group]}>
          <div className={css['fields']}>
            {group === 'containers' && (
              <Checkbox
                label={texts.fields.isolation}
                hint={noteOf('isolation', texts.hints.isolation)}
                checked={valueOf('isolation') === 'strict'}
                disabled={isLocked('isolation')}
                onChange={(strict) => {
                  set('isolation', strict ? 'strict' : undefined);
                }}
              />
            )}
            {group === 'containers' && (
              <Select
                label={texts.fields.logDriver}
                value={driver}
                disabled={isLocked('log-driver')}
                error={problemOf('log-driver')}
                hint={noteOf('log-driver', texts.forNew)}
                options={[
                  { value: '', label: texts.usual('json-file') },
                  ...['json-file', 'local', 'none'].map((value) => ({ value, label: value })),
                ]}
                onChange={(value) => {
                  set('log-driver', value === '' ? undefined : value);
                }}
              />
            )}
            {options.map((one) => (
              <OptionField
                key={one.name}
                option={one}
                value={valueOf(one.key)}
                disabled={isLocked(one.key)}
                note={noteOf(
                  one.key,
                  [
                    hints[one.name] ?? '',
                    atStart.includes(one.key) ? texts.atStart : FOR_NEW.has(one.key) ? texts.forNew : '',
                  ]
                    .filter((part) => part !== '')
                    .join(' '),
                )}
                problem={problemOf(one.path ?? one.key)}
                onChange={(value) => {
                  set(one.key, value);
                }}
              />
            ))}
            {group === 'engine' && (
              <Checkbox
                label={texts.fields.debug}
                {...(isLocked('debug') ? { hint: texts.managedHere(managed.path) } : {})}
                checked={valueOf('debug') === true}
                disabled={isLocked('debug')}
                onChange={(debug) => {
                  set('debug', debug ? true : undefined);
                }}
              />
            )}
          </div>
        </Section>
      ))}
    </div>
  );
}

interface OptionFieldProps {
  readonly option: Option;
  readonly value: unknown;
  readonly disabled: boolean;
  readonly note: string;
  readonly problem: string | undefined;
  readonly onChange: (value: unknown) => void;
}

/** One option in a line. What is typed stays as it is typed: spaces at its end begin the next word. */
function OptionField({ option: { name, shape, example }, value, disabled, note, problem, onChange }: OptionFieldProps) {
  const [line, setLine] = useState(() => shape.show(value));
  return (
    <TextField
      mono
      label={texts.fields[name]}
      value={line}
      disabled={disabled}
      placeholder={disabled ? '' : example}
      {...(note === '' ? {} : { hint: note })}
      error={problem}
      onChange={(next) => {
        setLine(next);
        onChange(shape.read(next, value));
      }}
    />
  );
}
