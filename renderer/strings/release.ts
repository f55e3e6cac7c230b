import { phrases } from './language.ts';

/** The version that the newest notes are about; a test holds it to the package's own. */
export const LATEST_RELEASE = '0.1.0';

/** What is said once after an update. */
export const release = phrases({
  en: {
    updated: (version: string) => `This is Berth ${version} now`,
    whatIsNew: 'What is new',
  },
  de: {
    updated: (version) => `Das ist jetzt Berth ${version}`,
    whatIsNew: 'Was neu ist',
  },
});
