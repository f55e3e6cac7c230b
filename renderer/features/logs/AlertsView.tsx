import { BellPlus, BellRing, Pencil, Trash2 } from 'lucide-react';
import { Link } from 'wouter';
import type { Alert, AlertRuleState } from '../../../runtime/contract/alerts.ts';
import { removeAlertRule, saveAlertRule, useAlerts } from '../../data/alerts.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { showError } from '../../data/toasts.ts';
import { alerts as texts } from '../../strings/alerts.ts';
import { inLanguage } from '../../strings/bridge-errors.ts';
import { logs as logTexts } from '../../strings/logs.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatTime } from '../../ui/format.ts';
import { Page } from '../../ui/Page.tsx';
import { Section } from '../../ui/Section.tsx';
import css from './AlertsView.module.css';
import { logPathAt } from './log-path.ts';
import { LogsTabs } from './LogsTabs.tsx';

const attempt = (work: Promise<unknown>) => {
  drop(
    work.catch((error: unknown) => {
      showError(texts.notSaved, error);
    }),
  );
};

/** Rules of what in logs is to be told, and what was told. */
export default function AlertsView() {
  const { rules, told } = useAlerts();
  const create = (
    <Button
      variant="primary"
      icon={<BellPlus size={15} />}
      onClick={() => {
        openDialog({ kind: 'alert-rule', given: {} });
      }}
    >
      {texts.create}
    </Button>
  );
  const isEmpty = rules?.length === 0 && told.length === 0;
  return (
    <Page title={logTexts.mergedTitle} actions={isEmpty ? undefined : create}>
      <LogsTabs current="alerts" />
      {isEmpty ? (
        <EmptyState picture={<BellRing size={40} strokeWidth={1.5} />} title={texts.none} actions={create}>
          {texts.noneText}
        </EmptyState>
      ) : (
        <div className={css['alerts']}>
          <Section title={texts.rules}>
            <ul className={css['rules']}>
              {(rules ?? []).map((rule) => (
                <Rule key={rule.id} rule={rule} />
              ))}
            </ul>
          </Section>
          <Section
            title={texts.recent}
            tools={
              told.length > 0 && (
                <Button
                  size="small"
                  variant="quiet"
                  onClick={() => {
                    attempt(call('alerts.clear', {}));
                  }}
                >
                  {texts.clear}
                </Button>
              )
            }
          >
            {told.length === 0 ? (
              <p className={css['hint']}>{texts.nothing}</p>
            ) : (
              <ol className={css['told']}>
                {told.map((alert) => (
                  <Told key={alert.id} alert={alert} />
                ))}
              </ol>
            )}
          </Section>
        </div>
      )}
    </Page>
  );
}

function Rule({ rule }: { readonly rule: AlertRuleState }) {
  const { problem, ...stored } = rule;
  const { name, enabled, pattern, target, glob, level } = rule;
  return (
    <li>
      <input
        type="checkbox"
        aria-label={texts.enabled(name)}
        checked={enabled}
        onChange={() => {
          attempt(saveAlertRule({ ...stored, enabled: !enabled }));
        }}
      />
      <div className={css['what']}>
        <strong>{name}</strong>
        <span>
          {pattern !== '' && <code>{pattern}</code>}
          {level !== 'any' && <span>{texts.levels[level]}</span>}
          <span>
            {texts.targets[target]} {target !== 'all' && <code>{glob}</code>}
          </span>
        </span>
        {problem !== '' && <span className={css['failure']}>{inLanguage(problem)}</span>}
      </div>
      <IconButton
        label={texts.edit(name)}
        icon={<Pencil size={15} />}
        onClick={() => {
          openDialog({ kind: 'alert-rule', given: stored });
        }}
      />
      <IconButton
        danger
        label={texts.remove(name)}
        icon={<Trash2 size={15} />}
        onClick={() => {
          attempt(removeAlertRule(rule.id));
        }}
      />
    </li>
  );
}

function Told({ alert }: { readonly alert: Alert }) {
  const { rule, container, containerId, time, text, at, count } = alert;
  return (
    <li>
      <p>
        <strong>{texts.told(rule, container)}</strong>
        <time dateTime={time}>{formatTime(Date.parse(time))}</time>
        {count > 1 && <span>{texts.lines(count)}</span>}
        <Link href={logPathAt(containerId, alert)}>{texts.openLog}</Link>
      </p>
      <pre>
        {text.slice(0, at[0])}
        <mark>{text.slice(...at)}</mark>
        {text.slice(at[1])}
      </pre>
    </li>
  );
}
