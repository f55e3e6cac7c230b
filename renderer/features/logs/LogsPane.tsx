import { useState } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { logs as texts } from '../../strings/logs.ts';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { isRunning } from '../containers/model.ts';
import { LogPane } from './LogPane.tsx';
import { Signal } from './signal.ts';
import { useLogs } from './use-logs.ts';

/** A container's log with its tools. */
export function LogsPane({ container }: { readonly container: Pick<ContainerSummary, 'id' | 'name' | 'state'> }) {
  const [all] = useState(() => new LogBuffer());
  const [changed] = useState(() => new Signal());
  useLogs(all, container.id, isRunning(container), changed.emit);
  return (
    <LogPane
      all={all}
      onChange={changed.listen}
      label={texts.logOf(container.name)}
      fileName={`${container.name}.log`}
      nothing={isRunning(container) ? texts.nothingYet : texts.nothing}
    />
  );
}
