/** Which part of the engine's world a finding is about. */
export type Area = 'host' | 'store' | 'leaks';

/** One thing that was looked at. */
export interface Finding {
  readonly area: Area;
  /** Stable, for programs: `store.layer-missing`. */
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'problem';
  /** One sentence: what was found. */
  readonly text: string;
  /** What to do about it; '' for nothing. */
  readonly advice: string;
  /** Puts it right without risk to anything that is used; absent where nothing safe can be done. */
  readonly repair?: () => void;
}

export const ok = (area: Area, id: string, text: string): Finding => ({ area, id, status: 'ok', text, advice: '' });

export const warning = (area: Area, id: string, text: string, advice: string, repair?: () => void): Finding => ({
  area,
  id,
  status: 'warning',
  text,
  advice,
  ...(repair === undefined ? {} : { repair }),
});

export const problem = (area: Area, id: string, text: string, advice: string, repair?: () => void): Finding => ({
  ...warning(area, id, text, advice, repair),
  status: 'problem',
});
