import { networks } from '../../data/networks.ts';
import { useResource } from '../../data/resource.ts';
import { run as texts } from '../../strings/run.ts';
import { Select, TextField } from '../../ui/Field.tsx';
import type { FormPartProps } from './EntryLists.tsx';
import css from './RunDialog.module.css';
import type { RunForm } from './run-form.ts';

/** Fields that are hidden at first; an error of theirs must bring them to light. */
export const LIMIT_FIELDS: readonly string[] = ['memory', 'cpus', 'pids', 'restartPolicy'];

/** Limits, restart policy, network, and what the image says otherwise. */
export function LimitFields({ form, errors, set }: FormPartProps) {
  const { rows: networkRows } = useResource(networks);
  const networkOptions = [
    { value: 'default', label: texts.networks.default },
    { value: 'none', label: texts.networks.none },
    { value: 'host', label: texts.networks.host },
    ...networkRows.filter(({ builtIn }) => !builtIn).map(({ name }) => ({ value: name, label: name })),
  ];
  if (!networkOptions.some(({ value }) => value === form.network)) {
    networkOptions.push({ value: form.network, label: form.network });
  }
  return (
    <div className={css['three']}>
      <TextField
        label={texts.memory}
        placeholder={texts.noLimit}
        hint="512m, 2g"
        value={form.memory}
        error={errors['memory']}
        onChange={(memory) => {
          set({ memory });
        }}
      />
      <TextField
        label={texts.processors}
        placeholder={texts.noLimit}
        hint="1.5"
        value={form.cpus}
        error={errors['cpus']}
        onChange={(cpus) => {
          set({ cpus });
        }}
      />
      <TextField
        label={texts.processes}
        placeholder={texts.noLimit}
        hint="100"
        value={form.pids}
        error={errors['pids']}
        onChange={(pids) => {
          set({ pids });
        }}
      />
      <Select
        label={texts.restart}
        value={form.restartPolicy}
        error={errors['restartPolicy']}
        options={[
          { value: 'no', label: texts.restarts.no },
          { value: 'on-failure', label: texts.restarts.failure },
          { value: 'unless-stopped', label: texts.restarts.unless },
          { value: 'always', label: texts.restarts.always },
        ]}
        onChange={(value) => {
          set({ restartPolicy: value as RunForm['restartPolicy'] });
        }}
      />
      <Select
        label={texts.network}
        value={form.network}
        options={networkOptions}
        onChange={(network) => {
          set({ network });
        }}
      />
      <TextField
        label={texts.user}
        placeholder={texts.fromImage}
        value={form.user}
        onChange={(user) => {
          set({ user });
        }}
      />
      <TextField
        label={texts.entrypoint}
        mono
        placeholder={texts.fromImage}
        value={form.entrypoint}
        error={errors['entrypoint']}
        onChange={(entrypoint) => {
          set({ entrypoint });
        }}
      />
      <TextField
        label={texts.workingDir}
        mono
        placeholder={texts.fromImage}
        value={form.workingDir}
        onChange={(workingDir) => {
          set({ workingDir });
        }}
      />
    </div>
  );
}
