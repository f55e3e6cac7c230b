/** A size on disk as BuildKit's configuration has it (`20GB`, `512 MiB`, bytes without a unit); null for none. */
export function parseStorageSize(text: string): number | null {
  const [, amount, unit = '', binary = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  if (amount === undefined) return null;
  const step = binary === '' ? 1000 : 1024;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
  return power < 0 ? null : Math.floor(Number(amount) * step ** power);
}
