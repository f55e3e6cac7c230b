const UNITS = ['', 'k', 'm', 'g', 't'];

/** A size as Docker reads memory (`64m`, `1.5g`, `1024`; go-units RAMInBytes), in bytes and binary units; null for none. */
export function memorySize(text: string): number | null {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  if (amount === undefined) return null;
  return Math.trunc(Number(amount) * 1024 ** UNITS.indexOf(unit.toLowerCase().replace('b', '')));
}
