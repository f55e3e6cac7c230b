import { useEffect } from 'react';
import { useLatest } from './use-latest.ts';

/** Ctrl and a digit from 1 on choose one of a screen's views. */
export function useNumberKeys(choose: (index: number) => void): void {
  const latest = useLatest(choose);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
      event.preventDefault();
      latest.current(Number(event.key) - 1);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [latest]);
}
