import { useState } from 'react';
import { ALERT_LEVELS, ALERT_TARGETS, type AlertRule } from '../../../runtime/contract/alerts.ts';
import { saveAlertRule } from '../../data/alerts.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useAttempt } from '../../data/use-attempt.ts';
import { askToNotify } from '../../platform/notifications.ts';
import { alerts as texts } from '../../strings/alerts.ts';
import { common } from '../../strings/common.ts';
import { logs as logTexts } from '../../strings/logs.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
import css from './AlertsView.module.css';
import { patternOf } from './pattern.ts';

/** Makes or changes a rule; `given` is what is known of it. */
export default function AlertRuleDialog({ given }: { readonly given: Partial<AlertRule> }) {
  const [rule, setRule] = useState<AlertRule>({
    id: crypto.randomUUID(),
    name: given.pattern ?? '',
    enabled: true,
    pattern: '',
    regex: false,
    target: 'all',
    glob: '',
    level: 'any',
    ...given,
  });
  const { busy, failure, attempt, forget } = useAttempt();
  const change = (patch: Partial<AlertRule>) => {
    setRule({ ...rule, ...patch });
    forget();
  };
  const isBad = patternOf(rule.pattern, rule.regex) === undefined;
  const isEmpty = rule.pattern === '' && rule.level === 'any';
  const isUsable = !isBad && !isEmpty && rule.name.trim() !== '' && (rule.target === 'all' || rule.glob.trim() !== '');
  const save = () => {
    if (!isUsable) return;
    // In answer to this press: the browser asks once. This window tells in any case.
    drop(askToNotify());
    attempt(async () => {
      await saveAlertRule({ ...rule, name: rule.name.trim() });
      closeDialog();
    });
  };
  return (
    <Dialog
      open
      title={given.id === undefined ? texts.newTitle : texts.editTitle}
      description={texts.dialogText}
      onClose={closeDialog}
      onPrimary={save}
      failure={failure}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={!isUsable} busy={busy} onClick={save}>
            {common.save}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <TextField
          label={texts.name}
          autoFocus
          value={rule.name}
          onChange={(name) => {
            change({ name });
          }}
        />
        <TextField
          label={texts.pattern}
          mono
          value={rule.pattern}
          hint={texts.patternHint}
          error={isBad ? logTexts.badRegex : undefined}
          onChange={(pattern) => {
            change({ pattern });
          }}
        />
        <Checkbox
          label={texts.regex}
          checked={rule.regex}
          onChange={(regex) => {
            change({ regex });
          }}
        />
        <Select
          label={texts.level}
          value={rule.level}
          options={ALERT_LEVELS.map((value) => ({ value, label: texts.levels[value] }))}
          onChange={(value) => {
            change({ level: ALERT_LEVELS.find((one) => one === value) ?? 'any' });
          }}
        />
        <div className={css['two']}>
          <Select
            label={texts.target}
            value={rule.target}
            options={ALERT_TARGETS.map((value) => ({ value, label: texts.targets[value] }))}
            onChange={(value) => {
              change({ target: ALERT_TARGETS.find((one) => one === value) ?? 'all' });
            }}
          />
          {rule.target !== 'all' && (
            <TextField
              label={texts.glob}
              mono
              value={rule.glob}
              placeholder="web-*"
              hint={texts.globHint}
              onChange={(glob) => {
                change({ glob });
              }}
            />
          )}
        </div>
        {isEmpty && <p className={css['hint']}>{texts.needs}</p>}
      </div>
    </Dialog>
  );
}
