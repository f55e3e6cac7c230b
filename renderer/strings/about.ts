import { count, phrases } from './language.ts';

/** The page about the app itself. */
export const about = phrases({
  en: {
    title: 'About Berth',
    back: 'Back to the settings',
    app: 'This app',
    version: 'Version',
    licence: 'Licence',
    contract: 'Contract',
    browser: 'Browser',
    engine: 'Engine',
    system: 'System',
    storage: 'Storage',
    copy: 'Copy for a report',
    copied: 'Copied. Paste it into the report.',
    noEngine: 'No engine answers right now.',
    packages: 'Made with',
    packagesText: (n: number) =>
      `${count(n, 'package', 'packages')} of other people’s work are in this page. Thank you.`,
    noText: 'The package brings no text of its licence.',
    noList: 'The list did not come with this page.',
  },
  de: {
    title: 'Über Berth',
    back: 'Zurück zu den Einstellungen',
    app: 'Diese App',
    version: 'Version',
    licence: 'Lizenz',
    contract: 'Vertrag',
    browser: 'Browser',
    engine: 'Engine',
    system: 'System',
    storage: 'Speicher',
    copy: 'Für einen Bericht kopieren',
    copied: 'Kopiert. Füge es in den Bericht ein.',
    noEngine: 'Gerade antwortet keine Engine.',
    packages: 'Gemacht mit',
    packagesText: (n) => `${count(n, 'Paket', 'Pakete')} anderer Leute sind in dieser Seite. Danke.`,
    noText: 'Das Paket bringt keinen Text seiner Lizenz mit.',
    noList: 'Die Liste kam nicht mit dieser Seite.',
  },
});
