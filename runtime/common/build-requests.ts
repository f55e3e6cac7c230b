import { commaFields, pair } from './fields.ts';

/** The image that a cache is named by; '' for one that is in no registry. */
export function cacheReference(text: string): string {
  if (!text.includes('=')) return text === 'inline' ? '' : text;
  return new Map(commaFields(text).map(pair)).get('ref') ?? '';
}

/** `true`, `false` or fields as what is to be attested, `type=...`; null for what is none of them. */
export function attestation(type: 'provenance' | 'sbom', value: string): string | null {
  if (value === 'true' || value === '') return `type=${type}`;
  if (value === 'false') return `type=${type},disabled=true`;
  return value.includes('=') ? `type=${type},${value}` : null;
}
