/** `code: message` of a distribution-spec error document, '' when it is none. */
export function errorText(body: string): string {
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document !== 'object' || document === null || !('errors' in document)) return '';
    const { errors } = document;
    if (!Array.isArray(errors)) return '';
    return errors
      .map((entry: unknown) => {
        if (typeof entry !== 'object' || entry === null) return '';
        // Go's readers, for which servers write, do not care about upper and lower case.
        const fields = new Map(Object.entries(entry).map(([name, value]) => [name.toLowerCase(), value as unknown]));
        const text = (name: string): string => {
          const value = fields.get(name);
          return typeof value === 'string' ? value : '';
        };
        return `${(text('code') || 'UNKNOWN').toLowerCase().replaceAll('_', ' ')}: ${text('message').slice(0, 500)}`;
      })
      .filter((text) => text !== '')
      .slice(0, 5)
      .join(', ');
  } catch {
    return '';
  }
}
