/** A size on disk as BuildKit's configuration has it (`20GB`, `512 MiB`, bytes without a unit); null for none. */
export function parseStorageSize(text: string): number | null {
  const [, amount, unit = '', binary = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  if (amount === undefined) return null;
  const step = binary === '' ? 1000 : 1024;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
  return power < 0 ? null : Math.floor(Number(amount) * step ** power);
}

/** A size of memory as dockerd's configuration has it (`64M`, `1.5g`, in binary units), in bytes; null for none. */
export function ramSize(text: string): number | null {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  return amount === undefined
    ? null
    : Math.floor(Number(amount) * 1024 ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase()));
}
