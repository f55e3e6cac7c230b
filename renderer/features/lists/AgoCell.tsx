import { common } from '../../strings/common.ts';
import { formatDuration, formatTime } from '../../ui/format.ts';
import { useTimeText } from '../../ui/use-now.ts';

interface AgoCellProps {
  /** Milliseconds since the epoch; 0 where nobody knows. */
  readonly at: number;
  readonly className?: string | undefined;
}

/** How long ago something was; when, in the tooltip. */
export function AgoCell({ at, className }: AgoCellProps) {
  const text = useTimeText((now) => common.ago(formatDuration(now - at)));
  return at === 0 ? null : (
    <span className={className} title={formatTime(at)}>
      {text}
    </span>
  );
}
